"""Event loops in turn, loops that end, blocking calls within loops, and calls within calls."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any

from callers import PATIENCE, SCOPE, Issuer, async_credential, run_served, sync_credential

from entrada import (
    ClientAssertionCredential,
)
from entrada._drivers.aio import AsyncDriver
from entrada._engine.effects import Flow, Sleep, Spawn
from entrada._engine.world import FakeClock, World
from entrada.aio import ChainedTokenCredential as AsyncChainedTokenCredential
from entrada.aio import ClientAssertionCredential as AsyncClientAssertionCredential


def test_three_event_loops_in_turn_use_one_async_credential_and_its_connection() -> None:
    printed = run_served(
        """
        import asyncio
        from entrada.aio import ManagedIdentityCredential
        from entrada.testing import FakeClock, World
        clock = FakeClock()
        credential = ManagedIdentityCredential(world=World.fake(env, clock=clock))
        async def main():
            return (await credential.get_token(SCOPE)).token
        for _ in range(3):
            print(asyncio.run(main()), end="")
            clock.advance(4000)
        asyncio.run(credential.close())
        stop()
        """
    )

    assert printed == "ttt"


def test_a_renewal_left_behind_in_a_loop_that_ended_blocks_nobody() -> None:
    clock, issuer = FakeClock(), Issuer(held=False)
    credential = async_credential(issuer, clock)

    async def ask() -> str:
        return (await credential.get_token(SCOPE)).token

    assert asyncio.run(ask()) == "t1"
    clock.advance(2800)
    issuer.open.clear()
    loop = asyncio.new_event_loop()
    tasks: set[asyncio.Task[Any]] = set()
    try:
        assert loop.run_until_complete(ask()) == "t1"
        tasks = asyncio.all_tasks(loop)
        assert len(tasks) == 1, "the renewal is under way, and its loop stands still"
        issuer.open.set()
        clock.advance(700)

        async def ask_in_time() -> str:
            return await asyncio.wait_for(ask(), PATIENCE)

        assert asyncio.run(ask_in_time()) in ("t2", "t3")
    finally:
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def test_work_left_behind_in_a_closed_loop_is_let_go() -> None:
    driver, ended = AsyncDriver(World.real()), threading.Event()

    def endless() -> Flow[None]:
        try:
            yield Sleep(PATIENCE)
        finally:
            ended.set()

    def spawn() -> Flow[None]:
        yield Spawn(endless)

    async def begin() -> None:
        await driver.run(spawn())
        await asyncio.sleep(0)

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # asyncio reports a pending task that is dropped
    loop.run_until_complete(begin())
    loop.close()
    asyncio.run(begin())
    ended.clear()
    del loop
    gc.collect()

    assert ended.is_set()


def test_a_blocking_call_inside_a_running_loop_does_not_deadlock() -> None:
    credential = sync_credential(Issuer(held=False))

    async def main() -> str:
        return credential.get_token(SCOPE).token

    assert asyncio.run(main()) == "t1"


def test_a_blocking_call_on_a_loops_thread_does_not_wait_for_a_task_of_that_loop() -> None:
    issuer = Issuer()
    shared = sync_credential(issuer)
    chain = AsyncChainedTokenCredential(shared, world=shared.world)

    async def main() -> list[str]:
        in_a_task = asyncio.create_task(chain.get_token(SCOPE))
        await asyncio.to_thread(issuer.wait_until_asked)
        issuer.open.set()
        blocking = shared.get_token(SCOPE).token
        return [blocking, (await in_a_task).token]

    assert asyncio.run(main()) == ["t2", "t1"]


# Re-entrance


def test_an_assertion_function_may_use_the_credential_that_called_it() -> None:
    issuer = Issuer(held=False)
    depth: list[int] = []

    def func() -> str:
        depth.append(len(depth))
        if len(depth) == 1:
            credential.get_token(SCOPE)
            credential.get_token("https://vault.azure.net/.default")
        return "assertion"

    credential = ClientAssertionCredential(
        "contoso.example", "app", func, transport=issuer, world=World.fake()
    )

    assert credential.get_token(SCOPE).token == "t3"
    assert len(depth) == 3


def test_an_async_assertion_function_may_use_the_credential_that_called_it() -> None:
    issuer = Issuer(held=False)
    depth: list[int] = []

    async def func() -> str:
        depth.append(len(depth))
        if len(depth) == 1:
            await credential.get_token(SCOPE)
        return "assertion"

    credential = AsyncClientAssertionCredential(
        "contoso.example", "app", func, transport=issuer, world=World.fake()
    )

    async def main() -> str:
        return (await asyncio.wait_for(credential.get_token(SCOPE), PATIENCE)).token

    assert asyncio.run(main()) == "t2"

"""``close()`` leaves no thread, task or socket, and no caller in the lurch."""

from __future__ import annotations

import threading

from callers import PATIENCE, Counter, in_threads, run_script, run_served

from entrada._drivers.background import Background, Closed, Workers
from entrada._drivers.sync import SyncDriver
from entrada._engine.effects import Effect, Flow, Sleep, Spawn, Wait
from entrada._engine.flight import Flights
from entrada._engine.world import World


def test_close_ends_a_background_renewal_that_sleeps_between_its_tries() -> None:
    background = Background()
    asleep, ended = threading.Event(), threading.Event()

    def work() -> None:
        try:
            asleep.set()
            background.pause(PATIENCE)
        except Closed:
            ended.set()
            raise

    background.start(work)
    assert asleep.wait(PATIENCE)
    background.close()

    assert ended.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "entrada"]


def test_after_close_background_work_sleeps_as_before() -> None:
    background = Background()
    background.close()
    slept = threading.Event()

    def work() -> None:
        background.pause(0.001)
        slept.set()

    background.start(work)

    assert slept.wait(PATIENCE)
    background.close()


def test_who_waits_for_a_renewal_that_close_ends_takes_over() -> None:
    flights: Flights[object] = Flights()
    driver = SyncDriver(World.real())
    asleep = threading.Event()

    def sleepy() -> Flow[object]:
        asleep.set()
        yield Sleep(PATIENCE)
        return "never"

    def prompt() -> Flow[object]:
        yield from ()
        return "taken over"

    def spawn() -> Flow[None]:
        yield Spawn(lambda: flights.once("key", sleepy))

    driver.run(spawn())
    assert asleep.wait(PATIENCE)
    counter = Counter(Wait, 1)

    class Shown(SyncDriver):
        def perform(self, effect: Effect) -> object:
            counter.see(effect)
            return super().perform(effect)

    [future] = in_threads(1, lambda: Shown(World.real()).run(flights.once("key", prompt)))
    assert counter.reached.wait(PATIENCE)
    driver.close()

    assert future.result(PATIENCE) == "taken over"


def test_close_within_the_background_does_not_wait_for_itself() -> None:
    background, closed = Background(), threading.Event()

    def work() -> None:
        background.close()
        closed.set()

    background.start(work)

    assert closed.wait(PATIENCE)


def test_work_that_found_no_thread_is_dropped_by_close_and_only_its_own() -> None:
    workers = Workers(1)
    busy, idle, other = Background(workers), Background(workers), Background(workers)
    begun, go, done = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        begun.set()
        assert go.wait(PATIENCE)

    busy.start(hold)
    assert begun.wait(PATIENCE)
    dropped: list[int] = []
    idle.start(lambda: dropped.append(1))
    other.start(done.set)

    idle.close()
    go.set()

    assert done.wait(PATIENCE)
    other.close()
    assert dropped == []
    assert not [thread for thread in threading.enumerate() if thread.name == "entrada"]


_HANGING = """
    import threading
    from entrada.testing import FakeClock, World, token_response
    asked, clock = threading.Event(), FakeClock()
    def transport(request):
        if asked.renewing:
            asked.set()
            threading.Event().wait(60)
        return token_response("t1")
    asked.renewing = False
    OPTIONS = {"transport": transport, "world": World.fake(clock=clock)}
    SCOPE = "https://storage.azure.com/.default"
"""


def test_a_process_ends_at_once_though_a_renewal_hangs() -> None:
    printed = run_script(
        _HANGING
        + """
    from entrada import ClientSecretCredential
    credential = ClientSecretCredential("t", "c", "s", **OPTIONS)
    credential.get_token(SCOPE)
    clock.advance(2800)
    asked.renewing = True
    print(credential.get_token(SCOPE).token)
    asked.wait(20)
    """
    )

    assert printed == "t1"


def test_an_event_loop_and_its_process_end_at_once_though_a_renewal_hangs() -> None:
    printed = run_script(
        _HANGING
        + """
    import asyncio
    from entrada.aio import ClientSecretCredential
    async def main():
        credential = ClientSecretCredential("t", "c", "s", **OPTIONS)
        await credential.get_token(SCOPE)
        clock.advance(2800)
        asked.renewing = True
        print((await credential.get_token(SCOPE)).token)
        while not asked.is_set():
            await asyncio.sleep(0)
    asyncio.run(main())
    """
    )

    assert printed == "t1"


def test_close_leaves_no_thread_and_no_socket() -> None:
    printed = run_served(
        """
        import gc
        from entrada import ManagedIdentityCredential
        from entrada.testing import FakeClock, World
        clock = FakeClock()
        world = World.fake(env, clock=clock)._replace(sleep=None)
        credential = ManagedIdentityCredential(world=world)
        credential.get_token(SCOPE)
        clock.advance(2800)
        credential.get_token(SCOPE)
        credential.close()
        print([thread.name for thread in threading.enumerate() if thread.name == "entrada"])
        del credential
        gc.collect()
        stop()
        """
    )

    assert printed == "[]"


def test_an_async_close_leaves_no_task_thread_or_socket() -> None:
    printed = run_served(
        """
        import asyncio, gc
        from entrada.aio import ManagedIdentityCredential
        from entrada.testing import FakeClock, World
        clock = FakeClock()
        async def main():
            async with ManagedIdentityCredential(world=World.fake(env, clock=clock)) as credential:
                await credential.get_token(SCOPE)
                clock.advance(2800)
                await credential.get_token(SCOPE)
            print(len(asyncio.all_tasks()) - 1)
        asyncio.run(main(), debug=True)
        gc.collect()
        stop()
        """
    )

    assert printed == "0"


def test_a_credential_that_is_dropped_without_close_closes_its_connections() -> None:
    run_served(
        """
        import gc
        from entrada import ManagedIdentityCredential
        from entrada.testing import World
        ManagedIdentityCredential(world=World.fake(env)).get_token(SCOPE)
        gc.collect()
        kept = ManagedIdentityCredential(world=World.fake(env))
        kept.get_token(SCOPE)
        stop()
        """
    )


def test_a_sync_chain_closes_quietly_over_an_async_link() -> None:
    printed = run_script(
        """
        import gc
        from entrada import ChainedTokenCredential
        from entrada.aio import ClientSecretCredential
        from entrada.testing import World, token_response
        link = ClientSecretCredential(
            "t", "c", "s", world=World.fake(), transport=lambda _: token_response("t1"))
        with ChainedTokenCredential(link, world=World.fake()) as chain:
            print(chain.get_token("https://storage.azure.com/.default").token)
        gc.collect()
        """
    )

    assert printed == "t1"

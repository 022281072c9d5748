"""Many callers share one request, its result and its failure, and a cancelled one hands over."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from callers import (
    PATIENCE,
    SCOPE,
    Counter,
    Issuer,
    async_credential,
    count_effects,
    in_threads,
    results,
    run_script,
    sync_credential,
)

from entrada import (
    AuthenticationRejectedError,
)
from entrada._engine.effects import Wait
from entrada.aio import ChainedTokenCredential as AsyncChainedTokenCredential
from entrada.testing import json_response


def test_64_threads_on_a_cold_credential_make_one_request() -> None:
    issuer = Issuer()
    credential = sync_credential(issuer)
    futures = in_threads(64, lambda: credential.get_token(SCOPE).token)
    issuer.wait_until_asked()
    issuer.open.set()

    assert results(futures) == ["t1"] * 64
    assert issuer.requests == 1


def test_500_tasks_on_a_cold_credential_make_one_request() -> None:
    issuer = Issuer(held=False)
    credential = async_credential(issuer)

    async def main() -> list[str]:
        tokens = await asyncio.gather(*(credential.get_token(SCOPE) for _ in range(500)))
        return [token.token for token in tokens]

    assert asyncio.run(main()) == ["t1"] * 500
    assert issuer.requests == 1


def test_20_event_loops_over_one_async_credential_make_one_request() -> None:
    issuer = Issuer()
    credential = async_credential(issuer)

    async def main() -> list[str]:
        tokens = await asyncio.gather(*(credential.get_token(SCOPE) for _ in range(5)))
        return [token.token for token in tokens]

    futures = in_threads(20, lambda: asyncio.run(main()))
    issuer.wait_until_asked()
    issuer.open.set()

    assert results(futures) == [["t1"] * 5] * 20
    assert issuer.requests == 1


def test_threads_and_event_loops_that_share_a_link_make_one_request() -> None:
    issuer = Issuer()
    shared = sync_credential(issuer)
    chains = [AsyncChainedTokenCredential(shared, world=shared.world) for _ in range(10)]
    takers = iter(chains)

    def work() -> str:
        chain = next(takers, None)
        if chain is None:
            return shared.get_token(SCOPE).token

        async def main() -> str:
            return (await chain.get_token(SCOPE)).token

        return asyncio.run(main())

    futures = in_threads(30, work)
    issuer.wait_until_asked()
    issuer.open.set()

    assert results(futures) == ["t1"] * 30
    assert issuer.requests == 1


def test_the_first_callers_of_a_fresh_process_make_one_request_though_modules_are_loading() -> None:
    printed = run_script(
        """
        import sys, threading
        sys.setswitchinterval(1e-6)
        from entrada import ClientSecretCredential
        from entrada.testing import token_response

        requests, gate = [], threading.Barrier(32)
        def transport(request):
            requests.append(request)
            return token_response()
        def work():
            gate.wait()
            credential.get_token("https://storage.azure.com/.default")

        credential = ClientSecretCredential("t", "c", "s", transport=transport)
        threads = [threading.Thread(target=work) for _ in range(32)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(len(requests))
        """
    )

    assert printed == "1"


def test_threads_that_make_the_same_part_of_a_credential_go_on_with_one() -> None:
    credential, gate = sync_credential(Issuer()), threading.Barrier(8)

    def make() -> object:
        gate.wait(PATIENCE)
        return object()

    parts = results(in_threads(8, lambda: credential.part("anything", make)))

    assert len({id(part) for part in parts}) == 1


def test_different_scopes_do_not_wait_for_each_other() -> None:
    issuer = Issuer()
    credential = sync_credential(issuer)
    scopes = iter([SCOPE, "https://vault.azure.net/.default"])
    futures = in_threads(2, lambda: credential.get_token(next(scopes)).token)
    issuer.wait_until_asked()
    issuer.wait_until_asked()
    issuer.open.set()

    assert sorted(map(str, results(futures))) == ["t1", "t2"]


# Failures


def test_64_threads_get_one_refusal_each_as_an_error_of_its_own() -> None:
    issuer = Issuer()
    issuer.answers = [json_response({"error": "invalid_client"}, 401)]
    credential = sync_credential(issuer)
    counter = Counter(Wait, 63)
    count_effects(credential, counter)

    def work() -> BaseException | None:
        with pytest.raises(AuthenticationRejectedError) as caught:
            credential.get_token(SCOPE)
        return caught.value

    futures = in_threads(64, work)
    assert counter.reached.wait(PATIENCE)
    issuer.open.set()
    errors = results(futures)

    assert len({id(error) for error in errors}) == 64
    assert {str(error) for error in errors} == {str(errors[0])}
    assert issuer.requests == 1


def test_100_tasks_get_one_refusal_each_as_an_error_of_its_own() -> None:
    issuer = Issuer(held=False)
    issuer.answers = [json_response({"error": "invalid_client"}, 401)]
    credential = async_credential(issuer)

    async def main() -> list[Any]:
        asked = (credential.get_token(SCOPE) for _ in range(100))
        return await asyncio.gather(*asked, return_exceptions=True)

    errors = asyncio.run(main())

    assert {type(error) for error in errors} == {AuthenticationRejectedError}
    assert len({id(error) for error in errors}) == 100
    assert issuer.requests == 1


# Cancellation


def _ask_in_a_task(credential: Any) -> asyncio.Task[Any]:
    return asyncio.create_task(credential.get_token(SCOPE))


async def _until_set(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, PATIENCE)


def test_a_cancelled_leader_hands_over_to_one_of_the_waiters() -> None:
    issuer = Issuer()
    credential = async_credential(issuer)
    counter = Counter(Wait, 10)
    count_effects(credential, counter)

    async def main() -> list[str]:
        leader = _ask_in_a_task(credential)
        await asyncio.to_thread(issuer.wait_until_asked)
        waiters = [_ask_in_a_task(credential) for _ in range(10)]
        await _until_set(counter.reached)
        leader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leader
        await asyncio.to_thread(issuer.wait_until_asked)
        issuer.open.set()
        return [(await waiter).token for waiter in waiters]

    assert asyncio.run(main()) == ["t2"] * 10
    assert issuer.requests == 2


def test_a_cancelled_waiter_cancels_nobody_else() -> None:
    issuer = Issuer()
    credential = async_credential(issuer)
    counter = Counter(Wait, 2)
    count_effects(credential, counter)

    async def main() -> list[str]:
        leader = _ask_in_a_task(credential)
        await asyncio.to_thread(issuer.wait_until_asked)
        quitter, waiter = _ask_in_a_task(credential), _ask_in_a_task(credential)
        await _until_set(counter.reached)
        quitter.cancel()
        with pytest.raises(asyncio.CancelledError):
            await quitter
        issuer.open.set()
        return [(await leader).token, (await waiter).token]

    assert asyncio.run(main()) == ["t1", "t1"]
    assert issuer.requests == 1


def test_a_callers_own_time_limit_ends_its_wait_and_no_more() -> None:
    issuer = Issuer()
    credential = async_credential(issuer)

    async def main() -> str:
        leader = _ask_in_a_task(credential)
        await asyncio.to_thread(issuer.wait_until_asked)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(credential.get_token(SCOPE), 0.01)
        issuer.open.set()
        return str((await leader).token)

    assert asyncio.run(main()) == "t1"

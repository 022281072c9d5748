"""A stale token is renewed once, behind the callers' backs."""

from __future__ import annotations

import asyncio
import threading

from callers import (
    SCOPE,
    Issuer,
    async_credential,
    in_threads,
    results,
    run_script,
    sync_credential,
)

from entrada._engine.world import FakeClock
from entrada.testing import json_response, token_response


def test_past_refresh_on_threads_are_served_at_once_while_one_renewal_is_under_way() -> None:
    clock, issuer = FakeClock(), Issuer(held=False)
    credential = sync_credential(issuer, clock)
    credential.get_token(SCOPE)
    issuer.wait_until_asked()
    issuer.open.clear()
    clock.advance(2800)

    served = results(in_threads(32, lambda: credential.get_token(SCOPE).token))

    assert served == ["t1"] * 32
    issuer.wait_until_asked()
    assert credential.get_token(SCOPE).token == "t1"
    issuer.open.set()
    credential.close()
    assert credential.get_token(SCOPE).token == "t2"
    assert issuer.requests == 2


def test_past_refresh_on_tasks_are_served_at_once_while_one_renewal_is_under_way() -> None:
    clock, issuer = FakeClock(), Issuer(held=False)
    credential = async_credential(issuer, clock)

    async def main() -> tuple[set[str], str]:
        await credential.get_token(SCOPE)
        issuer.wait_until_asked()
        issuer.open.clear()
        clock.advance(2800)
        served = await asyncio.gather(*(credential.get_token(SCOPE) for _ in range(100)))
        await asyncio.to_thread(issuer.wait_until_asked)
        issuer.open.set()
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
        return {token.token for token in served}, (await credential.get_token(SCOPE)).token

    assert asyncio.run(main()) == ({"t1"}, "t2")
    assert issuer.requests == 2


def test_a_failed_background_renewal_is_put_off_and_the_token_stays() -> None:
    clock, issuer = FakeClock(), Issuer(held=False)
    issuer.answers = [token_response("t1"), json_response({"error": "invalid_client"}, 401)]
    credential = sync_credential(issuer, clock)
    credential.get_token(SCOPE)
    clock.advance(2800)

    assert credential.get_token(SCOPE).token == "t1"
    credential.close()
    assert {credential.get_token(SCOPE).token for _ in range(20)} == {"t1"}
    credential.close()
    assert issuer.requests == 2
    clock.advance(31)
    credential.get_token(SCOPE)
    credential.close()
    assert credential.get_token(SCOPE).token == "t3"


def test_where_the_process_has_no_thread_to_give_a_stale_token_is_served_all_the_same() -> None:
    printed = run_script(
        """
        import threading
        from entrada import ClientSecretCredential
        from entrada.testing import FakeClock, World, token_response

        clock = FakeClock()
        credential = ClientSecretCredential(
            "t", "c", "s", world=World.fake(clock=clock), transport=lambda _: token_response("t1"))
        credential.get_token("https://storage.azure.com/.default")
        clock.advance(2800)
        class NoThread(threading.Thread):
            def start(self):
                raise RuntimeError("can't start new thread")
        threading.Thread = NoThread
        print(credential.get_token("https://storage.azure.com/.default").token)
        credential.close()
        """
    )

    assert printed == "t1"


def test_a_thousand_credentials_renew_in_a_few_dozen_threads() -> None:
    clock, issuer = FakeClock(), Issuer(held=False)
    credentials = [sync_credential(issuer, clock) for _ in range(1000)]
    for credential in credentials:
        credential.get_token(SCOPE)
    issuer.open.clear()
    clock.advance(2800)

    for credential in credentials:
        credential.get_token(SCOPE)
    threads = [thread for thread in threading.enumerate() if thread.name == "entrada"]
    issuer.open.set()
    while issuer.requests < 2000:
        issuer.wait_until_asked()
    for credential in credentials:
        credential.close()

    assert len(threads) == 32
    assert len({credential.get_token(SCOPE).token for credential in credentials}) == 1000
    assert issuer.requests == 2000
    assert not [thread for thread in threading.enumerate() if thread.name == "entrada"]

"""Outages longer than a token lives: who has a token that works never waits, nor gets another."""

from __future__ import annotations

from typing import Any

import pytest
from sim_azure import DAY, PLACES, SCOPES, Azure

from entrada import AuthenticationError
from entrada._engine.effects import Request, Response, TransportFailure
from entrada.types import Ask

LONGEST_OUTAGE = 3 * 3600.0
LONGEST_WAIT = 5.0
"""Seconds that a caller waits for an answer while there is a token that outlives the wait."""
LAST_USE = 5.0
"""Seconds before its expiry up to which a token is handed out."""


class Counted(Azure):
    """Counts the requests that it gets while it is down."""

    in_vain = 0

    def answer(self, request: Request) -> tuple[float, Response | TransportFailure]:
        self.in_vain += self.is_down
        return super().answer(request)


@pytest.mark.parametrize("pause", [20, 600], ids="every {} s".format)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("seed", range(2))
def test_a_day_of_long_outages(place: str, seed: int, pause: float) -> None:
    """No call with a live token at hand fails or waits; no call returns an expired token."""
    azure = Counted(seed, LONGEST_OUTAGE)
    schedule, credential = azure.schedule, azure.credential(place)
    usable_until = dict.fromkeys(SCOPES, 0.0)
    served_in_outage = failures = 0

    def call() -> None:
        scope, began = schedule.random.choice(SCOPES), azure.now
        at_hand = began + LONGEST_WAIT < usable_until[scope] - LAST_USE

        def check(result: Any) -> None:
            nonlocal served_in_outage, failures
            if at_hand:
                assert azure.now - began <= LONGEST_WAIT + 0.6, f"a wait (seed {seed})"
                assert not isinstance(result, Exception), f"at {azure.now} (seed {seed})"
            if isinstance(result, Exception):
                assert isinstance(result, AuthenticationError)
                failures += 1
                return
            expires_on = result.token.expires_on
            assert expires_on > azure.now, "an expired token"
            usable_until[scope] = max(usable_until[scope], expires_on)
            served_in_outage += azure.is_down

        schedule.start(credential.acquire(Ask((scope,))), check)
        schedule.at(azure.now + schedule.random.expovariate(1 / pause), call)

    schedule.at(azure.now, call)
    schedule.run(azure.now + DAY)

    assert served_in_outage, "nothing was tried"
    assert failures, "the outages were not long enough"


def test_an_outage_is_asked_about_ever_more_rarely() -> None:
    """While tokens live on, a busy service sends few requests in vain."""
    azure = Counted(1, LONGEST_OUTAGE)
    start = azure.now
    azure.outages = [(start + 2000, start + 3500)]
    credential = azure.credential("web app")

    def call() -> None:
        azure.schedule.start(credential.acquire(Ask(SCOPES[:1])), lambda _: None)
        azure.schedule.at(azure.now + 1, call)

    azure.schedule.at(start, call)
    azure.schedule.run(start + 3550)

    assert 4 <= azure.in_vain <= 6 * 6, "six renewals of a few tries each, not 800"
    assert azure.issued == 1

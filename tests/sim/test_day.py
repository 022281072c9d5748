"""DefaultAzureCredential through days of outages, slow answers, throttling and rotated files."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from sim_azure import DAY, PLACES, SCOPES, Azure

from entrada.types import Ask

LONGEST_OUTAGE = 8 * 60.0
"""A one-hour token is renewed from its 45th minute on: it outlives any outage as long as this."""


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("seed", range(3))
def test_a_day_without_an_expired_token_or_a_lost_refresh(
    place: str, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Callers around the clock get a valid token at every call, each renewed in good time."""
    caplog.set_level(logging.DEBUG)
    azure = Azure(seed, LONGEST_OUTAGE)
    schedule = azure.schedule
    credential = azure.credential(place)
    late: list[float] = []
    answered = 0

    def check(result: Any) -> None:
        nonlocal answered
        if isinstance(result, Exception):
            raise AssertionError(f"at {azure.now} (seed {seed})") from result
        answered += 1
        assert result.token.expires_on > azure.now, "an expired token"
        late.append(azure.now - result.refresh_on)

    def call() -> None:
        ask = Ask((schedule.random.choice(SCOPES),))
        schedule.start(credential.acquire(ask), check)
        schedule.at(azure.now + schedule.random.expovariate(1 / 45), call)

    for _ in range(3):
        schedule.at(azure.now + schedule.random.uniform(0, 60), call)
    end = azure.now + DAY
    schedule.run(end)

    assert answered > 3 * DAY / 60
    # An outage may hold a renewal up; once it is over the next attempt comes within minutes.
    assert max(late) < LONGEST_OUTAGE + 7 * 60, "a lost refresh"
    assert azure.issued <= len(SCOPES) * (DAY / 2700 + 1), "more requests than renewals"
    assert "canary" not in caplog.text
    assert "canary" not in repr(credential)


def test_the_day_is_the_same_each_time() -> None:
    """One seed gives one run, so a failure can be looked at again."""

    def outages() -> list[tuple[float, float]]:
        return Azure(7, LONGEST_OUTAGE).outages

    assert outages() == outages()

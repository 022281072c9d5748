"""What is counted, and that counting threads lose nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from entrada import AuthenticationError, ClientSecretCredential, telemetry
from entrada.testing import FakeClock, Script, World, json_response, token_response
from telemetry.recording import Recording

SCOPE = "https://storage.azure.com/.default"
REFUSED = json_response({"error": "invalid_client"}, 401)


def _credential(*answers: Any, clock: FakeClock | None = None) -> ClientSecretCredential:
    world = World.fake(clock=clock)
    return ClientSecretCredential("t", "c", "s", world=world, transport=Script(*answers))


def test_lookups_are_counted_by_the_age_of_what_was_found(recording: Recording) -> None:
    clock = FakeClock()
    credential = _credential(token_response(), clock=clock)
    for seconds in (0, 0, 0, 2800, 0, 3590):
        clock.advance(seconds)
        credential.get_token(SCOPE)
        credential.close()

    found = {
        attributes["entrada.cache.result"]: value
        for attributes, value in recording.points("entrada.cache.lookups")
    }
    assert found == {"none": 1, "fresh": 3, "stale": 1, "dead": 1}


def test_a_count_is_read_twice_without_being_changed(recording: Recording) -> None:
    credential = _credential(token_response())
    credential.get_token(SCOPE)
    credential.get_token(SCOPE)

    assert recording.count("entrada.cache.lookups", cache_result="fresh") == 1
    assert recording.count("entrada.cache.lookups", cache_result="fresh") == 1


def test_no_fresh_token_goes_uncounted_among_threads(recording: Recording) -> None:
    credential = _credential(token_response())
    credential.get_token(SCOPE)

    def ask(_: int) -> None:
        for _ in range(500):
            credential.get_token(SCOPE)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(8)))

    assert recording.count("entrada.cache.lookups", cache_result="fresh") == 4000


def test_acquisitions_are_counted_and_timed_by_outcome(recording: Recording) -> None:
    with pytest.raises(AuthenticationError):
        _credential(REFUSED).get_token(SCOPE)
    busy = json_response({}, 503, [("retry-after", "7")])
    _credential(busy, token_response()).get_token(SCOPE)

    assert recording.count("entrada.acquisitions", outcome="token") == 1
    refused = recording.count(
        "entrada.acquisitions", outcome="rejected", error_type="invalid_client"
    )
    assert refused == 1
    assert recording.count("entrada.acquisition.duration", outcome="token") == 1


def test_renewals_are_counted_by_outcome(recording: Recording) -> None:
    clock = FakeClock()
    credential = _credential(token_response(), REFUSED, token_response(), clock=clock)
    for _ in range(2):
        credential.get_token(SCOPE)
        clock.advance(2800)
        credential.get_token(SCOPE)
        credential.close()
        clock.advance(100)
        credential.get_token(SCOPE)
        credential.close()

    assert recording.count("entrada.refreshes", outcome="rejected") == 1
    assert recording.count("entrada.refreshes", outcome="token") >= 1


def test_instrumenting_anew_counts_once(recording: Recording) -> None:
    telemetry.uninstrument()
    recording.start()
    recording.start()
    credential = _credential(token_response())
    credential.get_token(SCOPE)
    credential.get_token(SCOPE)

    assert recording.count("entrada.acquisitions") == 1
    assert recording.count("entrada.cache.lookups") == 2
    assert len(recording.named("entrada.get_token")) == 1

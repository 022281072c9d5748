from __future__ import annotations

import logging
from collections.abc import Callable, Hashable

import pytest

from entrada._cache.ages import Entry
from entrada._cache.lookup import Lookup
from entrada._engine.drive import run
from entrada._engine.effects import Effect, Flow, Request, Spawn, TransportFailure, Wait
from entrada._engine.world import FakeClock, World
from entrada.errors import (
    AuthenticationRejectedError,
    AuthenticationRequiredError,
    AuthorityUnreachableError,
    CredentialUnavailableError,
)
from entrada.types import Token

ASK = Request("POST", "https://login.example/token")
LIFE = 3600.0
STALE, DEAD, LAST = 2730.0, 3300.0, 3595.0
DOWN = AuthorityUnreachableError("down")
GONE = CredentialUnavailableError("gone")
REFUSED = AuthenticationRejectedError("no")
NEEDS_USER = AuthenticationRequiredError((), "sign in")


class Memory:
    """A lookup over an issuer that says whatever ``answer`` is when it is asked."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.entries: dict[Hashable, Entry] = {}
        self.lookup = Lookup("Credential", World.fake(clock=self.clock), self.entries)
        self.answer: str | Exception = "first"
        self.requests = 0
        self.spawned: list[Callable[[], Flow[object]]] = []

    def start(self) -> Flow[Token]:
        yield ASK
        if isinstance(self.answer, Exception):
            raise self.answer
        return Token(self.answer, self.clock.now() + LIFE)

    def get(self, key: Hashable = "key") -> str:
        return run(self.lookup.get(key, self.start), self.perform).token.token

    def fetch(self, claims: str) -> str:
        return run(self.lookup.fetch("key", claims, self.start), self.perform).token.token

    def perform(self, effect: Effect) -> object:
        assert isinstance(effect, Request | Spawn)
        if isinstance(effect, Spawn):
            self.spawned.append(effect.start)
        else:
            self.requests += 1
        return None

    def in_background(self) -> None:
        while self.spawned:
            run(self.spawned.pop()(), self.perform)

    def at(self, seconds: float, answer: str | Exception) -> Memory:
        """Get a first token, let time pass, and let the issuer answer otherwise."""
        assert self.get() == "first"
        self.clock.advance(seconds)
        self.answer = answer
        return self


@pytest.fixture
def memory() -> Memory:
    return Memory()


def test_a_fresh_token_is_asked_for_once(memory: Memory) -> None:
    assert [memory.get(), memory.get()] == ["first", "first"]
    assert memory.requests == 1


def test_each_key_has_a_token_of_its_own(memory: Memory) -> None:
    memory.get("a")
    memory.answer = "second"

    assert [memory.get("b"), memory.get("a")] == ["second", "first"]


def test_a_stale_token_is_returned_at_once_and_renewed_in_the_background(memory: Memory) -> None:
    memory.at(STALE, "second")

    assert memory.get() == "first"
    assert memory.requests == 1
    memory.in_background()
    assert memory.get() == "second"
    assert memory.requests == 2


def test_while_a_renewal_is_under_way_no_other_is_begun(memory: Memory) -> None:
    memory.at(STALE, "second")
    memory.get()
    renewal = memory.spawned.pop()()
    assert next(renewal) == ASK

    assert memory.get() == "first"
    assert memory.spawned == []


def test_a_second_renewal_that_was_begun_too_looks_again_before_it_asks(memory: Memory) -> None:
    memory.at(STALE, "second")
    memory.get()
    memory.get()
    assert len(memory.spawned) == 2

    memory.in_background()

    assert memory.requests == 2


def test_a_failed_renewal_takes_nothing_away_and_is_tried_again_later(memory: Memory) -> None:
    memory.at(STALE, DOWN)
    waits = []
    for _ in range(6):
        memory.get()
        memory.in_background()
        before = memory.clock.now()
        assert memory.get() == "first"
        assert memory.spawned == [], "not tried again at once"
        waits.append(memory.entries["key"].refresh_on - before)
        memory.clock.advance(waits[-1])

    assert waits == [30.0, 60.0, 120.0, 240.0, 300.0, LAST - STALE - 750], "up to its last use"
    with pytest.raises(AuthorityUnreachableError):
        memory.get()


def test_after_a_success_the_waits_start_anew(memory: Memory) -> None:
    memory.at(STALE, DOWN)
    for answer in (DOWN, "second"):
        memory.answer = answer
        memory.get()
        memory.in_background()
        memory.clock.advance(60)
    memory.clock.advance(STALE)
    memory.answer = DOWN
    assert memory.get() == "second"

    memory.in_background()

    assert memory.entries["key"].refresh_on - memory.clock.now() == 30.0


def test_a_renewal_that_breaks_on_somebody_elses_error_is_put_off_too(memory: Memory) -> None:
    memory.at(STALE, OSError("the caller's own function broke"))
    memory.get()
    memory.in_background()

    assert memory.get() == "first"
    assert memory.spawned == []


def test_a_dead_token_is_replaced_before_anybody_gets_it(memory: Memory) -> None:
    memory.at(DEAD, "second")

    assert memory.get() == "second"
    assert memory.requests == 2


@pytest.mark.parametrize("error", [DOWN, GONE])
def test_a_dead_token_is_a_last_resort_while_nobody_answers(
    memory: Memory, error: Exception
) -> None:
    memory.at(DEAD, error)

    assert memory.get() == "first"


def test_a_dead_token_stays_a_last_resort_however_often_renewing_fails(memory: Memory) -> None:
    memory.at(DEAD, DOWN)
    served = set()
    while memory.clock.now() < memory.entries["key"].last_on:
        served.add(memory.get())
        memory.in_background()
        memory.clock.advance(1)

    assert served == {"first"}
    assert memory.requests == 1 + 4, "at 0, 30, 90 and 210 s"


def test_in_a_tokens_last_minutes_only_the_first_caller_waits_for_an_answer(
    memory: Memory,
) -> None:
    memory.at(DEAD, DOWN)
    first = memory.lookup.get("key", memory.start)
    assert next(first) == ASK._replace(timeout=5.0), "and not for long"

    assert memory.get() == "first", "while it is under way"
    with pytest.raises(StopIteration):
        first.send(None)
    assert memory.get() == "first", "when it has failed"
    memory.clock.advance(30)
    assert memory.get() == "first", "when it is tried again"
    assert len(memory.spawned) == 1
    assert memory.requests == 1


def test_a_caller_who_gives_up_in_a_tokens_last_minutes_spares_the_next_one(
    memory: Memory,
) -> None:
    memory.at(DEAD, "second")
    impatient = memory.lookup.get("key", memory.start)
    next(impatient)
    impatient.close()

    assert memory.get() == "first"
    assert memory.requests == 1


def test_an_answer_that_takes_too_long_in_a_tokens_last_minutes_counts_as_none(
    memory: Memory,
) -> None:
    memory.at(DEAD, "second")
    patient = memory.lookup.get("key", memory.start)
    next(patient)
    memory.clock.advance(5)
    with pytest.raises(StopIteration) as end:
        patient.throw(TransportFailure("timeout", "silence"))

    assert end.value.value.token.token == "first"
    assert memory.get() == "first"
    memory.clock.advance(30)
    memory.get()
    memory.in_background()
    assert memory.get() == "second"


def test_a_refusal_after_an_outage_takes_a_tokens_last_minutes_away(memory: Memory) -> None:
    memory.at(DEAD, DOWN).get()
    memory.clock.advance(30)
    memory.answer = REFUSED
    memory.get()
    with pytest.raises(AuthenticationRejectedError):
        memory.in_background()

    with pytest.raises(AuthenticationRejectedError):
        memory.get()


@pytest.mark.parametrize(
    ("age", "error"),
    [(LAST, DOWN), (LAST, GONE), (DEAD, REFUSED), (DEAD, NEEDS_USER), (DEAD, OSError())],
)
def test_a_dead_token_is_none_when_it_is_over_or_was_refused(
    memory: Memory, age: float, error: Exception
) -> None:
    memory.at(age, error)

    with pytest.raises(type(error)):
        memory.get()


def _late_joiner(memory: Memory, seconds: float) -> tuple[Flow[object], Flow[Entry]]:
    """Begin a renewal of a stale token; when there is no time left let a caller join."""
    memory.get()
    renewal = memory.spawned.pop()()
    next(renewal)
    memory.clock.advance(seconds)
    joiner = memory.lookup.get("key", memory.start)
    assert isinstance(next(joiner), Wait)
    return renewal, joiner


def test_who_joins_a_background_renewal_gets_its_new_token(memory: Memory) -> None:
    renewal, joiner = _late_joiner(memory.at(DEAD - 1, "second"), LAST - DEAD)
    with pytest.raises(StopIteration) as end:
        renewal.send(None)
    with pytest.raises(StopIteration) as joined:
        joiner.send(end.value.value)

    assert joined.value.value.token.token == "second"


def test_who_joins_a_background_renewal_never_gets_an_expired_token_of_it(memory: Memory) -> None:
    renewal, _ = _late_joiner(memory.at(DEAD - 1, DOWN), LIFE)

    with pytest.raises(AuthorityUnreachableError):
        renewal.send(None)


def test_who_joins_a_background_renewal_hears_of_a_refusal_once_the_token_is_dead(
    memory: Memory,
) -> None:
    renewal, _ = _late_joiner(memory.at(DEAD - 1, REFUSED), LAST - DEAD)

    with pytest.raises(AuthenticationRejectedError):
        renewal.send(None)


def test_a_renewal_copes_with_its_old_token_having_been_dropped(memory: Memory) -> None:
    memory.at(STALE, "second").get()
    memory.entries.clear()

    memory.in_background()

    assert memory.get() == "second"
    assert memory.requests == 2


def test_nothing_is_remembered_of_a_failure(memory: Memory) -> None:
    memory.answer = CredentialUnavailableError("none")
    with pytest.raises(CredentialUnavailableError):
        memory.get()
    memory.answer = "first"

    assert memory.get() == "first"


def test_claims_get_a_new_token_each_time_which_replaces_the_old(memory: Memory) -> None:
    memory.at(0, "second")

    assert memory.fetch("{}") == "second"
    assert memory.get() == "second"
    assert memory.requests == 2


def test_callers_with_the_same_claims_share_a_request_and_others_do_not(memory: Memory) -> None:
    leader = memory.lookup.fetch("key", "a", memory.start)
    assert next(leader) == ASK

    assert isinstance(next(memory.lookup.fetch("key", "a", memory.start)), Wait)
    assert next(memory.lookup.fetch("key", "b", memory.start)) == ASK
    assert next(memory.lookup.get("key", memory.start)) == ASK


def _limited(memory: Memory, **limits: int) -> Memory:
    memory.entries = {}
    memory.lookup = Lookup("Credential", World.fake(clock=memory.clock), memory.entries, **limits)
    return memory


def _asked(memory: Memory, *keys: int) -> int:
    """Ask for some keys and return how many had to be requested."""
    before = memory.requests
    for key in keys:
        memory.get(key)
    return memory.requests - before


@pytest.mark.parametrize("limits", [{"most_entries": 100}, {"most_bytes": 100 * 705}])
def test_memory_has_a_limit_and_keeps_what_was_used_last(
    memory: Memory, limits: dict[str, int]
) -> None:
    _limited(memory, **limits)
    for key in range(1000):
        memory.get(key)
        memory.get(0)

    assert len(memory.entries) + len(memory.lookup._old) <= 100
    assert _asked(memory, 0, *range(951, 1000)) == 0
    assert _asked(memory, *range(1, 900)) == 899


def test_in_a_full_memory_a_renewal_drops_nobody_elses_token(memory: Memory) -> None:
    _limited(memory, most_entries=200)
    _asked(memory, *range(100))
    memory.clock.advance(DEAD)

    memory.get(50)

    assert len(memory.entries) == 100


def test_what_is_forgotten_is_forgotten_in_both_generations(memory: Memory) -> None:
    _limited(memory, most_entries=10)
    _asked(memory, *range(8))

    memory.lookup.forget()

    assert _asked(memory, *range(8)) == 8


def test_what_is_logged_holds_no_token(memory: Memory, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    memory.answer = "eyJ-secret"
    memory.get()
    memory.clock.advance(STALE)
    memory.answer = DOWN
    memory.get()
    memory.in_background()

    assert "Credential got a token, valid for 3600 s" in caplog.text
    assert "renewal failed (unreachable)" in caplog.text
    assert "eyJ" not in caplog.text

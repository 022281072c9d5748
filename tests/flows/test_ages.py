from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrada._cache.ages import Entry
from entrada.types import Token

NOW = 1_800_000_000.0


def _entry(life: float, refresh_in: float | None = None) -> Entry:
    refresh_on = None if refresh_in is None else NOW + refresh_in
    return Entry(Token("t", NOW + life, refresh_on), NOW)


@pytest.mark.parametrize(
    ("life", "refresh", "dead", "last"),
    [
        (86_400, 43_200, 86_100, 86_395),
        (7_200, 3_600, 6_900, 7_195),
        (3_600, 2_700, 3_300, 3_595),
        (60, 45, 54, 55),
        (10, 7.5, 9, 9),
        (0, 0, 0, 0),
        (-100, -100, -100, -100),
    ],
)
def test_a_token_is_stale_dead_and_past_its_last_use_at_these_seconds(
    life: float, refresh: float, dead: float, last: float
) -> None:
    entry = _entry(life)

    ages = (entry.refresh_on - NOW, entry.dead_on - NOW, entry.last_on - NOW)

    assert ages == pytest.approx((refresh, dead, last))


def test_the_issuers_own_refresh_time_comes_first() -> None:
    assert _entry(3600, 1000).refresh_on == NOW + 1000


def test_a_refresh_time_after_the_tokens_end_is_cut_to_where_it_is_dead() -> None:
    assert _entry(3600, 9999).refresh_on == NOW + 3300


@pytest.mark.parametrize("refresh_in", [0, -5])
def test_a_refresh_time_that_is_over_at_once_counts_as_none(refresh_in: float) -> None:
    assert _entry(3600, refresh_in).refresh_on == NOW + 2700


def test_a_renewal_is_spread_by_chance_over_a_tenth_of_the_time_left_for_it() -> None:
    spread = [_entry(3600) for _ in range(3)]
    for entry, chance in zip(spread, (0.0, 0.5, 1.0), strict=True):
        entry.spread(chance)

    assert [entry.refresh_on - NOW for entry in spread] == [2700, 2730, 2760]


def test_a_renewal_that_was_refused_is_put_off_till_the_tokens_death_at_most() -> None:
    entry = _entry(3600)

    entry.postponed(NOW + 3000, unanswered=False)
    assert (entry.refresh_on, entry.dead_on) == (NOW + 3000, NOW + 3300)
    entry.postponed(NOW + 9000, unanswered=False)
    assert (entry.refresh_on, entry.dead_on) == (NOW + 3300, NOW + 3300)


def test_a_token_whose_renewal_nobody_answered_stays_in_service_to_the_last() -> None:
    entry = _entry(3600)

    entry.postponed(NOW + 9000)
    assert (entry.refresh_on, entry.dead_on) == (NOW + 3595, NOW + 3595)
    entry.postponed(NOW + 3400, unanswered=False)
    assert (entry.refresh_on, entry.dead_on) == (NOW + 3300, NOW + 3300)


def test_both_public_forms_carry_the_same_token() -> None:
    entry = Entry(Token("t", NOW + 60.9, NOW + 30.9, "pop"), NOW)

    assert (entry.token.token, entry.token.expires_on) == ("t", int(NOW) + 60)
    assert (entry.info.token, entry.info.expires_on) == ("t", int(NOW) + 60)
    assert (entry.info.refresh_on, entry.info.token_type) == (int(NOW) + 30, "pop")


TIMES = st.floats(-1e12, 1e12) | st.integers(-(10**12), 10**12)


@settings(max_examples=150, deadline=None)
@given(TIMES, st.none() | TIMES, TIMES, TIMES, st.floats(0, 1), st.booleans())
def test_for_any_token_stale_comes_before_dead_and_dead_before_its_end(
    expires_on: float,
    refresh_on: float | None,
    received_on: float,
    postponed: float,
    chance: float,
    unanswered: bool,
) -> None:
    entry = Entry(Token("t", expires_on, refresh_on), received_on)
    entry.spread(chance)
    assert entry.refresh_on <= entry.dead_on <= entry.last_on <= expires_on

    entry.postponed(postponed, unanswered=unanswered)

    assert entry.refresh_on <= entry.dead_on <= entry.last_on <= expires_on

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrada._engine.drive import run
from entrada._engine.effects import Effect, Request, Response, Sleep, TransportFailure
from entrada._engine.retry import ONCE, Retry, retry_after, retrying
from entrada._engine.world import FakeClock, World

REQUEST = Request("POST", "https://login.example/token")
NOW = 1_800_000_000.0


class Server:
    """Answers in order, and writes down how long it was left alone between."""

    def __init__(self, *answers: Response | Exception) -> None:
        self._answers = list(answers)
        self.waits: list[float] = []

    def __call__(self, effect: Effect) -> object:
        if isinstance(effect, Sleep):
            self.waits.append(effect.seconds)
            return None
        assert effect is REQUEST
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _ask(server: Server, policy: Retry, chance: float = 1.0) -> Response:
    world = World.fake(clock=FakeClock(NOW), chance=chance)
    return run(retrying(REQUEST, policy, world), server)


def _busy(**headers: str) -> Response:
    return Response(503, {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_good_answer_needs_one_request_and_no_wait() -> None:
    server = Server(Response(200))

    assert _ask(server, Retry()).status == 200
    assert server.waits == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_an_answer_and_not_asked_about_again(status: int) -> None:
    assert _ask(Server(Response(status)), Retry()).status == status


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(status: int) -> None:
    assert _ask(Server(Response(status), Response(200)), Retry()).status == 200


def test_waits_double_up_to_the_longest() -> None:
    server = Server(*[_busy()] * 4, Response(200))

    _ask(server, Retry(tries=5, base=1.0, longest=3.0))

    assert server.waits == [1.0, 2.0, 3.0, 3.0]


@pytest.mark.parametrize(("chance", "wait"), [(0.0, 1.0), (0.5, 1.5), (1.0, 2.0)])
def test_chance_spreads_a_wait_over_its_upper_half(chance: float, wait: float) -> None:
    server = Server(_busy(), Response(200))

    _ask(server, Retry(base=2.0), chance)

    assert server.waits == [wait]


def test_when_the_tries_are_used_up_the_last_answer_stands() -> None:
    server = Server(_busy(), Response(500))

    assert _ask(server, Retry(tries=2)).status == 500


def test_when_the_tries_are_used_up_the_last_failure_is_raised() -> None:
    first, last = TransportFailure("dns", "a"), TransportFailure("connect", "b")

    with pytest.raises(TransportFailure) as caught:
        _ask(Server(first, last), Retry(tries=2))

    assert caught.value is last


def test_a_policy_may_leave_failures_alone() -> None:
    with pytest.raises(TransportFailure):
        _ask(Server(TransportFailure("connect", "no")), Retry(failures=False))


def test_once_means_once() -> None:
    server = Server(_busy())

    assert _ask(server, ONCE).status == 503
    assert server.waits == []


def test_the_servers_own_wait_comes_first() -> None:
    server = Server(_busy(retry_after="7"), Response(200))

    _ask(server, Retry())

    assert server.waits == [7.0]


def test_a_wait_longer_than_our_patience_is_not_waited() -> None:
    server = Server(_busy(retry_after="61"))

    assert _ask(server, Retry(patience=60)).status == 503
    assert server.waits == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": " 3 "}, 3.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": formatdate(NOW + 30, usegmt=True)}, 30.0),
        ({"retry-after": formatdate(NOW - 30, usegmt=True)}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_from_all_of_azures_headers(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after(headers, NOW) == seconds


DATES = st.from_regex(
    r"([A-Z][a-z]{2}, )?-?[0-9]{1,12} [A-Z][a-z]{2} -?[0-9]{1,12} "
    r"[0-9:. ]{0,12} ?[-+]?[0-9A-Z]{0,30}",
    fullmatch=True,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["retry-after", "retry-after-ms"]), st.text(max_size=60) | DATES)
def test_no_retry_after_whatever_it_says_raises_or_is_below_zero(name: str, text: str) -> None:
    seconds = retry_after({name: text}, NOW)

    assert seconds is None or seconds >= 0


@pytest.mark.parametrize(
    "date",
    [
        "Mon, 01 Jan 2024 00:00:00 +99999999999999999999",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Mon, 01 Jan 9999 23:59:59 -2359",
        "Mon, 01 Jan 0001 00:00:00",
    ],
)
def test_an_impossible_date_is_no_wait_that_we_know_of(date: str) -> None:
    assert retry_after({"retry-after": date}, NOW) in (None, 0.0) or "9999" in date

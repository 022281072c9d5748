from __future__ import annotations

import pytest

from entrada._engine.drive import run
from entrada._engine.effects import (
    Call,
    Effect,
    Flow,
    Request,
    Response,
    Run,
    Sleep,
    TransportFailure,
    Wait,
    send,
)
from entrada._engine.flight import Flight
from entrada._engine.watch import DeadlineExceeded, Record, recorded, routed, watched, within
from entrada._engine.world import FakeClock, World

GET = Request("GET", "http://x/")


def _one(effect: Effect) -> Flow[object]:
    return (yield effect)


def _asked(effect: Effect, seconds: float, spent: float = 0.0) -> Effect:
    """Return what becomes of an effect when ``spent`` of ``seconds`` are over."""
    clock = FakeClock()
    flow = within(_one(effect), seconds, World.fake(clock=clock))
    clock.advance(spent)
    return next(flow)


def test_a_watched_flow_passes_changed_effects_on_and_shows_each_result() -> None:
    shown: list[tuple[Effect, object]] = []
    flow = watched(_one(Sleep(1)), lambda _: Sleep(2), lambda *pair: shown.append(pair))

    assert run(flow, lambda effect: effect) == Sleep(2)
    assert shown == [(Sleep(2), Sleep(2))]


def test_a_watched_flow_sees_the_errors_that_it_catches_itself() -> None:
    shown: list[object] = []

    def flow() -> Flow[str]:
        try:
            yield Sleep(1)
        except OSError:
            return "caught"
        return "missed"

    def perform(_: Effect) -> object:
        raise OSError

    assert run(watched(flow(), lambda e: e, lambda _, r: shown.append(type(r))), perform) == (
        "caught"
    )
    assert shown == [OSError]


def test_a_watched_flow_that_is_dropped_closes_the_flow_inside() -> None:
    ended: list[bool] = []

    def flow() -> Flow[None]:
        try:
            yield Sleep(1)
        finally:
            ended.append(True)

    outer = watched(flow(), lambda effect: effect)
    next(outer)
    outer.close()

    assert ended == [True]


def test_within_a_deadline_requests_and_programs_get_what_is_left() -> None:
    assert _asked(GET, 5, spent=2) == Request("GET", "http://x/", timeout=3)
    assert _asked(GET, 50) == GET
    assert _asked(Run(("az",), timeout=9), 5) == Run(("az",), timeout=5)


def test_within_a_deadline_a_wait_gets_what_is_left_unless_it_is_shorter_itself() -> None:
    flight = Flight()

    assert _asked(Wait(flight), 5, spent=1) == Wait(flight, 4)
    assert _asked(Wait(flight, 2), 5) == Wait(flight, 2)
    assert _asked(Wait(flight, 9), 5) == Wait(flight, 5)


def test_within_a_deadline_a_pause_that_does_not_fit_is_not_begun() -> None:
    assert _asked(Sleep(4), 5) == Sleep(4)
    with pytest.raises(DeadlineExceeded, match="does not fit"):
        _asked(Sleep(5), 5)


def test_when_nothing_is_left_no_effect_is_begun_and_the_flow_is_closed() -> None:
    closed: list[bool] = []
    clock = FakeClock()

    def flow() -> Flow[None]:
        try:
            yield Sleep(1)
            yield Call(lambda: None)
        finally:
            closed.append(True)

    def perform(effect: Effect) -> object:
        assert effect == Sleep(1)
        clock.advance(5)
        return None

    with pytest.raises(DeadlineExceeded, match="nothing left of 5 s"):
        run(within(flow(), 5, World.fake(clock=clock)), perform)
    assert closed == [True]


def test_who_catches_timeouts_catches_a_deadline() -> None:
    assert issubclass(DeadlineExceeded, TimeoutError)


def test_routed_requests_name_their_transport_and_other_effects_stay() -> None:
    def transport(_: Request) -> Response:
        return Response(200)

    def flow() -> Flow[list[Effect]]:
        return [(yield GET), (yield Sleep(1))]

    sent = run(routed(flow(), transport), lambda effect: effect)

    assert sent == [Request("GET", "http://x/", via=transport), Sleep(1)]


def test_the_innermost_route_wins_and_no_transport_is_no_route() -> None:
    def inner(_: Request) -> Response:
        return Response(200)

    def outer(_: Request) -> Response:
        return Response(500)

    assert next(routed(routed(_one(GET), inner), outer)) == Request("GET", "http://x/", via=inner)
    flow = _one(GET)
    assert routed(flow, None) is flow


def test_a_record_has_every_effect_with_its_seconds_also_of_those_that_failed() -> None:
    clock, record = FakeClock(), Record()

    def flow() -> Flow[None]:
        yield Sleep(1)
        try:
            yield from send(GET)
        except TransportFailure:
            yield from send(GET)

    def perform(effect: Effect) -> object:
        clock.advance(2 if isinstance(effect, Request) else 1)
        if isinstance(effect, Request) and record.requests == 0:
            raise TransportFailure("dns", "no")
        return Response(200)

    run(recorded(flow(), record, World.fake(clock=clock)), perform)

    assert record.entries == [(Sleep(1), 1), (GET, 2), (GET, 2)]
    assert record.requests == 2

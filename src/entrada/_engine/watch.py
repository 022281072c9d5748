"""Functions over effects: whatever a flow asks for passes through here on its way to a driver.

Deadlines, recording and routing need no hook inside a flow: they wrap it.
"""

from __future__ import annotations

from collections.abc import Callable

from entrada._engine.effects import Effect, Flow, Request, Run, Sleep, T, Transport, Wait
from entrada._engine.world import World


def watched(
    flow: Flow[T],
    before: Callable[[Effect], Effect],
    after: Callable[[Effect, object], None] = lambda _effect, _result: None,
) -> Flow[T]:
    """Pass a flow on, each effect changed by ``before`` and each result shown to ``after``."""
    value: object = None
    error: BaseException | None = None
    try:
        while True:
            effect = before(flow.send(value) if error is None else flow.throw(error))
            try:
                value, error = (yield effect), None
            except BaseException as raised:  # noqa: BLE001 - the flow decides what it means
                error = raised
            after(effect, error or value)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        flow.close()


_TICK = 0.001  # a wait may end a hair before its time


class DeadlineExceeded(TimeoutError):
    """The time given to a flow is used up."""


def within(flow: Flow[T], seconds: float, world: World) -> Flow[T]:
    """Give a flow ``seconds`` in all: no request, program or wait gets more than is left of them.

    A call or a prompt that has begun takes as long as it takes. Raises :class:`DeadlineExceeded`
    out of the flow when nothing is left.
    """
    end = world.elapsed() + seconds

    def check(_effect: Effect, result: object) -> None:
        # The flow would take a time-out that we have shortened for one of its own making.
        if isinstance(result, Exception) and world.elapsed() >= end - _TICK:
            raise DeadlineExceeded(f"{seconds:g} s are over")

    def shorten(effect: Effect) -> Effect:
        left = end - world.elapsed()
        if left <= 0:
            raise DeadlineExceeded(f"nothing left of {seconds:g} s")
        if isinstance(effect, Request | Run):
            return effect._replace(timeout=min(effect.timeout, left))
        if isinstance(effect, Wait):
            return effect._replace(timeout=min(left, effect.timeout or left))
        if isinstance(effect, Sleep) and effect.seconds >= left:
            raise DeadlineExceeded(f"a wait of {effect.seconds:g} s does not fit in {left:.1f} s")
        return effect

    return watched(flow, shorten, check)


def routed(flow: Flow[T], transport: Transport | None) -> Flow[T]:
    """Send a flow's requests through a transport of its own; ``None`` leaves the driver's.

    One with ``fixed_trust`` cannot trust another authority for one request: those stay with the
    driver.
    """
    if transport is None:
        return flow

    def route(effect: Effect) -> Effect:
        if not isinstance(effect, Request) or effect.via is not None:
            return effect
        if effect.trust is None or not getattr(transport, "fixed_trust", False):
            return effect._replace(via=transport)
        return effect

    return watched(flow, route)


class Record:
    """What a flow asked for: effects with the seconds each took, in order."""

    def __init__(self) -> None:
        self.entries: list[tuple[Effect, float]] = []

    @property
    def requests(self) -> int:
        """How many HTTP requests were made."""
        return sum(isinstance(effect, Request) for effect, _ in self.entries)


def recorded(flow: Flow[T], record: Record, world: World) -> Flow[T]:
    """Write down every effect of a flow."""
    started = 0.0

    def start(effect: Effect) -> Effect:
        nonlocal started
        started = world.elapsed()
        return effect

    def end(effect: Effect, _result: object) -> None:
        record.entries.append((effect, world.elapsed() - started))

    return watched(flow, start, end)

"""A world where time is a queue of events: flows of many callers run in it, deterministically.

An answer to a request arrives when its latency is over, a sleep ends when its seconds are; between
events nothing happens and the clock jumps. One seed gives one run.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from itertools import count
from typing import Any

from entrada._engine.effects import (
    Call,
    Effect,
    Flow,
    Request,
    Response,
    Run,
    Sleep,
    Spawn,
    TransportFailure,
    Wait,
)
from entrada._engine.world import FakeClock, World

Network = Callable[[Request], tuple[float, Response | TransportFailure]]


class Schedule:
    """Runs flows against a network that says, for each request, how long and what."""

    def __init__(self, network: Network, seed: int) -> None:
        self.clock = FakeClock()
        self.random = random.Random(seed)
        self.world: World | None = None
        self.running = 0
        self._network = network
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def at(self, time: float, event: Callable[[], None]) -> None:
        """Have something happen at a time (epoch s)."""
        heapq.heappush(self._events, (max(time, self.clock.now()), next(self._order), event))

    def start(self, flow: Flow[Any], done: Callable[[Any], None]) -> None:
        """Run a flow; ``done`` gets its result or its exception."""
        self.running += 1
        self._step(flow, flow.send, None, done)

    def run(self, until: float) -> None:
        """Let everything happen up to a time."""
        while self._events and self._events[0][0] <= until:
            time, _, event = heapq.heappop(self._events)
            self.clock.advance(time - self.clock.now())
            event()
        self.clock.advance(until - self.clock.now())

    def _step(
        self,
        flow: Flow[Any],
        resume: Callable[[Any], Effect],
        value: Any,
        done: Callable[[Any], None],
    ) -> None:
        try:
            effect = resume(value)
        except StopIteration as end:
            self.running -= 1
            done(end.value)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.running -= 1
            done(error)
        else:
            self._perform(effect, flow, done)

    def _perform(self, effect: Effect, flow: Flow[Any], done: Callable[[Any], None]) -> None:
        def resume_after(seconds: float, value: Any) -> None:
            resume = flow.throw if isinstance(value, BaseException) else flow.send
            self.at(self.clock.now() + seconds, lambda: self._step(flow, resume, value, done))

        match effect:
            case Request():
                seconds, answer = self._network(effect)
                if seconds > effect.timeout:
                    seconds, answer = effect.timeout, TransportFailure("timeout", "too slow")
                resume_after(seconds, answer)
            case Sleep(seconds):
                resume_after(seconds, None)
            case Spawn(begin):
                self.start(begin(), lambda _result: None)
                resume_after(0, None)
            case Wait(flight):
                flight.when_landed(lambda outcome: resume_after(0, outcome))
            case Run() | Call():
                resume_after(self.random.uniform(0, 0.5), _attempt(effect, self.world))
            case _:
                raise AssertionError(effect)


def _attempt(effect: Run | Call, world: World | None) -> Any:
    assert world is not None
    try:
        return world.run(effect) if isinstance(effect, Run) else effect.function()
    except Exception as error:  # noqa: BLE001 - delivered to the flow
        return error

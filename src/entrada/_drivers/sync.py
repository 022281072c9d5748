"""The driver for threads: performs effects by blocking the thread that asked."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable
from typing import Any

from entrada._drivers.background import RENEWALS, Background, Workers
from entrada._drivers.default import DefaultTransport
from entrada._engine.drive import run
from entrada._engine.effects import (
    Call,
    Effect,
    Flow,
    Prompt,
    Request,
    Run,
    Sleep,
    Spawn,
    T,
    Wait,
)
from entrada._engine.flight import Lapse
from entrada._engine.world import World


class SyncDriver:
    """Runs flows on the calling thread; spawned flows get a thread of their own."""

    def __init__(self, world: World, workers: Workers = RENEWALS) -> None:
        self._world = world
        self._transport = DefaultTransport(world.env)
        self._background = Background(workers)
        self._verbs: dict[type[Any], Callable[[Any], object]] = {
            Request: self._request,
            Sleep: self._sleep,
            Run: world.run,
            Call: _call,
            Wait: _wait,
            Spawn: self._spawn,
            Prompt: _prompt,
        }

    def run(self, flow: Flow[T]) -> T:
        """Run a flow to its end."""
        return run(flow, self.perform)

    def perform(self, effect: Effect) -> object:
        """Do what an effect asks for."""
        return self._verbs[type(effect)](effect)

    def close(self) -> None:
        """End background work and close connections; the driver can be used again."""
        self._background.close()
        self._transport.close()

    def _request(self, request: Request) -> object:
        answer = (request.via or self._transport)(request)
        if isinstance(answer, Awaitable):
            dismiss(answer)
            raise TypeError("an async transport was given to a sync credential")
        return answer

    def _sleep(self, effect: Sleep) -> None:
        if self._world.sleep is not None:
            self._world.sleep(effect.seconds)
        else:
            self._background.pause(effect.seconds)

    def _spawn(self, effect: Spawn) -> None:
        self._background.start(lambda: self.run(effect.start()))


def _call(effect: Call) -> object:
    result = effect.function()
    if isinstance(result, Awaitable):
        dismiss(result)
        raise TypeError(f"{effect.what or 'a callback'} of a sync credential is asynchronous")
    return result


def dismiss(result: object) -> None:
    """Close a coroutine that nobody will await, so that Python does not warn of it as well."""
    close = getattr(result, "close", None) if isinstance(result, Awaitable) else None
    if close is not None:
        close()


def _prompt(effect: Prompt) -> object:
    return effect.show()


def _wait(effect: Wait) -> object:
    flight = effect.flight
    if flight.thread == threading.get_ident() and not flight.done():
        return Lapse.ALONE
    return flight.result(effect.timeout)

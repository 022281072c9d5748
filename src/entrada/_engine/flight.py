"""Single flight: one renewal under way per key, across threads, tasks and event loops.

The lock is held for dictionary moves only, never while somebody waits for an answer.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from copy import copy
from enum import Enum
from typing import Any, Generic

from entrada._engine.effects import Flow, T, Wait


class Lapse(Enum):
    """Why a flight that someone waited for gave neither a result nor an error."""

    ABANDONED = "its leader was cancelled: somebody else takes over"
    ALONE = "its leader is below us on this very thread: waiting would never end"


class Flight(Future[object]):
    """A renewal under way. Its result is the leader's result, an exception or a lapse."""

    def __init__(self) -> None:
        super().__init__()
        # A running future refuses cancel(): a waiter that gives up must not end the others' wait.
        self.set_running_or_notify_cancel()
        self.thread = threading.get_ident()


class Flights(Generic[T]):
    """The renewals under way, by key."""

    def __init__(self) -> None:
        self._forget()
        _alive.add(self)

    def once(self, key: Hashable, start: Callable[[], Flow[T]]) -> Flow[T]:
        """Run ``start()`` unless it is under way for this key; share its result or error.

        Waiters get the leader's error as a copy of their own. When the leader is cancelled one of
        the waiters takes over.
        """
        while True:
            flight, leads = self._join(key)
            if leads:
                return (yield from self._lead(key, flight, start))
            outcome = yield Wait(flight)
            if outcome is Lapse.ALONE:
                return (yield from start())
            if isinstance(outcome, Exception):
                raise copy(outcome) from outcome
            if outcome is not Lapse.ABANDONED:
                result: T = outcome
                return result

    def _lead(self, key: Hashable, flight: Flight, start: Callable[[], Flow[T]]) -> Flow[T]:
        outcome: object = Lapse.ABANDONED
        try:
            outcome = result = yield from start()
        except Exception as error:
            outcome = error
            raise
        finally:
            self._land(key, flight, outcome)
        return result

    def under_way(self, key: Hashable) -> bool:
        """Say whether a renewal is under way for this key."""
        return key in self._open

    def _join(self, key: Hashable) -> tuple[Flight, bool]:
        with self._lock:
            known = self._open.get(key)
            if known is not None:
                return known, False
            flight = self._open[key] = Flight()
            return flight, True

    def _land(self, key: Hashable, flight: Flight, outcome: object) -> None:
        with self._lock:
            if self._open.get(key) is flight:
                del self._open[key]
        flight.set_result(outcome)

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Hashable, Flight] = {}


_alive: weakref.WeakSet[Flights[Any]] = weakref.WeakSet()


def _drop_flights_in_child() -> None:
    # A forked child has no other threads: the leaders it would wait for do not exist there.
    for flights in _alive:
        flights._forget()  # noqa: SLF001 - this module's own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_drop_flights_in_child)

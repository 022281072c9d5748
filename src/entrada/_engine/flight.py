"""Single flight: one renewal under way per key, across threads, tasks and event loops.

The lock is held for dictionary moves only, never while somebody waits for an answer.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from copy import copy
from enum import Enum
from typing import TYPE_CHECKING, Generic

from entrada._engine.drive import runs_here
from entrada._engine.effects import Flow, T, Wait
from entrada._engine.forks import forget_in_child

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop


class Lapse(Enum):
    """Why a flight that someone waited for gave neither a result nor an error."""

    ABANDONED = "its leader was cancelled: somebody else takes over"
    ALONE = "its leader is waiting for us: waiting for it would never end"


class Flight(Future[object]):
    """A renewal under way. Its result is the leader's result, an exception or a lapse."""

    def __init__(self) -> None:
        super().__init__()
        # A running future refuses cancel(): a waiter that gives up must not end the others' wait.
        self.set_running_or_notify_cancel()
        self.thread = threading.get_ident()
        self.run = next(reversed(runs_here()), None)
        self._loop = _running_loop()

    @property
    def stranded(self) -> bool:
        """Whether its leader is a task of an event loop that stands still, perhaps for ever."""
        return self._loop is not None and not self._loop.is_running()


class Flights(Generic[T]):
    """The renewals under way, by key."""

    _lock: threading.Lock
    _open: dict[Hashable, Flight]

    def __init__(self) -> None:
        self.forget()
        forget_in_child(self)

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
                raise _copy_of(outcome) from outcome
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
        flight = self._open.get(key)
        return flight is not None and not flight.stranded

    def detach(self) -> None:
        """Let those under way end for who waits for them; whoever comes now starts anew."""
        with self._lock:
            self._open = {}

    def forget(self) -> None:
        """Drop all flights: in a forked child their leaders do not exist."""
        self._lock = threading.Lock()
        self._open = {}

    def _join(self, key: Hashable) -> tuple[Flight, bool]:
        with self._lock:
            known = self._open.get(key)
            if known is not None and not known.stranded:
                return known, False
            flight = self._open[key] = Flight()
            return flight, True

    def _land(self, key: Hashable, flight: Flight, outcome: object) -> None:
        with self._lock:
            if self._open.get(key) is flight:
                del self._open[key]
        flight.set_result(outcome)


def _copy_of(error: Exception) -> Exception:
    try:
        return copy(error)
    except Exception:  # noqa: BLE001 - copying calls a constructor whose arguments we cannot know
        kind = type(error)
        twin = kind.__new__(kind, *error.args)
        vars(twin).update(vars(error))
        return twin


def _running_loop() -> AbstractEventLoop | None:
    # A thread has a running loop only if the process has loaded asyncio; this must not load it.
    probe = getattr(sys.modules.get("asyncio.events"), "_get_running_loop", None)
    loop: AbstractEventLoop | None = probe() if probe is not None else None
    return loop

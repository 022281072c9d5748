"""Single flight: one renewal under way per key, across threads, tasks and event loops.

The lock is held for dictionary moves only, never while somebody waits for an answer.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Hashable
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


class Flight:
    """A renewal under way. Its outcome is the leader's result, an exception or a lapse."""

    def __init__(self) -> None:
        self._landed = threading.Event()
        self._outcome: object = None
        self._watchers: list[Callable[[object], object]] = []
        self.thread = threading.get_ident()
        self.run = next(reversed(runs_here()), None)
        self._loop = _running_loop()

    @property
    def stranded(self) -> bool:
        """Whether its leader is a task of an event loop that stands still, perhaps for ever."""
        return self._loop is not None and not self._loop.is_running()

    def done(self) -> bool:
        """Say whether it has landed."""
        return self._landed.is_set()

    def result(self, timeout: float | None = None) -> object:
        """Wait on this thread for the outcome; raise ``TimeoutError`` after so many seconds."""
        if not self._landed.wait(timeout):
            raise TimeoutError
        return self._outcome

    def when_landed(self, watcher: Callable[[object], object]) -> None:
        """Have a function called with the outcome, from whichever thread lands the flight."""
        self._watchers.append(watcher)
        if self._landed.is_set():
            self._tell()

    def land(self, outcome: object) -> None:
        """End the flight for all who wait for it."""
        self._outcome = outcome
        self._landed.set()
        self._tell()

    def _tell(self) -> None:
        # Whoever takes a watcher off the list calls it, so each is called once without a lock.
        while self._watchers:
            try:
                watcher = self._watchers.pop(0)
            except IndexError:
                return
            watcher(self._outcome)


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
        flight.land(outcome)


def _copy_of(error: Exception) -> Exception:
    from copy import copy

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

"""Threads for spawned flows, none of which outlives ``close()``."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable

from entrada._engine import log
from entrada._engine.forks import forget_in_child


class Closed(BaseException):
    """The credential was closed while a background flow slept.

    Like a cancellation it is no ``Exception``: no flow shall take it for a failure of its own,
    and whoever waits for that flow takes over.
    """


class Background:
    """Runs functions in daemon threads and ends them when told."""

    _lock: threading.Lock
    _closing: threading.Event
    _threads: dict[threading.Thread, threading.Event]

    def __init__(self) -> None:
        self.forget()
        forget_in_child(self)

    def start(self, work: Callable[[], object]) -> None:
        """Run ``work`` in a thread; an error is logged, since nobody waits for it.

        Where the process has no thread to give, the work is left undone.
        """
        thread = threading.Thread(target=self._work, args=(work,), name="entrada", daemon=True)
        with self._lock:
            self._threads[thread] = self._closing
            try:
                # Inside the lock, so that close() never meets a thread that has not begun.
                thread.start()
            except RuntimeError as error:
                del self._threads[thread]
                log.debug("no thread for background work: %s", error)

    def pause(self, seconds: float) -> None:
        """Sleep; raise :class:`Closed` in a background thread when told to end meanwhile."""
        closing = self._threads.get(threading.current_thread())
        if closing is None:
            threading.Event().wait(seconds)
        elif closing.wait(seconds):
            raise Closed

    def close(self) -> None:
        """Wake the sleeping threads and wait until all have ended."""
        with self._lock:
            threads = list(self._threads)
            self._closing.set()
            self._closing = threading.Event()
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join()

    def forget(self) -> None:
        """Drop all threads: in a forked child they do not exist."""
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._threads = {}

    def _work(self, work: Callable[[], object]) -> None:
        try:
            with contextlib.suppress(Closed):
                work()
        except Exception as error:  # noqa: BLE001 - nobody waits for this thread
            log.debug("background work failed: %s", type(error).__name__)
        finally:
            with self._lock:
                self._threads.pop(threading.current_thread(), None)

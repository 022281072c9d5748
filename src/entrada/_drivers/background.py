"""Threads for spawned flows, none of which outlives ``close()``."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

_log = logging.getLogger("entrada")


class Closed(Exception):
    """The credential was closed while a background flow slept."""


class Background:
    """Runs functions in daemon threads and ends them when told."""

    def __init__(self) -> None:
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._threads: set[threading.Thread] = set()

    def start(self, work: Callable[[], object]) -> None:
        """Run ``work`` in a thread; an error is logged, since nobody waits for it."""
        thread = threading.Thread(target=self._work, args=(work,), name="entrada", daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def pause(self, seconds: float) -> None:
        """Sleep; raise :class:`Closed` in a background thread when told to end meanwhile."""
        ours = threading.current_thread() in self._threads
        if not ours:
            threading.Event().wait(seconds)
        elif self._closing.wait(seconds):
            raise Closed

    def close(self) -> None:
        """Wake the sleeping threads and wait until all have ended."""
        self._closing.set()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join()
        self._closing.clear()

    def _work(self, work: Callable[[], object]) -> None:
        try:
            with contextlib.suppress(Closed):
                work()
        except Exception as error:  # noqa: BLE001 - nobody waits for this thread
            _log.debug("background work failed: %s", type(error).__name__)
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

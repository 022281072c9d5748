"""Threads for spawned flows: few in the whole process, none of a credential's after ``close()``.

They are daemons, so a process ends at once though a renewal hangs, and they end when there is
nothing left to do. However many credentials renew at the same time, no more than a few dozen
threads work for them; what is too much waits, and who needs its token meanwhile gets it itself.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from entrada._engine import log
from entrada._engine.forks import forget_in_child

_MOST_THREADS = 32


class Closed(BaseException):
    """The credential was closed while a background flow slept.

    Like a cancellation it is no ``Exception``: no flow shall take it for a failure of its own,
    and whoever waits for that flow takes over.
    """


class Job:
    """Something to do in a thread. ``ended`` is set when that thread has turned to another."""

    __slots__ = ("ended", "thread", "work")

    def __init__(self, work: Callable[[], object]) -> None:
        self.work: Callable[[], object] | None = work
        self.thread: threading.Thread | None = None
        self.ended = threading.Event()

    def do(self) -> None:
        """Do it, and keep nothing of it."""
        work, self.work = self.work, None
        try:
            if work is not None:
                work()
        except BaseException as error:  # noqa: BLE001 - nobody waits for this thread
            log.debug("background work failed: %s", type(error).__name__)


class Workers:
    """Does jobs in order of arrival, in at most ``most`` threads."""

    _lock: threading.Lock
    _waiting: deque[Job]
    _threads: set[threading.Thread]

    def __init__(self, most: int) -> None:
        self._most = most
        self.forget()
        forget_in_child(self)

    def submit(self, job: Job) -> bool:
        """Have a job done; return whether the process has a thread for it."""
        with self._lock:
            if len(self._threads) < self._most and self._hire(job):
                return True
            if self._threads:
                self._waiting.append(job)
            return bool(self._threads)

    def withdraw(self, job: Job) -> bool:
        """Take back a job; return whether it had not been begun."""
        with self._lock:
            if job not in self._waiting:
                return False
            self._waiting.remove(job)
        return True

    def wait_for(self, job: Job) -> None:
        """Wait until a job that was begun has ended, with its thread unless that has another."""
        job.ended.wait()
        if job.thread is not None and not self._is_at_work(job.thread):
            job.thread.join()

    def is_gone(self, job: Job) -> bool:
        """Say whether a job has ended and no thread is left of it."""
        thread = job.thread
        if thread is None or not job.ended.is_set():
            return False
        return not thread.is_alive() or self._is_at_work(thread)

    def forget(self) -> None:
        """Drop all threads: in a forked child they do not exist."""
        self._lock = threading.Lock()
        self._waiting = deque()
        self._threads = set()

    def _hire(self, job: Job) -> bool:
        thread = threading.Thread(target=self._serve, args=(job,), name="entrada", daemon=True)
        self._threads.add(thread)
        job.thread = thread
        try:
            # Inside the lock, so that nobody ever meets a thread that has not begun.
            thread.start()
        except RuntimeError as error:
            self._threads.discard(thread)
            log.debug("no thread for background work: %s", error)
            return False
        return True

    def _serve(self, first: Job) -> None:
        job: Job | None = first
        while job is not None:
            job.do()
            last, job = job, self._next()
            last.ended.set()

    def _next(self) -> Job | None:
        me = threading.current_thread()
        with self._lock:
            if self._waiting:
                job = self._waiting.popleft()
                job.thread = me
                return job
            self._threads.discard(me)
        return None

    def _is_at_work(self, thread: threading.Thread) -> bool:
        with self._lock:
            return thread in self._threads


RENEWALS = Workers(_MOST_THREADS)
"""The threads of this process that renew tokens."""


class Background:
    """One credential's background work: begins it, lets it sleep, and ends it when told."""

    _lock: threading.Lock
    _closing: threading.Event
    _jobs: set[Job]
    _here: threading.local

    def __init__(self, workers: Workers = RENEWALS) -> None:
        self._workers = workers
        self.forget()
        forget_in_child(self)

    def start(self, work: Callable[[], object]) -> None:
        """Run ``work`` in a thread; an error is logged, since nobody waits for it.

        Where the process has no thread to give, the work is left undone.
        """
        with self._lock:
            job = Job(partial(self._work, work, self._closing))
            self._jobs = {each for each in self._jobs if not self._workers.is_gone(each)}
            if self._workers.submit(job):
                self._jobs.add(job)

    def pause(self, seconds: float) -> None:
        """Sleep; raise :class:`Closed` in a background thread when told to end meanwhile."""
        closing: threading.Event | None = getattr(self._here, "closing", None)
        if closing is None:
            threading.Event().wait(seconds)
        elif closing.wait(seconds):
            raise Closed

    def close(self) -> None:
        """Drop what has not begun, wake what sleeps, and wait until all has ended."""
        with self._lock:
            jobs, self._jobs = self._jobs, set()
            begun = [job for job in jobs if not self._workers.withdraw(job)]
            self._closing.set()
            self._closing = threading.Event()
        for job in begun:
            if job.thread is not threading.current_thread():
                self._workers.wait_for(job)

    def forget(self) -> None:
        """Drop all work: in a forked child its threads do not exist."""
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._jobs = set()
        self._here = threading.local()

    def _work(self, work: Callable[[], object], closing: threading.Event) -> None:
        self._here.closing = closing
        try:
            work()
        except Closed:
            pass
        finally:
            self._here.closing = None

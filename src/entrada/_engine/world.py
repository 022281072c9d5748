"""The surroundings of a flow, injected: nothing else reads environment, clock, chance or files.

``World.real()`` is this machine; ``World.fake()`` is made of what a test says.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from entrada._engine.effects import Completed, Run


class World(NamedTuple):
    """Environment, clock, chance, platform, files and programs.

    ``now`` is in epoch seconds, ``elapsed`` in seconds of a clock that never goes back.
    ``stamp`` identifies a version of a file (``None``: no such file). ``read_secret`` reads a file
    that somebody else names: it raises ``PermissionError`` for what is no regular file, or others
    may write, and ``ValueError`` for more than ``limit`` bytes. ``sleep`` is ``None`` where the
    driver itself shall wait.
    """

    env: Mapping[str, str]
    now: Callable[[], float]
    elapsed: Callable[[], float]
    chance: Callable[[], float]
    platform: str
    home: str
    read: Callable[[str], bytes]
    read_secret: Callable[[str, int], bytes]
    stamp: Callable[[str], object]
    which: Callable[[str], str | None]
    run: Callable[[Run], Completed]
    sleep: Callable[[float], None] | None = None

    @staticmethod
    @cache
    def real() -> World:
        """Return this machine, read afresh at each look."""
        return World(
            env=os.environ,
            now=time.time,
            elapsed=time.monotonic,
            chance=_chance,
            platform=sys.platform,
            home=os.path.expanduser("~"),  # noqa: PTH111 - pathlib costs 10 ms at start
            read=_read,
            read_secret=_read_secret,
            stamp=_stamp,
            which=_which,
            run=_run,
        )

    @staticmethod
    def fake(
        env: Mapping[str, str] | None = None,
        *,
        clock: FakeClock | None = None,
        files: Mapping[str, bytes] | None = None,
        programs: Mapping[str, Callable[[Run], Completed]] | None = None,
        chance: float = 0.5,
        platform: str = "linux",
    ) -> World:
        """Return a world of nothing but what is given; its clock moves only when told.

        ``files`` and ``env`` may be changed while the world is in use. ``programs`` maps a
        program's name to what answers for it; it is found at ``/usr/bin/<name>``.
        """
        # Not "or": an empty mapping may be filled later.
        clock = FakeClock() if clock is None else clock
        files = {} if files is None else files
        programs = {} if programs is None else programs

        def read(path: str) -> bytes:
            if path not in files:
                raise FileNotFoundError(2, "No such file or directory", path)
            return files[path]

        def read_secret(path: str, limit: int) -> bytes:
            return _limited(read(path), limit)

        def stamp(path: str) -> object:
            return hash(files[path]) if path in files else None

        def which(name: str) -> str | None:
            return f"/usr/bin/{name}" if name in programs else None

        def start(program: Run) -> Completed:
            name = program.argv[0].rpartition("/")[2]
            if name not in programs:
                raise FileNotFoundError(2, "No such file or directory", program.argv[0])
            return programs[name](program)

        return World(
            env={} if env is None else env,
            now=clock.now,
            elapsed=clock.now,
            chance=lambda: chance,
            platform=platform,
            home="/home/someone",
            read=read,
            read_secret=read_secret,
            stamp=stamp,
            which=which,
            run=start,
            sleep=clock.advance,
        )


class FakeClock:
    """A clock that stands still until it is advanced; sleeping advances it."""

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._time = start

    def now(self) -> float:
        """Return the time in epoch seconds."""
        return self._time

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._time += seconds


def _chance() -> float:
    import random

    return random.random()  # noqa: S311 - spreads retries, protects nothing


def _which(program: str) -> str | None:
    if os.name != "posix":
        import shutil

        return shutil.which(program)
    # The same for POSIX, where shutil would cost 3 ms for its archives; but an empty entry of the
    # path means the current directory, where nobody's credentials are looked for.
    for folder in filter(None, os.environ.get("PATH", os.defpath).split(os.pathsep)):
        path = f"{folder}/{program}"
        if os.access(path, os.X_OK) and not os.path.isdir(path):  # noqa: PTH112
            return path
    return None


def _run(program: Run) -> Completed:
    from entrada._drivers.programs import run_program

    return run_program(program)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123 - pathlib costs 10 ms at start
        return file.read()


def _read_secret(path: str, limit: int) -> bytes:
    from stat import S_ISREG, S_IWOTH

    # Not blocking: opening a pipe that nobody writes to would otherwise wait for ever.
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | careful)

    with open(path, "rb", opener=opener) as file:
        mode = os.fstat(file.fileno()).st_mode
        if not S_ISREG(mode) or (os.name == "posix" and mode & S_IWOTH):
            raise PermissionError(1, "no regular file, or anybody may write to it", path)
        return _limited(file.read(limit + 1), limit)


def _limited(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise ValueError(f"more than {limit} bytes")
    return data


def _stamp(path: str) -> object:
    try:
        found = os.stat(path)  # noqa: PTH116 - pathlib costs 10 ms at start
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size

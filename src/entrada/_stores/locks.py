"""A lock between processes that the kernel takes back when its holder dies, however that dies.

The lock is on an open file; the file itself means nothing and is removed with the lock.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator

from entrada._engine.forks import forget_in_child

_WAIT, _TRIES = 0.01, 1000
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)


class FileLock:
    """A lock that this process holds."""

    def __init__(self, path: str, file: int) -> None:
        self._path = path
        self._file: int | None = file
        forget_in_child(self)

    @classmethod
    def take(cls, path: str) -> FileLock | None:
        """Return the lock of that path, ``None`` while somebody has it. Raises ``OSError``."""
        while True:
            file = os.open(path, _FLAGS, 0o600)
            try:
                if not _lock(file):
                    os.close(file)
                    return None
                # Whoever held it has removed the file by now: a lock on that one is nobody's.
                if _is_still_at(file, path):
                    return cls(path, file)
            except BaseException:
                os.close(file)
                raise
            os.close(file)

    def release(self) -> None:
        """Give the lock back."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                # Before closing: as long as it is locked nobody else goes by it.
                if _is_still_at(file, self._path):
                    os.unlink(self._path)  # noqa: PTH108
            os.close(file)

    def forget(self) -> None:
        """Let go of it in a forked child, which would else hold it on for its dead parent."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def __del__(self) -> None:
        self.release()


@contextlib.contextmanager
def alone(path: str) -> Iterator[None]:
    """Hold the lock of a path, after waiting for it: for moments only. Raises ``OSError``."""
    for _ in range(_TRIES):
        lock = FileLock.take(path)
        if lock is not None:
            break
        time.sleep(_WAIT)
    else:
        raise TimeoutError(110, f"another process has held it for {_WAIT * _TRIES:g} s", path)
    try:
        yield
    finally:
        lock.release()


def _is_still_at(file: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(file), os.stat(path))  # noqa: PTH116
    except FileNotFoundError:
        return False


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

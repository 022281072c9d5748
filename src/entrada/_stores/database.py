"""A file of entries: SQLite with a write-ahead log, one row an entry.

A process that dies half-way through a write leaves the file as it was before. A file that cannot
be read is set aside under another name and begun anew.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from entrada._engine import log
from entrada._engine.forks import forget_in_child
from entrada._stores.locks import alone
from entrada._stores.store import StoreUnavailable

T = TypeVar("T")

_APPLICATION_ID = 0x656E7472
_VERSION = 1
_PATIENCE = 10.0  # seconds to wait for another process's write
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_LAYOUT = f"""
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS entries (
  name TEXT PRIMARY KEY, data BLOB NOT NULL, expires_on REAL NOT NULL, account INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS expiry ON entries (expires_on);
PRAGMA application_id = {_APPLICATION_ID};
PRAGMA user_version = {_VERSION};
COMMIT;
"""
_abandoned: list[_Opened] = []


class _NotOurs(Exception):
    """The file is somebody else's database."""


class _Opened(NamedTuple):
    connection: sqlite3.Connection
    identity: tuple[int, int]
    at_exit: weakref.finalize[Any, Any]


class Database:
    """The file, opened when it is first needed, and again when another has taken its place."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._opened: _Opened | None = None
        self._lock = threading.Lock()
        forget_in_child(self)

    def forget(self) -> None:
        """Leave the connection to the parent process: closing it here would spoil it there."""
        self._lock = threading.Lock()
        if self._opened is not None:
            self._opened.at_exit.detach()
            _abandoned.append(self._opened)
            self._opened = None

    def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something with the file; raise StoreUnavailable where it cannot be used."""
        try:
            try:
                return work(self._connection())
            except (sqlite3.DatabaseError, _NotOurs) as error:
                if not _is_broken(error):
                    raise
                self._set_aside()
                return work(self._connection())
        except (sqlite3.Error, OSError, _NotOurs) as error:
            self._close()
            raise StoreUnavailable(f"{self.path} cannot be used ({error})") from None

    def _connection(self) -> sqlite3.Connection:
        opened = self._opened
        if opened is not None and opened.identity == _identity(self.path):
            return opened.connection
        with self._lock:
            if self._opened is None or self._opened.identity != _identity(self.path):
                self._close()
                connection, identity = _opened(self.path)
                at_exit = weakref.finalize(self, connection.close)
                self._opened = _Opened(connection, identity, at_exit)
            return self._opened.connection

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            with contextlib.suppress(sqlite3.Error):
                opened.at_exit()

    def _set_aside(self) -> None:
        with alone(f"{self.path}.lock"):
            self._close()
            try:
                connection, _ = _open(self.path)
                with contextlib.closing(connection):
                    connection.execute("SELECT count(*), max(length(data)) FROM entries").fetchone()
                return  # another process has set it aside by now
            except (sqlite3.DatabaseError, _NotOurs) as error:
                if not _is_broken(error):
                    raise
            aside = f"{self.path}.damaged"
            os.replace(self.path, aside)  # noqa: PTH105
            for suffix in ("-wal", "-shm"):
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(self.path + suffix)  # noqa: PTH108
            log.warning("%s is no store of tokens, or damaged: set aside as %s", self.path, aside)


def _is_broken(error: Exception) -> bool:
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, _NotOurs) or (code is not None and code & 0xFF in _BROKEN)


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _opened(path: str) -> tuple[sqlite3.Connection, tuple[int, int]]:
    """Open the file; many processes that begin it at once do so one after the other."""
    if _identity(path) is not None and os.path.getsize(path):  # noqa: PTH202
        return _open(path)
    with alone(f"{path}.lock"):
        return _open(path)


def _open(path: str) -> tuple[sqlite3.Connection, tuple[int, int]]:
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    file = os.open(path, flags, 0o600)  # SQLite gives its other files the same mode
    os.close(file)
    identity = _identity(path)
    if identity is None:
        raise FileNotFoundError(2, "removed as soon as it was made", path)
    connection = sqlite3.connect(
        path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
    )
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection, identity


def _prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application == _APPLICATION_ID and version > _VERSION:
        raise sqlite3.OperationalError("written by a later version of entrada")
    if application == _APPLICATION_ID:
        return
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if tables:
        raise _NotOurs("another program's database")
    connection.execute("PRAGMA page_size = 8192")  # so that three entries share a page
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(_LAYOUT)

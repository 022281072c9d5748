"""Where sessions rest: a protocol of six verbs, a store in memory and one in an SQLite file.

A store sees digests for keys and sealed bytes for values; it reads no clock. A method that is a
coroutine function is awaited by the async adapters.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

MOST_ROWS = 100_000
"""Rows in memory; past that, those that would end soonest go first."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, value BLOB NOT NULL, ends REAL NOT NULL)
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rows_ends ON rows (ends);
CREATE TABLE IF NOT EXISTS tags (tag TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY (tag, key))
    WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tags_key ON tags (key);
CREATE TRIGGER IF NOT EXISTS untag AFTER DELETE ON rows
    BEGIN DELETE FROM tags WHERE key = OLD.key; END;
"""


class SessionStore(Protocol):
    """Keeps sealed rows. ``ends`` is in epoch seconds, for stores that forget by themselves."""

    def get(self, key: str) -> Any:
        """Return a row's bytes, or ``None``."""

    def put(self, key: str, value: bytes, ends: float, tags: Collection[str] = ()) -> Any:
        """Keep a row under a key and under tags."""

    def replace(self, key: str, value: bytes, ends: float) -> Any:
        """Change a row that is there, keeping its tags; never bring one back that was deleted."""

    def take(self, key: str) -> Any:
        """Delete a row and return its bytes, to one caller only; ``None`` for the others."""

    def drop(self, tag: str) -> Any:
        """Delete every row that has a tag."""

    def purge(self, now: float) -> Any:
        """Delete the rows that have ended."""


class _Row(NamedTuple):
    value: bytes
    ends: float
    tags: tuple[str, ...]


class MemoryStore:
    """Sessions of one process, gone with it."""

    def __init__(self, most: int = MOST_ROWS) -> None:
        self._most = most
        self._rows: dict[str, _Row] = {}
        self._tags: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """Return a row's bytes."""
        row = self._rows.get(key)
        return row.value if row else None

    def put(self, key: str, value: bytes, ends: float, tags: Collection[str] = ()) -> None:
        """Keep a row."""
        with self._lock:
            if len(self._rows) >= self._most:
                soonest = sorted(self._rows, key=lambda each: self._rows[each].ends)
                for old in soonest[: max(1, self._most // 10)]:
                    self._delete(old)
            self._delete(key)
            self._rows[key] = _Row(value, ends, tuple(tags))
            for tag in tags:
                self._tags.setdefault(tag, set()).add(key)

    def replace(self, key: str, value: bytes, ends: float) -> None:
        """Change a row that is there."""
        with self._lock:
            row = self._rows.get(key)
            if row:
                self._rows[key] = row._replace(value=value, ends=ends)

    def take(self, key: str) -> bytes | None:
        """Delete a row and return its bytes."""
        with self._lock:
            row = self._delete(key)
        return row.value if row else None

    def drop(self, tag: str) -> None:
        """Delete every row that has a tag."""
        with self._lock:
            for key in tuple(self._tags.get(tag, ())):
                self._delete(key)

    def purge(self, now: float) -> None:
        """Delete the rows that have ended."""
        with self._lock:
            for key in [key for key, row in self._rows.items() if row.ends <= now]:
                self._delete(key)

    def _delete(self, key: str) -> _Row | None:
        row = self._rows.pop(key, None)
        for tag in row.tags if row else ():
            keys = self._tags[tag]
            keys.discard(key)
            if not keys:
                del self._tags[tag]
        return row


class SqliteStore:
    """Sessions of all processes of one machine, in a file that only its owner may read."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._ready = False

    def get(self, key: str) -> bytes | None:
        """Return a row's bytes."""
        with self._connection() as database:
            return _value(database.execute("SELECT value FROM rows WHERE key = ?", (key,)))

    def put(self, key: str, value: bytes, ends: float, tags: Collection[str] = ()) -> None:
        """Keep a row."""
        with self._connection() as database:
            database.execute("DELETE FROM rows WHERE key = ?", (key,))
            database.execute("INSERT INTO rows VALUES (?, ?, ?)", (key, value, ends))
            database.executemany("INSERT INTO tags VALUES (?, ?)", [(tag, key) for tag in tags])

    def replace(self, key: str, value: bytes, ends: float) -> None:
        """Change a row that is there."""
        with self._connection() as database:
            database.execute(
                "UPDATE rows SET value = ?, ends = ? WHERE key = ?", (value, ends, key)
            )

    def take(self, key: str) -> bytes | None:
        """Delete a row and return its bytes."""
        with self._connection() as database:
            taken = "DELETE FROM rows WHERE key = ? RETURNING value"
            return _value(database.execute(taken, (key,)))

    def drop(self, tag: str) -> None:
        """Delete every row that has a tag."""
        with self._connection() as database:
            tagged = "SELECT key FROM tags WHERE tag = ?"
            database.execute(f"DELETE FROM rows WHERE key IN ({tagged})", (tag,))  # noqa: S608

    def purge(self, now: float) -> None:
        """Delete the rows that have ended."""
        with self._connection() as database:
            database.execute("DELETE FROM rows WHERE ends <= ?", (now,))

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Open the file, and commit at the end: a connection is no thread's and no fork's."""
        if not self._ready:
            self._path.touch(mode=0o600)
        with closing(sqlite3.connect(self._path, timeout=10)) as database, database:
            if not self._ready:
                database.execute("PRAGMA journal_mode = WAL")
                database.executescript(_SCHEMA)
                self._ready = True
            database.execute("PRAGMA synchronous = NORMAL")
            yield database


def _value(found: sqlite3.Cursor) -> bytes | None:
    row = found.fetchone()
    return bytes(row[0]) if row else None

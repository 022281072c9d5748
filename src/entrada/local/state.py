"""Everything the local cloud remembers: JSON documents and bytes in one SQLite database.

A document has a kind and an id; ids sort by code point, so a prefix is a range. The database is
in memory, or a file that survives ``kill -9``: a write is in the write-ahead log before the
request that made it is answered. (The log is not forced to the disk each time: a machine that
loses power may lose the last writes, never the file.)
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
  kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS payload (id TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
"""
_INDEX = """
CREATE INDEX IF NOT EXISTS document_{0} ON document (kind, json_extract(body, '$.{0}'))
WHERE json_extract(body, '$.{0}') IS NOT NULL;
"""
_FIND = """
SELECT body FROM document INDEXED BY document_{0}
WHERE kind = ? AND json_extract(body, '$.{0}') = ? ORDER BY id
"""
_INDEXED = ("appId", "type")
"""The fields that documents are often found by; by others they are found by reading them all."""

_BY = {name: _FIND.format(name) for name in _INDEXED}
_OUTER = ("BEGIN IMMEDIATE", "COMMIT", ("ROLLBACK",))
_INNER = ("SAVEPOINT inside", "RELEASE inside", ("ROLLBACK TO inside", "RELEASE inside"))
_AFTER_EVERY_CHARACTER = "\U0010ffff"


class State:
    """One database, shared by all threads behind a lock that is held for single statements."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._lock = threading.RLock()
        self._database = sqlite3.connect(
            path or ":memory:", check_same_thread=False, isolation_level=None
        )
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA + "".join(map(_INDEX.format, _INDEXED)))
        # A state in memory may simply be dropped; sqlite3 itself warns of that since Python 3.13.
        weakref.finalize(self, self._database.close)

    def get(self, kind: str, id: str) -> Document | None:  # noqa: A002
        """Return one document, or ``None``."""
        rows = self._rows("SELECT body FROM document WHERE kind = ? AND id = ?", kind, id)
        return json.loads(rows[0][0]) if rows else None

    def put(self, kind: str, id: str, body: Document) -> Document:  # noqa: A002
        """Write one document, replacing what stood there, and return it."""
        text = json.dumps(body, separators=(",", ":"))
        self._rows("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", kind, id, text)
        return body

    def delete(self, kind: str, id: str) -> bool:  # noqa: A002
        """Delete one document; say whether it was there."""
        with self._lock:
            cursor = self._database.execute(
                "DELETE FROM document WHERE kind = ? AND id = ?", (kind, id)
            )
            return cursor.rowcount > 0

    def under(
        self, kind: str, prefix: str = "", after: str = "", limit: int = -1
    ) -> list[tuple[str, Document]]:
        """Return ``(id, document)`` pairs whose id starts with ``prefix``, in order of id.

        Only ids strictly greater than ``after``; at most ``limit`` of them when it is not -1.
        """
        rows = self._rows(
            "SELECT id, body FROM document WHERE kind = ? AND id >= ? AND id < ? AND id > ?"
            " ORDER BY id LIMIT ?",
            kind,
            prefix,
            prefix + _AFTER_EVERY_CHARACTER,
            after,
            limit,
        )
        return [(key, json.loads(body)) for key, body in rows]

    def find(self, kind: str, **fields: object) -> list[Document]:
        """Return the documents of a kind whose top-level fields equal those given."""
        index = next((name for name in _INDEXED if isinstance(fields.get(name), str)), None)
        found = (
            [body for _, body in self.under(kind)]
            if index is None
            else [json.loads(row[0]) for row in self._rows(_BY[index], kind, fields[index])]
        )
        return [
            body for body in found if all(body.get(name) == value for name, value in fields.items())
        ]

    def store(self, id: str, data: bytes) -> None:  # noqa: A002
        """Write a payload."""
        self._rows("INSERT OR REPLACE INTO payload VALUES (?, ?)", id, data)

    def load(self, id: str) -> bytes | None:  # noqa: A002
        """Return a payload, or ``None``."""
        rows = self._rows("SELECT data FROM payload WHERE id = ?", id)
        return rows[0][0] if rows else None

    def discard(self, id: str) -> None:  # noqa: A002
        """Delete a payload if it is there."""
        self._rows("DELETE FROM payload WHERE id = ?", id)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make several writes as one; other threads wait, an exception rolls all back.

        Within a transaction of the same thread, only what was written in this one.
        """
        with self._lock:
            begin, commit, rollback = _INNER if self._database.in_transaction else _OUTER
            self._database.execute(begin)
            try:
                yield
                self._database.execute(commit)
            except BaseException:
                for statement in rollback if self._database.in_transaction else ():
                    self._database.execute(statement)
                raise

    def reset(self, *, keep: Sequence[str] = ()) -> None:
        """Forget everything but the documents of the kinds to ``keep``."""
        kept = ", ".join("?" * len(keep))
        with self.transaction():
            self._rows(f"DELETE FROM document WHERE kind NOT IN ({kept})", *keep)  # noqa: S608
            self._rows("DELETE FROM payload")

    def close(self) -> None:
        """Close the database; the state cannot be used after it."""
        with self._lock:
            self._database.close()

    def _rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._database.execute(statement, values).fetchall()

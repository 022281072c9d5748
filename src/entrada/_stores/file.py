"""A store in a file of this user's, shared by all of their processes on this machine."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from typing import NamedTuple

from entrada._engine.effects import Flow, T, call
from entrada._engine.world import World
from entrada._stores.database import Database
from entrada._stores.folders import check_name, make_folder, state_folders
from entrada._stores.keys import KeySource, key_place, sealing_key
from entrada._stores.locks import FileLock
from entrada._stores.store import Lease, Sealed, StoreUnavailable

_SWEEP_EVERY = 256  # saves
_SAVE = """INSERT INTO entries VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
data = excluded.data, expires_on = excluded.expires_on, account = excluded.account"""


class FileStatus(NamedTuple):
    """What a file of tokens holds: where it is, what seals it, how many valid entries."""

    path: str
    key: str
    tokens: int
    sign_ins: int


class FileStore:
    """Keeps sealed entries in a file, on a local disk.

    ``path`` defaults to ``<name>.db`` in the user's folder for state. ``key``: 32 bytes to seal
    with, or a function that returns them; by default one is made and kept in the system's keychain
    where there is one (``pip install 'entrada[keyring]'``), else in a file that only the owner can
    read. Raises ConfigurationError for a ``name`` that is no file's name.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        name: str = "tokens",
        key: KeySource | None = None,
    ) -> None:
        self._path = None if path is None else os.fspath(path)
        self._name = check_name(name)
        self._key = key
        self._world = World.real()
        self._database: Database | None = None
        self._saves = 0

    def sealing_key(self, world: World) -> Flow[bytes]:
        """Return the key of the first source that works."""
        self._world = world

        def find() -> bytes:
            return sealing_key(self._key, self._folder(), world)

        return (yield from call(find, "sealing key"))

    def load(self, name: str) -> Flow[bytes | None]:
        """Return an entry's bytes, if it is there and valid."""
        query = "SELECT data FROM entries WHERE name = ? AND expires_on > ?"

        def load(database: sqlite3.Connection) -> bytes | None:
            row = database.execute(query, (name, self._world.now())).fetchone()
            return None if row is None else bytes(row[0])

        return (yield from self._do(load))

    def save(self, name: str, entry: Sealed) -> Flow[None]:
        """Keep an entry; now and then those that have expired are removed."""

        def save(database: sqlite3.Connection) -> None:
            if self._saves % _SWEEP_EVERY == 0:
                now = self._world.now()
                database.execute("DELETE FROM entries WHERE expires_on <= ?", (now,))
            self._saves += 1
            database.execute(_SAVE, (name, entry.data, entry.expires_on, entry.account))

        yield from self._do(save)

    def delete(self, name: str) -> Flow[None]:
        """Drop an entry."""
        yield from self._do(
            lambda database: database.execute("DELETE FROM entries WHERE name = ?", (name,))
        )

    def accounts(self) -> Flow[list[tuple[str, bytes]]]:
        """Return the sign-ins."""
        query = "SELECT name, data FROM entries WHERE account AND expires_on > ?"
        return (
            yield from self._do(
                lambda database: database.execute(query, (self._world.now(),)).fetchall()
            )
        )

    def lease(self, name: str) -> Flow[Lease | None]:
        """Return the right to renew an entry, which ends with this process at the latest."""
        lock = yield from call(lambda: self._lock(name), "lease")
        return None if lock is None else _FileLease(lock)

    def status(self, world: World | None = None) -> FileStatus:
        """Look at the file and change nothing; raise StoreUnavailable where there is none."""
        self._world = world or self._world
        database = self._file()
        if not os.path.exists(database.path):  # noqa: PTH110
            raise StoreUnavailable(f"nothing rests at {database.path} yet")
        query = "SELECT count(*), coalesce(sum(account), 0) FROM entries WHERE expires_on > ?"
        now = (self._world.now(),)
        every, accounts = database.run(lambda rows: rows.execute(query, now).fetchone())
        key = key_place(self._key, self._folder(), self._world)
        return FileStatus(database.path, key, every - accounts, accounts)

    def _do(self, work: Callable[[sqlite3.Connection], T]) -> Flow[T]:
        return (yield from call(lambda: self._file().run(work), "token store"))

    def _file(self) -> Database:
        if self._database is None:
            path = self._path or f"{self._folder()}/{self._name}.db"
            self._database = Database(path)
        return self._database

    def _folder(self) -> str:
        if self._path is None:
            return make_folder(state_folders(self._world))
        return make_folder([os.path.dirname(os.path.abspath(self._path))])  # noqa: PTH100, PTH120

    def _lock(self, name: str) -> FileLock | None:
        folder = make_folder([f"{self._file().path}.leases"])
        try:
            return FileLock.take(f"{folder}/{name[:32]}")
        except OSError as error:
            raise StoreUnavailable(f"{folder} cannot be used ({error.strerror})") from None

    def __repr__(self) -> str:
        return f"FileStore({self._path or self._name!r})"


class _FileLease:
    fence = 0

    def __init__(self, lock: FileLock) -> None:
        self._lock = lock

    def release(self) -> Flow[None]:
        yield from ()
        self.drop()

    def drop(self) -> None:
        self._lock.release()

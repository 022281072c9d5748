"""A store in this process's memory, which credentials share: for tests, and as the pattern."""

from __future__ import annotations

import secrets
import threading

from entrada._engine.effects import Flow
from entrada._engine.forks import forget_in_child
from entrada._engine.world import World
from entrada._stores.seal import KEY_BYTES
from entrada._stores.store import Lease, Sealed

_MOST_ENTRIES = 100_000


class MemoryStore:
    """Keeps entries in memory for all credentials that are given it, sealed as anywhere."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(KEY_BYTES)
        self._entries: dict[str, Sealed] = {}
        self._world = World.real()
        self.forget()
        forget_in_child(self)

    def forget(self) -> None:
        """Drop the leases: in a forked child nobody holds them."""
        self._lock = threading.Lock()
        self._leased: set[str] = set()

    def sealing_key(self, world: World) -> Flow[bytes]:
        """Return a key of this object's own."""
        yield from ()
        self._world = world
        return self._key

    def load(self, name: str) -> Flow[bytes | None]:
        """Return an entry's bytes, if it is there and valid."""
        yield from ()
        found = self._entries.get(name)
        return found.data if found is not None and found.expires_on > self._world.now() else None

    def save(self, name: str, entry: Sealed) -> Flow[None]:
        """Keep an entry; the oldest makes room where there are very many."""
        yield from ()
        with self._lock:
            self._entries.pop(name, None)
            self._entries[name] = entry
            if len(self._entries) > _MOST_ENTRIES:
                del self._entries[next(iter(self._entries))]

    def delete(self, name: str) -> Flow[None]:
        """Drop an entry."""
        yield from ()
        self._entries.pop(name, None)

    def accounts(self) -> Flow[list[tuple[str, bytes]]]:
        """Return the sign-ins."""
        yield from ()
        with self._lock:
            return [(name, entry.data) for name, entry in self._entries.items() if entry.account]

    def lease(self, name: str) -> Flow[Lease | None]:
        """Return the right to renew an entry; it ends with this process."""
        yield from ()
        with self._lock:
            if name in self._leased:
                return None
            self._leased.add(name)
        return _Lease(self, name)

    def let_go(self, name: str) -> None:
        """Take a lease back."""
        with self._lock:
            self._leased.discard(name)

    def __repr__(self) -> str:
        return f"MemoryStore({len(self._entries)} entries)"


class _Lease:
    fence = 0

    def __init__(self, store: MemoryStore, name: str) -> None:
        self._store, self._name = store, name

    def release(self) -> Flow[None]:
        yield from ()
        self.drop()

    def drop(self) -> None:
        self._store.let_go(self._name)

"""Where tokens rest between processes, for the keyword ``store`` of any credential.

A store of your own has the methods of ``TokenStore``; it is handed names that tell nothing and
sealed bytes only.
"""

from __future__ import annotations

from entrada._engine.effects import call
from entrada._stores.file import FileStatus, FileStore
from entrada._stores.memory import MemoryStore
from entrada._stores.redis import RedisStore
from entrada._stores.store import Lease, Sealed, StoreUnavailable, TokenStore

__all__ = [
    "FileStatus",
    "FileStore",
    "Lease",
    "MemoryStore",
    "RedisStore",
    "Sealed",
    "StoreUnavailable",
    "TokenStore",
    "call",
]

"""From the keywords ``store`` and ``cache_persistence_options`` to where tokens rest."""

from __future__ import annotations

from typing import Any

from entrada._cache.storage import SealedStorage, Storage
from entrada._engine.world import World
from entrada._stores.store import TokenStore
from entrada.errors import ConfigurationError


def storage_of(store: object, persistence: Any, world: World) -> Storage:
    """Return the storage that the keywords ask for.

    Raises ConfigurationError for both of them, or for what is no store.
    """
    if store is not None and persistence is not None:
        raise ConfigurationError(
            "Both store and cache_persistence_options are given.",
            code="two_stores",
            hint="Keep one of them: tokens rest in one place.",
        )
    if isinstance(store, TokenStore) and not isinstance(store, type):
        return SealedStorage(store, world)
    raise ConfigurationError(
        f"store has to be a token store, not {type(store).__name__}.",
        code="no_store",
        hint="Pass one of entrada.stores, for example store=stores.FileStore().",
    )

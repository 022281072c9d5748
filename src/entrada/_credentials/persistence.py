"""From the keywords ``store`` and ``cache_persistence_options`` to where tokens rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrada._engine.world import World
from entrada.errors import ConfigurationError

if TYPE_CHECKING:
    from entrada._cache.storage import Storage
    from entrada._stores.file import FileStore

_DEFAULT_NAME = "msal.cache"
_files: dict[tuple[str, ...], FileStore] = {}


class TokenCachePersistenceOptions:
    """Asks for tokens to rest in this user's own file between processes, as in azure-identity.

    ``name`` keeps an application's tokens apart from those of others. The file is sealed, with a
    key of the system's keychain or, where there is none, of a file that only its owner can read.
    On Linux ``allow_unencrypted_storage`` chooses the plain file that Microsoft's libraries share
    where nothing can encrypt: theirs and entrada's sign-ins are then found by each other.
    """

    def __init__(
        self, *, allow_unencrypted_storage: bool = False, name: str = _DEFAULT_NAME, **_: Any
    ) -> None:
        self.allow_unencrypted_storage = allow_unencrypted_storage
        self.name = name

    def __repr__(self) -> str:
        return f"TokenCachePersistenceOptions(name={self.name!r})"


def storage_of(store: object, persistence: Any, world: World) -> Storage:
    """Return the storage that the keywords ask for.

    Raises ConfigurationError for both of them, or for what is no store.
    """
    from entrada._cache.storage import SealedStorage
    from entrada._stores.folders import check_name
    from entrada._stores.store import TokenStore

    if store is not None and persistence is not None:
        raise ConfigurationError(
            "Both store and cache_persistence_options are given.",
            code="two_stores",
            hint="Keep one of them: tokens rest in one place.",
        )
    if persistence is not None:
        name = check_name(str(persistence.name))
        if persistence.allow_unencrypted_storage and world.platform == "linux":
            from entrada._stores.msal_file import MsalStorage

            return MsalStorage(name, world)
        return SealedStorage(_file(name, world), world)
    if isinstance(store, TokenStore) and not isinstance(store, type):
        return SealedStorage(store, world)
    raise ConfigurationError(
        f"store has to be a token store, not {type(store).__name__}.",
        code="no_store",
        hint="Pass one of entrada.stores, for example store=stores.FileStore().",
    )


def _file(name: str, world: World) -> FileStore:
    """Return the one store of a name that all credentials of this process share."""
    from entrada._stores.file import FileStore
    from entrada._stores.folders import state_folders

    folders = state_folders(world)
    key = (name, *folders)
    return _files.get(key) or _files.setdefault(key, FileStore(name=name))

"""A chain of the caller's own making."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrada._chain.chain import Chain, Link
from entrada._chain.foreign import Foreign
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.recipe import Recipe
from entrada.errors import Attempt, ConfigurationError

if TYPE_CHECKING:
    from entrada._cache.ages import Entry
    from entrada._engine.effects import Flow
    from entrada._engine.world import World
    from entrada.types import Ask


class Chained(Recipe):
    """The recipe of ChainedTokenCredential."""

    name = "ChainedTokenCredential"

    def __init__(self, *credentials: Any, world: World | None = None) -> None:
        super().__init__({"world": world})
        if not credentials:
            raise ConfigurationError(
                "ChainedTokenCredential needs at least one credential.",
                code="empty_chain",
                hint="Pass credentials in the order in which to try them.",
            )
        self._credentials = credentials
        links = [self._link(credential) for credential in credentials]
        self._chain = Chain(self.name, links, self.world, sticky=False)

    @property
    def last_attempts(self) -> tuple[Attempt, ...]:
        """What became of each link when the chain was last walked."""
        return self._chain.last_attempts

    def describe(self) -> dict[str, object]:
        """Return the links' names."""
        return {"links": [link.name for link in self._chain.links]}

    def members(self) -> list[Any]:
        """Return the credentials, to be closed with the chain."""
        return list(self._credentials)

    def nested(self) -> list[Recipe]:
        """Return the links."""
        return [link.recipe for link in self._chain.links]

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return the fresh token of the link that won last, or ``None``."""
        return self._chain.ready(scopes, tenant, cae)

    def acquire(self, ask: Ask) -> Flow[Entry]:
        """Return the token of the first link that has one."""
        return (yield from self._chain.acquire(ask))

    def _link(self, credential: Any) -> Link:
        if isinstance(credential, Recipe):
            return Link(credential.name, credential.linked())
        able = hasattr(credential, "get_token") or hasattr(credential, "get_token_info")
        if isinstance(credential, type) or not able:
            raise ConfigurationError(
                f"{type(credential).__name__} is no credential object with a get_token.",
                code="not_a_credential",
                hint="Pass credential objects, not classes, scopes or tokens.",
            )
        foreign = Foreign(credential, {"world": self._world})
        return Link(foreign.name, foreign)


class ChainedTokenCredential(SyncFace, Chained):
    """Tries credentials in order until one has something to sign in with.

    Takes entrada's, azure-identity's or anybody's credentials. A credential that is unavailable
    lets the chain go on; a refusal ends it with that credential's reason.
    """


class AsyncChainedTokenCredential(AsyncFace, Chained):
    """Tries credentials in order, for asyncio; takes sync credentials too."""

"""Token providers: functions that return a valid token's text, for clients that want just that."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

_MARGIN = 300


def get_bearer_token_provider(credential: Any, *scopes: str) -> Callable[[], str]:
    """Return a function that returns a bearer token's text, renewed when it needs to be.

    ``credential`` is entrada's or any other; a token of one that does not remember its tokens is
    kept until 300 s before it expires.
    """
    kept: list[AccessToken] = []

    def provide() -> str:
        if kept and kept[0].expires_on - time.time() > _MARGIN:
            return kept[0].token
        token = credential.get_token(*scopes)
        kept[:] = [] if _remembers(credential) else [token]
        return cast("str", token.token)

    return provide


def get_async_bearer_token_provider(credential: Any, *scopes: str) -> Callable[[], Awaitable[str]]:
    """Return an async function that returns a bearer token's text."""
    kept: list[AccessToken] = []

    async def provide() -> str:
        if kept and kept[0].expires_on - time.time() > _MARGIN:
            return kept[0].token
        token = await credential.get_token(*scopes)
        kept[:] = [] if _remembers(credential) else [token]
        return cast("str", token.token)

    return provide


def _remembers(credential: object) -> bool:
    from entrada._credentials.recipe import Recipe

    return isinstance(credential, Recipe)

"""The values that credentials take and return.

``AccessToken`` and ``AccessTokenInfo`` are azure-core's where the process has loaded azure-core,
else equal light ones; either way their ``repr`` does not show the token.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, AccessTokenInfo


class Ask(NamedTuple):
    """What is wanted of a credential.

    ``cae``: continuous access evaluation; ``force``: a new token, whatever is in memory.
    """

    scopes: tuple[str, ...]
    tenant: str | None = None
    claims: str | None = None
    cae: bool = False
    force: bool = False


class Token(NamedTuple):
    """What a flow ends with. Times are epoch seconds.

    ``received_on``: when it was got, where that was not now but somewhen before, by a store.
    """

    access_token: str
    expires_on: float
    refresh_on: float | None = None
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name, no secret
    received_on: float | None = None

    def __repr__(self) -> str:
        return f"Token(expires_on={self.expires_on}, refresh_on={self.refresh_on})"


class TokenCredential(Protocol):
    """Anything with azure-core's ``get_token``."""

    def get_token(self, *scopes: str, **options: Any) -> Any:
        """Return an access token for the scopes, or an awaitable of one."""


class _LightToken(NamedTuple):
    token: str
    expires_on: int


class _LightInfo:
    __slots__ = ("expires_on", "refresh_on", "token", "token_type")

    def __init__(
        self,
        token: str,
        expires_on: int,
        *,
        token_type: str = "Bearer",  # noqa: S107
        refresh_on: int | None = None,
    ) -> None:
        self.token = token
        self.expires_on = expires_on
        self.token_type = token_type
        self.refresh_on = refresh_on


def _quiet_repr(self: Any) -> str:
    return f"{type(self).__name__}(expires_on={self.expires_on})"


@lru_cache(maxsize=2)
def _classes(azure: Any) -> tuple[type[AccessToken], type[AccessTokenInfo]]:
    bases = (azure.AccessToken, azure.AccessTokenInfo) if azure else (_LightToken, _LightInfo)
    token, info = (
        type(name, (base,), {"__slots__": (), "__repr__": _quiet_repr, "__module__": __name__})
        for name, base in zip(("AccessToken", "AccessTokenInfo"), bases, strict=True)
    )
    return token, info


def public_tokens(token: Token) -> tuple[AccessToken, AccessTokenInfo]:
    """Return both public forms of a token."""
    azure = sys.modules.get("azure.core.credentials")
    # Another thread may be loading it at this moment: its last class is there when all are.
    loaded = azure if hasattr(azure, "AccessTokenInfo") else None
    access_token, access_token_info = _classes(loaded)
    expires_on = int(token.expires_on)
    refresh_on = None if token.refresh_on is None else int(token.refresh_on)
    return access_token(token.access_token, expires_on), access_token_info(
        token.access_token, expires_on, token_type=token.token_type, refresh_on=refresh_on
    )

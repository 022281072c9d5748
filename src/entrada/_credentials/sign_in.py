"""``authenticate()`` in both colours: having the person sign in now rather than when needed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.user import User, scopes_to_sign_in
from entrada._wire.account import AuthenticationRecord
from entrada._wire.scopes import ask_for

if TYPE_CHECKING:
    from entrada.types import Ask


class SyncSignIn(SyncFace, User):
    """A person's credential for threads."""

    def authenticate(
        self,
        *,
        scopes: Iterable[str] | None = None,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **_: Any,
    ) -> AuthenticationRecord:
        """Have the person sign in, and return the record to remember them by.

        ``scopes`` and ``claims`` are those of an AuthenticationRequiredError; the default is Azure
        Resource Manager's. Raises :class:`entrada.AuthenticationError`.
        """
        ask = _ask(self, scopes, tenant_id, claims, cae=enable_cae)
        return self._driver().run(self.routed_sign_in(ask))


class AsyncSignIn(AsyncFace, User):
    """A person's credential for asyncio."""

    async def authenticate(
        self,
        *,
        scopes: Iterable[str] | None = None,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **_: Any,
    ) -> AuthenticationRecord:
        """Have the person sign in, and return the record to remember them by."""
        ask = _ask(self, scopes, tenant_id, claims, cae=enable_cae)
        return await self._driver().run(self.routed_sign_in(ask))


def _ask(
    user: User,
    scopes: Iterable[str] | None,
    tenant: str | None,
    claims: str | None,
    *,
    cae: bool,
) -> Ask:
    return ask_for(scopes_to_sign_in(scopes, user.authority), tenant, claims, cae=cae)

"""A person's name and password: the resource owner password credentials grant, RFC 6749 4.3."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Unpack

from entrada._credentials.sign_in import AsyncSignIn, SyncSignIn
from entrada._credentials.user import User, UserOptions
from entrada._wire.grants import CAUTION
from entrada._wire.tenants import check_text

if TYPE_CHECKING:
    from entrada._engine.effects import Flow
    from entrada._wire.account import Grant
    from entrada.types import Ask


class UsernamePassword(User):
    """The recipe of UsernamePasswordCredential."""

    name = "UsernamePasswordCredential"

    def __init__(
        self, client_id: str, username: str, password: str, **options: Unpack[UserOptions]
    ) -> None:
        warnings.warn(
            "UsernamePasswordCredential is deprecated: it cannot answer multifactor "
            "authentication, which Entra demands more and more. Use a service principal, a "
            "managed identity or an interactive credential.",
            DeprecationWarning,
            stacklevel=2,
        )
        # A record would let a wrong password pass unseen.
        super().__init__(client_id, {**options, "authentication_record": None})
        self._username = check_text(username, "username", "a user principal name")
        self._password = check_text(password, "password", "that user's password")

    def interact(self, ask: Ask, tenant: str) -> Flow[Grant]:
        """Send name and password; no person is needed."""
        form = {
            "grant_type": "password",
            "username": self._username,
            "password": self._password,
            "scope": self.scope(ask),
        }
        return (yield from self.redeem_grant(form, ask, tenant, CAUTION))


class UsernamePasswordCredential(SyncSignIn, UsernamePassword):
    """Signs a person in by name and password. Deprecated: it cannot answer multifactor prompts."""


class AsyncUsernamePasswordCredential(AsyncSignIn, UsernamePassword):
    """Signs a person in by name and password, for asyncio. Deprecated."""

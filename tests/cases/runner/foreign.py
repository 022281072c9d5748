"""Credentials that are not entrada's, for chains: a stranger's object, or azure-identity's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import azure.identity
import azure.identity.aio
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError


class LookalikeUnavailable(azure.identity.CredentialUnavailableError):
    """A stranger's subclass of azure-identity's class."""


_ERRORS: Mapping[str, type[Exception]] = {
    "azure.identity.CredentialUnavailableError": azure.identity.CredentialUnavailableError,
    "a subclass of it": LookalikeUnavailable,
    "azure.core.exceptions.ClientAuthenticationError": ClientAuthenticationError,
    "RuntimeError": RuntimeError,
}


class Stranger:
    """Has ``get_token`` only, and does as its table says."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table

    def get_token(self, *scopes: str, **_options: Any) -> AccessToken:
        """Return the token, or raise the error."""
        if "raises" in self._table:
            raise _ERRORS[self._table["raises"]](self._table["message"])
        return AccessToken(self._table["token"], self._table["expires_on"])


class AsyncStranger(Stranger):
    """The same for asyncio."""

    async def get_token(self, *scopes: str, **_options: Any) -> AccessToken:  # type: ignore[override]
        """Return the token, or raise the error."""
        return Stranger.get_token(self, *scopes)


def foreign_credential(table: Mapping[str, Any], *, asynchronous: bool) -> Any:
    """Return the credential that a table describes."""
    if "peer" in table:
        module: Any = azure.identity.aio if asynchronous else azure.identity
        return getattr(module, table["peer"])()
    return (AsyncStranger if asynchronous else Stranger)(table)

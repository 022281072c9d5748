"""A service principal with an assertion from the caller's own source."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Unpack

from entrada._credentials.application import Application
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions
from entrada._wire.proof import AssertionProof
from entrada.errors import ConfigurationError


class ClientAssertion(Application):
    """The recipe of ClientAssertionCredential."""

    name = "ClientAssertionCredential"

    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        func: Callable[[], str | Awaitable[str]],
        **options: Unpack[AuthorityOptions],
    ) -> None:
        if not callable(func):
            raise ConfigurationError(
                f"func has to be a function that returns an assertion, not {type(func).__name__}.",
                code="no_assertion",
                hint="Pass the function itself, e.g. func=read_token.",
            )
        super().__init__(tenant_id, client_id, AssertionProof(func, "func"), options)


class ClientAssertionCredential(SyncFace, ClientAssertion):
    """Signs a service principal in with an assertion that ``func()`` returns.

    ``func`` is called for each exchange and returns a signed JWT of an issuer that the
    application trusts (a federated identity credential).
    """


class AsyncClientAssertionCredential(AsyncFace, ClientAssertion):
    """Signs a service principal in with an assertion, for asyncio; ``func`` may be async."""

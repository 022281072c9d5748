"""Bearer tokens of an API's callers: a validator for threads, and one for asyncio.

>>> validator = TokenValidator(client_id="<guid>", tenant_id="<guid>")  # doctest: +SKIP
>>> caller = validator.authorize(request.headers.get("Authorization"))  # doctest: +SKIP

The adapters for FastAPI and Flask are ``entrada.web.api_fastapi`` and ``entrada.web.api_flask``.
"""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from entrada.web.api_claims import TokenClaims
from entrada.web.api_errors import TokenRefusedError
from entrada.web.api_needs import ANY, Needs, claims_challenge
from entrada.web.tokens import TokenCheck

if TYPE_CHECKING:
    from entrada._drivers.aio import AsyncDriver
    from entrada._drivers.sync import SyncDriver

__all__ = [
    "AsyncTokenValidator",
    "Needs",
    "TokenClaims",
    "TokenRefusedError",
    "TokenValidator",
    "bearer_token",
    "claims_challenge",
]


class TokenValidator(TokenCheck):
    """Validates access tokens for threads; one instance serves all of them."""

    def validate(self, token: str) -> TokenClaims:
        """Return an access token's claims.

        Raises TokenRefusedError for one that is not valid here and AuthorityUnreachableError where
        no signing keys can be got.
        """
        claims = self.ready(token)
        return claims if claims is not None else self._driver().run(self.access(token))

    def validate_id_token(
        self,
        token: str,
        *,
        nonce: str | None,
        code: str | None = None,
        access_token: str | None = None,
    ) -> TokenClaims:
        """Return an id token's claims; arguments and errors are those of ``identity``."""
        flow = self.identity(token, nonce=nonce, code=code, access_token=access_token)
        return self._driver().run(flow)

    def authorize(self, header: str | None, needs: Needs = ANY) -> TokenClaims:
        """Return the caller by an ``Authorization`` header; raise as :meth:`validate` does."""
        return needs.check(self.validate(bearer_token(header)))

    def close(self) -> None:
        """End background work and close connections. The validator stays usable."""
        self._driver().close()

    def _driver(self) -> SyncDriver:
        from entrada._drivers.sync import SyncDriver

        # Threads that meet here go on with the same one: setdefault is atomic.
        made: SyncDriver = vars(self).setdefault("_made", SyncDriver(self.world))
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()


class AsyncTokenValidator(TokenCheck):
    """Validates access tokens for asyncio; one instance serves any number of event loops."""

    async def validate(self, token: str) -> TokenClaims:
        """Return an access token's claims; as :meth:`TokenValidator.validate`."""
        claims = self.ready(token)
        return claims if claims is not None else await self._driver().run(self.access(token))

    async def validate_id_token(
        self,
        token: str,
        *,
        nonce: str | None,
        code: str | None = None,
        access_token: str | None = None,
    ) -> TokenClaims:
        """Return an id token's claims; arguments and errors are those of ``identity``."""
        flow = self.identity(token, nonce=nonce, code=code, access_token=access_token)
        return await self._driver().run(flow)

    async def authorize(self, header: str | None, needs: Needs = ANY) -> TokenClaims:
        """Return the caller by an ``Authorization`` header; raise as :meth:`validate` does."""
        return needs.check(await self.validate(bearer_token(header)))

    async def close(self) -> None:
        """End background work of this loop and close connections. The validator stays usable."""
        await self._driver().close()

    def _driver(self) -> AsyncDriver:
        from entrada._drivers.aio import AsyncDriver

        made: AsyncDriver = vars(self).setdefault("_made", AsyncDriver(self.world))
        return made

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()


def bearer_token(header: str | None) -> str:
    """Return the token of an ``Authorization`` header; raise TokenRefusedError for none."""
    scheme, _, token = (header or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise TokenRefusedError(
            "This call needs a bearer token.",
            error="",
            code="no_token",
            hint="Send the header Authorization: Bearer <access token>.",
        )
    return token

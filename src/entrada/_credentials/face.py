"""The coloured half of every credential, the only two classes that know threads from tasks."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from entrada._credentials.recipe import Recipe

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, AccessTokenInfo, TokenRequestOptions

    from entrada._cache.ages import Entry
    from entrada._drivers.aio import AsyncDriver
    from entrada._drivers.sync import SyncDriver


class SyncFace(Recipe):
    """A credential for threads."""

    asynchronous = False

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        force_refresh: bool = False,
        **_: Any,
    ) -> AccessToken:
        """Return an access token for the scopes, from memory or from its issuer.

        ``claims`` are those of a claims challenge: they always get a new token, as does
        ``force_refresh``, for one that shall show permissions granted since. Raises
        :class:`entrada.AuthenticationError` or one of its subclasses.
        """
        if not claims and not force_refresh:
            entry = self.ready(scopes, tenant_id, enable_cae)
            if entry is not None:
                return entry.token
        return self._entry(scopes, tenant_id, claims, enable_cae, force_refresh).token

    def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """Do as :meth:`get_token`; the result also says when to refresh it."""
        asked = options or {}
        tenant, claims = asked.get("tenant_id"), asked.get("claims")
        cae = bool(asked.get("enable_cae"))
        entry = self.ready(scopes, tenant, cae) if not claims else None
        return (entry or self._entry(scopes, tenant, claims, cae)).info

    def prefetch(
        self, scopes: Iterable[str], *, tenant_id: str | None = None, enable_cae: bool = False
    ) -> None:
        """Begin to get a token for each scope in the background, and return at once.

        A ``get_token`` meanwhile waits for the token under way, and hears of its failure.
        """
        self._driver().run(self.fetching(scopes, tenant_id, cae=enable_cae))

    def close(self) -> None:
        """End background work and close connections. The credential stays usable."""
        from entrada._drivers.sync import dismiss

        if "driver" in self._parts:
            self._driver().close()
        for part in (*self.transports(), *self.members()):
            close = getattr(part, "close", None)
            if close is not None:
                dismiss(close())  # an async link has run on this driver, and opened nothing itself

    def _entry(
        self,
        scopes: tuple[str, ...],
        tenant: str | None,
        claims: str | None,
        cae: bool,
        force: bool = False,
    ) -> Entry:
        from entrada._wire.scopes import ask_for

        ask = ask_for(scopes, tenant, claims, cae=cae, force=force)
        return self._driver().run(self.acquire(ask))

    def _driver(self) -> SyncDriver:
        from entrada._drivers.sync import SyncDriver

        return self.part("driver", lambda: SyncDriver(self.world))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()


class AsyncFace(Recipe):
    """A credential for asyncio; one instance serves any number of event loops."""

    asynchronous = True

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        force_refresh: bool = False,
        **_: Any,
    ) -> AccessToken:
        """Return an access token for the scopes, from memory or from its issuer.

        ``claims`` are those of a claims challenge: they always get a new token, as does
        ``force_refresh``, for one that shall show permissions granted since. Raises
        :class:`entrada.AuthenticationError` or one of its subclasses.
        """
        if not claims and not force_refresh:
            entry = self.ready(scopes, tenant_id, enable_cae)
            if entry is not None:
                return entry.token
        return (await self._entry(scopes, tenant_id, claims, enable_cae, force_refresh)).token

    async def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """Do as :meth:`get_token`; the result also says when to refresh it."""
        asked = options or {}
        tenant, claims = asked.get("tenant_id"), asked.get("claims")
        cae = bool(asked.get("enable_cae"))
        entry = self.ready(scopes, tenant, cae) if not claims else None
        return (entry or await self._entry(scopes, tenant, claims, cae)).info

    async def prefetch(
        self, scopes: Iterable[str], *, tenant_id: str | None = None, enable_cae: bool = False
    ) -> None:
        """Begin to get a token for each scope in tasks of this loop, and return at once."""
        await self._driver().run(self.fetching(scopes, tenant_id, cae=enable_cae))

    async def close(self) -> None:
        """End background work of this loop and close connections. The credential stays usable."""
        if "driver" in self._parts:
            await self._driver().close()
        for part in (*self.transports(), *self.members()):
            close = getattr(part, "close", None)
            result: Any = close() if close is not None else None
            if hasattr(result, "__await__"):
                await result

    async def _entry(
        self,
        scopes: tuple[str, ...],
        tenant: str | None,
        claims: str | None,
        cae: bool,
        force: bool = False,
    ) -> Entry:
        from entrada._wire.scopes import ask_for

        ask = ask_for(scopes, tenant, claims, cae=cae, force=force)
        return await self._driver().run(self.acquire(ask))

    def _driver(self) -> AsyncDriver:
        from entrada._drivers.aio import AsyncDriver

        return self.part("driver", lambda: AsyncDriver(self.world))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()

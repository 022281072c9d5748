"""Whoever signed in to another of Microsoft's developer tools that shares its token cache."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import urlsplit

from entrada._credentials.evidence import (
    SHARED_CACHE,
    check_shared_cache,
    no_account,
    shared_cache,
)
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions
from entrada._credentials.user import DEVELOPER_CLIENT_ID, User
from entrada._credentials.versioned import Versioned
from entrada._engine.effects import call
from entrada._engine.world import World
from entrada._wire.clouds import cloud_of
from entrada._wire.grants import PATIENCE
from entrada._wire.shared_cache import Account, SharedCache, read_cache
from entrada.errors import AuthenticationError, CredentialUnavailableError
from entrada.types import Ask, Token

if TYPE_CHECKING:
    from entrada._engine.effects import Flow
    from entrada._wire.account import AuthenticationRecord

_LARGEST = 64 * 1024 * 1024
_SUPPORTED = ("linux", "darwin", "win32")


class SharedCacheOptions(AuthorityOptions, total=False):
    """Keywords of SharedTokenCacheCredential. ``tenant_id`` is the account's home tenant."""

    tenant_id: str | None
    authentication_record: AuthenticationRecord | None


class SharedTokenCache(Versioned, User):
    """The recipe of SharedTokenCacheCredential. It writes nothing."""

    name = "SharedTokenCacheCredential"

    def __init__(self, username: str | None = None, **options: Unpack[SharedCacheOptions]) -> None:
        # The tenant chooses an account; tokens are asked for in the account's own tenant.
        given = {name: value for name, value in options.items() if name != "tenant_id"}
        User.__init__(self, DEVELOPER_CLIENT_ID, given, SharedCacheOptions)
        self._username, self._home = username, options.get("tenant_id")
        named = getattr(options.get("cache_persistence_options"), "name", None)
        self._cache_name = named or SHARED_CACHE

    @staticmethod
    def supported() -> bool:
        """Say whether this platform has such a cache at all."""
        return World.real().platform in _SUPPORTED

    def describe(self) -> dict[str, object]:
        """Return whose sign-in is wanted, where that is said."""
        shown = {"username": self._username, "tenant_id": self._home}
        return {name: value for name, value in shown.items() if value}

    def reference(self) -> Mapping[str, Any]:
        """Return the keywords: the tokens are in the cache of wherever it is made anew."""
        return {**self._options, **self.describe()}

    def version(self, cae: bool) -> Hashable:
        """Say which state of the cache a token was got from."""
        return self.world.stamp(shared_cache(self.world, cae, self._cache_name))

    def storage(self) -> None:
        """Keep nothing: the cache is others'."""
        return

    def flow(self, ask: Ask) -> Flow[Token]:
        """Redeem the account's refresh token."""
        cache = yield from call(lambda: self._read(ask.cae), "shared token cache")
        account = self._account(cache)
        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        last: AuthenticationError | None = None
        for refresh_token in cache.refresh_tokens[account.home_account_id]:
            form = {
                "grant_type": "refresh_token",
                "refresh_token": refresh_token,
                "scope": self.scope(ask),
            }
            try:
                return (yield from self.redeem_grant(form, ask, tenant, PATIENCE)).token
            except AuthenticationError as error:
                if error.kind not in ("rejected", "needs_user"):
                    raise
                last = error
        raise last or AssertionError("an account has a refresh token")

    def _read(self, cae: bool) -> SharedCache:
        world = self.world
        path = shared_cache(world, cae, self._cache_name)
        check_shared_cache(path, world)
        try:
            data = world.read_secret(path, _LARGEST)
            return read_cache(data, _hosts(self._authority))
        except OSError as error:
            raise no_account(f"{path} cannot be read ({error.strerror or 'failed'})") from None
        except ValueError:
            raise no_account(f"{path} is encrypted or damaged") from None

    def _account(self, cache: SharedCache) -> Account:
        if self._record is not None:
            known = cache.accounts.get(self._record.home_account_id)
            found = [known] if known else []
        else:
            found = cache.matching(self._username, self._home)
        if len(found) == 1:
            return found[0]
        if not cache.accounts:
            raise no_account("no account in the cache can sign in here")
        who = ", ".join(sorted(account.username for account in cache.accounts.values()))
        if not found:
            raise no_account(f"none of the accounts in the cache is the one asked for ({who})")
        raise CredentialUnavailableError(
            f"{self.name}: several accounts are in the cache ({who}).",
            code="several_accounts",
            hint="Choose one by username= and tenant_id=, or AZURE_USERNAME and AZURE_TENANT_ID.",
        )


def _hosts(authority: str) -> Collection[str]:
    """Return the names under which the cache knows an authority: it drops the port."""
    url = urlsplit(authority)
    cloud = cloud_of(authority)
    aliases = (cloud.authority_host, *cloud.aliases) if cloud else ()
    return {name for name in (url.netloc, url.hostname, *aliases) if name}


class SharedTokenCacheCredential(SyncFace, SharedTokenCache):
    """Signs in as somebody who signed in to another tool that shares Microsoft's token cache.

    ``username`` and ``tenant_id`` (the home tenant), or an ``authentication_record``, choose among
    several accounts. The cache is only read, and only where it is not encrypted: on Linux, in
    ``~/.IdentityService``.
    """


class AsyncSharedTokenCacheCredential(AsyncFace, SharedTokenCache):
    """Signs in as somebody in Microsoft's shared token cache, for asyncio."""

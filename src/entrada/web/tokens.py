"""Validating what Entra issued: access tokens that an API is sent, id tokens of a sign-in.

:class:`TokenCheck` is the colourless half. A warm check is a plain call, :meth:`TokenCheck.ready`;
the flows :meth:`~TokenCheck.access` and :meth:`~TokenCheck.identity` also fetch signing keys
where that is needed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from entrada._engine import log
from entrada._engine.effects import Flow, Transport
from entrada._engine.world import World
from entrada._wire.authority import authority_of
from entrada._wire.tenants import check_tenant, check_text
from entrada.errors import ConfigurationError
from entrada.web.api_claims import CONSUMERS, TokenClaims
from entrada.web.api_errors import TokenRefusedError, refuse
from entrada.web.api_jwt import Unproved, read, verify
from entrada.web.api_rules import Rules, check_access, check_id
from entrada.web.keys import Keys

if TYPE_CHECKING:
    from entrada.web.api_jwks import SigningKey

ANY_TENANT = "*"
_SHARED = ("common", "organizations")
_MOST_SKEW = 300.0


class _Seen(NamedTuple):
    """An access token that was found valid: by which key, and until when (epoch seconds)."""

    claims: TokenClaims
    key: SigningKey
    until: float


class TokenCheck:
    """Validates tokens for one application.

    ``tenant_id``: the tenant whose users and apps sign in; with ``common`` or ``organizations``
    ``allowed_tenants`` says which ones may (``["*"]``: any). ``audiences``: the API's App ID URIs,
    for tokens of version 1.0 (default ``api://<client_id>``). ``allowed_clients``: the client ids
    that may call (default: any). ``own_keys``: the app has signing keys of its own (claims
    mapping). ``skew``: seconds by which clocks may differ, 300 at most. ``remembered``: how many
    access tokens are remembered until they expire, by their hash; 0 for none.
    """

    def __init__(
        self,
        *,
        client_id: str,
        tenant_id: str,
        allowed_tenants: Iterable[str] = (),
        audiences: Iterable[str] | None = None,
        allowed_clients: Iterable[str] | None = None,
        allow_guests: bool = False,
        own_keys: bool = False,
        authority: str | None = None,
        skew: float = _MOST_SKEW,
        remembered: int = 1000,
        transport: Transport | None = None,
        world: World | None = None,
    ) -> None:
        self.world = world or World.real()
        self.client_id = check_text(client_id, "client_id", "the application (client) id, a GUID")
        self.tenant_id = check_tenant(tenant_id, "tenant_id")
        self.authority = authority_of(authority, self.world)
        if not 0 <= skew <= _MOST_SKEW:
            raise ConfigurationError("skew has to be between 0 and 300 seconds.", code="bad_skew")
        default = (f"api://{client_id}",) if audiences is None else ()
        self.rules = Rules(
            client_id,
            frozenset((*_texts(audiences or (), "audiences"), *default)),
            _tenants(tenant_id, _texts(allowed_tenants, "allowed_tenants")),
            tenant_id.lower() in _SHARED,
            tenant_id.lower() == "organizations",
            None if allowed_clients is None else _texts(allowed_clients, "allowed_clients"),
            allow_guests,
            skew,
        )
        self.keys = Keys(
            self.authority,
            self.tenant_id,
            self.world,
            application=client_id if own_keys else None,
            transport=transport,
        )
        self._most = remembered
        self._seen: dict[bytes, _Seen] = {}

    @property
    def authorization_endpoint(self) -> str:
        """Where a client has a person sign in."""
        return f"{self.authority}/{self.tenant_id}/oauth2/v2.0/authorize"

    @property
    def token_endpoint(self) -> str:
        """Where a client redeems its code."""
        return f"{self.authority}/{self.tenant_id}/oauth2/v2.0/token"

    def ready(self, token: str) -> TokenClaims | None:
        """Return an access token's claims by the keys at hand; ``None`` where they do not suffice.

        Raises TokenRefusedError for a token that is not valid here.
        """
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest() if self._most else b""
        seen = self._seen.get(digest)
        if seen is not None:
            key = seen.key
            if self.world.now() < seen.until and self.keys.known(key.version, key.kid) is key:
                return seen.claims
            self._seen.pop(digest, None)
        unproved = read(token)
        found = self.keys.known(unproved.version, unproved.kid)
        if found is None:
            return None
        return self._accepted(unproved, found, digest)

    def access(self, token: str) -> Flow[TokenClaims]:
        """Return the claims of an access token.

        Raises TokenRefusedError for one that is not valid here and AuthorityUnreachableError where
        no signing keys can be got.
        """
        unproved = read(token)
        key = yield from self._key(unproved)
        return self._accepted(unproved, key, b"")

    def identity(
        self,
        token: str,
        *,
        nonce: str | None,
        code: str | None = None,
        access_token: str | None = None,
    ) -> Flow[TokenClaims]:
        """Return the claims of an id token.

        ``nonce``: what the sign-in sent, ``None`` for a renewal. ``code``, ``access_token``: what
        came beside it and its ``c_hash`` and ``at_hash`` have to be of. Raises as :meth:`access`.
        """
        unproved = read(token)
        key = yield from self._key(unproved)
        verify(unproved, key)
        return check_id(
            unproved.claims,
            key,
            self.rules,
            self.world.now(),
            nonce=nonce,
            code=code,
            access_token=access_token,
        )

    def _key(self, unproved: Unproved) -> Flow[SigningKey]:
        key = yield from self.keys.find(unproved.version, unproved.kid)
        if key is None:
            raise refuse(
                "unknown_key",
                "The token is signed with an unknown key.",
                "Check that the token is of this authority, and the app's own_keys setting.",
            )
        return key

    def _accepted(self, unproved: Unproved, key: SigningKey, digest: bytes) -> TokenClaims:
        try:
            verify(unproved, key)
            claims = check_access(unproved.claims, key, self.rules, self.world.now())
        except TokenRefusedError as refusal:
            log.debug("a token was refused: %s", refusal.code)
            raise
        if digest:
            self._remember(digest, _Seen(claims, key, claims["exp"] + self.rules.skew))
        return claims

    def _remember(self, digest: bytes, seen: _Seen) -> None:
        if len(self._seen) >= self._most:
            # A copy made at once: other threads add to the dictionary while this one looks.
            for oldest in tuple(self._seen)[: max(1, self._most // 10)]:
                self._seen.pop(oldest, None)
        self._seen[digest] = seen


def _texts(values: Iterable[str], argument: str) -> frozenset[str]:
    found: list[Any] = [values] if isinstance(values, str) else list(values)
    if isinstance(values, str) or not all(isinstance(value, str) and value for value in found):
        raise ConfigurationError(
            f"{argument} has to be a list of strings.",
            code=f"bad_{argument}",
            hint=f"Write {argument}=[...].",
        )
    return frozenset(found)


def _tenants(tenant_id: str, allowed: frozenset[str]) -> frozenset[str] | None:
    if tenant_id.lower() in _SHARED and not allowed:
        raise ConfigurationError(
            f"With the tenant {tenant_id} every organization's tokens would be taken.",
            code="no_allowed_tenants",
            hint='Name the tenants: allowed_tenants=["<guid>", ...], or ["*"] for really all.',
        )
    if tenant_id.lower() == "consumers":
        return frozenset((CONSUMERS,))
    return None if not allowed or ANY_TENANT in allowed else frozenset(map(str.lower, allowed))

"""Entra's rules for the claims of a token whose signature holds: by whom, for whom, until when.

Source: Microsoft's access token and id token references and "Secure applications and APIs by
validating claims". Pure functions of claims, key, rules and the time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from entrada.web.api_claims import CONSUMERS, TokenClaims
from entrada.web.api_errors import refuse
from entrada.web.api_jwks import SigningKey

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_TEMPLATE = "{tenantid}"
_END = 2.0**53


class Rules(NamedTuple):
    """What tokens an application takes.

    ``audiences`` are the App ID URIs of tokens of version 1.0; those of version 2.0, and id
    tokens, are for ``client_id``. ``tenants`` and ``clients``: ``None`` for any. ``skew`` is in
    seconds. ``shared``: the metadata are those of many tenants; ``businesses``: of organizations.
    """

    client_id: str
    audiences: frozenset[str]
    tenants: frozenset[str] | None
    shared: bool = False
    businesses: bool = False
    clients: frozenset[str] | None = None
    guests: bool = False
    skew: float = 300.0


def check_access(claims: dict[str, Any], key: SigningKey, rules: Rules, now: float) -> TokenClaims:
    """Return the claims of an access token; raise TokenRefusedError for one not valid here."""
    _check_origin(claims, key, rules)
    _check_time(claims, rules, now)
    ours = frozenset((rules.client_id,)) if key.version == "2.0" else rules.audiences
    _check_audience(claims.get("aud"), ours, key)
    caller = TokenClaims(claims)
    # An id token for this client may carry roles and even scopes of its own, but no client.
    if not caller.client_id or "nonce" in claims or not ("scp" in claims or caller.is_app):
        raise refuse(
            "no_access_token",
            "The token is no access token.",
            "An id token says who signed in to a client; send the access token for this API.",
        )
    if "cnf" in claims:
        raise refuse("bound_token", "The token is bound to a key and cannot be a bearer token.")
    if rules.clients is not None and caller.client_id not in rules.clients:
        raise refuse(
            "client_not_allowed",
            "The calling application may not use this API.",
            f"Its client id is {caller.client_id}: add it to allowed_clients to let it in.",
        )
    if not rules.guests and not caller.is_app and caller.is_guest:
        raise refuse(
            "guest",
            "Guests may not use this API.",
            "Pass allow_guests=True to let in users of other tenants that were invited.",
        )
    return caller


def check_id(
    claims: dict[str, Any],
    key: SigningKey,
    rules: Rules,
    now: float,
    *,
    nonce: str | None,
    code: str | None = None,
    access_token: str | None = None,
) -> TokenClaims:
    """Return the claims of an id token; raise TokenRefusedError for one not of this sign-in.

    ``nonce`` is what the sign-in sent; ``None`` for a renewal, whose id token has none to check.
    ``code`` came with the token in one answer of a hybrid flow, which has to bind it.
    """
    _check_origin(claims, key, rules)
    _check_time(claims, rules, now)
    _check_audience(claims.get("aud"), frozenset((rules.client_id,)), key)
    if {"scp", "azp", "appid"} & claims.keys():
        raise refuse("no_id_token", "The token is an access token, not an id token.")
    if nonce is not None and not _same(claims.get("nonce"), nonce):
        raise refuse("wrong_nonce", "The id token belongs to another sign-in.")
    _check_half("c_hash", claims, code, required=True)
    _check_half("at_hash", claims, access_token, required=False)
    return TokenClaims(claims)


def _check_origin(claims: Mapping[str, Any], key: SigningKey, rules: Rules) -> None:
    tenant, issuer = claims.get("tid"), claims.get("iss")
    if not isinstance(tenant, str) or not _GUID.fullmatch(tenant):
        raise refuse("wrong_issuer", "The token names no tenant.")
    expected = key.issuer.replace(_TEMPLATE, tenant) if rules.shared else key.issuer
    if issuer != expected or expected.split("/")[3:4] != [tenant]:
        raise refuse(
            "wrong_issuer",
            "The token has another issuer.",
            f"This API takes tokens of {key.issuer}; the token is of tenant {tenant}.",
        )
    _check_key(key, tenant, expected)
    if rules.tenants is not None and tenant not in rules.tenants:
        raise refuse(
            "tenant_not_allowed",
            "The token's tenant may not use this application.",
            f"Add {tenant} to allowed_tenants to let it in.",
        )
    if rules.businesses and tenant == CONSUMERS:
        raise refuse("tenant_not_allowed", "Personal accounts may not use this application.")


def _check_key(key: SigningKey, tenant: str, issuer: str) -> None:
    """Hold a key to its own issuer: one for personal accounts signs for no organization."""
    if key.own_issuer:
        holds = key.own_issuer.replace(_TEMPLATE, tenant) == issuer
    else:
        # Key documents of version 1.0 name no issuers; in one of version 2.0 that serves many
        # tenants, a key without one could sign for any of them.
        holds = key.version == "1.0" or _TEMPLATE not in key.issuer
    if not holds:
        raise refuse(
            "key_of_another_issuer", "The token is signed with a key that is not its issuer's."
        )


def _check_audience(audience: object, ours: frozenset[str], key: SigningKey) -> None:
    named = audience if isinstance(audience, list) else [audience]
    if named and all(isinstance(name, str) and name in ours for name in named):
        return
    takes = " or ".join(sorted(ours)) or "no audience at all"
    raise refuse(
        "wrong_audience",
        "The token is for another audience.",
        f"Tokens of version {key.version} have to be for {takes}; "
        "for version 2.0 set requestedAccessTokenVersion to 2 in the API's registration.",
    )


def _check_time(claims: Mapping[str, Any], rules: Rules, now: float) -> None:
    if now >= _moment(claims, "exp") + rules.skew:
        raise refuse("expired", "The token is expired.", "The client has to get a new token.")
    if now < max(_moment(claims, "nbf"), _moment(claims, "iat")) - rules.skew:
        raise refuse("not_yet_valid", "The token is not valid yet.", "Check this machine's clock.")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    # The bounds leave out what is no number and what no float can hold.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _END:
        raise refuse("no_lifetime", f"The token lacks a usable claim {name}.")
    return value


def _check_half(name: str, claims: Mapping[str, Any], text: str | None, *, required: bool) -> None:
    """Check a half hash: OpenID Connect Core, sections 3.1.3.6 and 3.3.2.11."""
    if text is None or (name not in claims and not required):
        return
    half = hashlib.sha256(text.encode()).digest()[:16]
    if not _same(claims.get(name), base64.urlsafe_b64encode(half).rstrip(b"=").decode()):
        raise refuse("wrong_hash", f"The id token's {name} is that of another answer.")


def _same(said: object, expected: str) -> bool:
    return isinstance(said, str) and hmac.compare_digest(said.encode(), expected.encode())

"""Tokens about people: access tokens with delegated permissions, and id tokens (version 2.0).

Claims follow Microsoft's references of access token and id token claims. Nothing here knows HTTP
or how somebody signed in.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entrada.local import tokens
from entrada.local.keys import base64url
from entrada.local.people import valid_from
from entrada.local.sealed import digest

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

CAE_LIFETIME = 86399
"""Seconds that a token lives which its resource can refuse before it expires."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """That a user signed in: when (epoch seconds), by which methods, in which browser session."""

    user: Document = field(repr=False)
    tenant_id: str
    time: int
    methods: tuple[str, ...]
    session_id: str


def access_token(
    cloud: Cloud,
    sign_in: SignIn,
    *,
    client_id: str,
    acr: str,
    resource: str,
    scopes: Sequence[str],
    lifetime: int,
    cae: bool = False,
    roles: Sequence[str] = (),
) -> str:
    """Return an access token by which a client acts for a user; ``acr`` is the client's proof."""
    user = sign_in.user
    claims = tokens.envelope(cloud, resource, sign_in.tenant_id, lifetime)
    # A token made right after a revocation must not look as if it were from before it.
    claims["iat"] = max(claims["iat"], valid_from(user))
    claims.update(
        idtyp="user",
        oid=user["id"],
        sub=pairwise(cloud, resource, user["id"]),
        name=user["displayName"],
        sid=sign_in.session_id,
        **tokens.client_claims(claims["ver"], client_id, acr, sign_in.tenant_id),
        **(_person_v1(sign_in) if claims["ver"] == "1.0" else _person_v2(user)),
    )
    if roles:
        claims["roles"] = list(roles)
    if scopes:
        claims["scp"] = " ".join(scopes)
    if cae:
        claims["xms_cc"] = [tokens.CAE_CAPABILITY]
    return tokens.sign(cloud, claims)


def id_token(
    cloud: Cloud,
    sign_in: SignIn,
    *,
    client_id: str,
    scopes: Collection[str],
    version: int = 2,
    nonce: str = "",
    code: str = "",
) -> str:
    """Return what a client may know about a user who signed in to it (OpenID Connect Core, 2)."""
    now, user = int(cloud.clock()), sign_in.user
    claims: dict[str, Any] = {
        "aud": client_id,
        "iss": tokens.issuer_v1(sign_in.tenant_id)
        if version == 1
        else tokens.issuer_v2(cloud, sign_in.tenant_id),
        "iat": now - tokens.CLOCK_SKEW,
        "nbf": now - tokens.CLOCK_SKEW,
        "exp": now + tokens.APPLICATION_LIFETIME,
        "auth_time": sign_in.time,
        "rh": f"1.{secrets.token_urlsafe(30)}.",
        "sid": sign_in.session_id,
        "sub": pairwise(cloud, client_id, user["id"]),
        "tid": sign_in.tenant_id,
        "uti": secrets.token_urlsafe(16),
        "ver": f"{version}.0",
        **profile(user, scopes),
    }
    if version == 1:
        claims.update(_person_v1(sign_in))
    if nonce:
        claims["nonce"] = nonce
    if code:
        claims["c_hash"] = base64url(hashlib.sha256(code.encode()).digest()[:16])
    return tokens.sign(cloud, claims)


def profile(user: Document, scopes: Collection[str]) -> dict[str, Any]:
    """Return the claims that the scopes ``profile`` and ``email`` open."""
    claims: dict[str, Any] = {}
    if "profile" in scopes:
        claims.update(oid=user["id"], name=user["displayName"], **_person_v2(user))
    if "email" in scopes and user.get("mail"):
        claims["email"] = user["mail"]
    return claims


def pairwise(cloud: Cloud, audience: str, user_id: str) -> str:
    """Return the subject by which one application alone knows a user."""
    return digest(cloud, "pairwise", audience.lower().removesuffix("/"), user_id)


def _person_v1(sign_in: SignIn) -> dict[str, Any]:
    user = sign_in.user
    named = {"given_name": user.get("givenName"), "family_name": user.get("surname")}
    return {
        "acr": "1",
        "amr": list(sign_in.methods),
        "ipaddr": "127.0.0.1",
        "unique_name": user["userPrincipalName"],
        "upn": user["userPrincipalName"],
        **{claim: value for claim, value in named.items() if value},
    }


def _person_v2(user: Document) -> dict[str, Any]:
    return {"preferred_username": user["userPrincipalName"]}

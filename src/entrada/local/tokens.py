"""Access tokens of the local Entra: issuing, checking and the public keys to check them with.

Claims follow Microsoft's access token reference: version 1.0 for Azure's own resources, 2.0 for
registered applications that ask for it. Nothing here knows HTTP or how a client proved itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import jwt

from entrada.local import directory
from entrada.local.keys import signing_key
from entrada.local.people import valid_from

if TYPE_CHECKING:
    from jwt.types import Options

    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

CredentialKind: TypeAlias = Literal["secret", "certificate", "federated", "managed_identity"]
InvalidKind: TypeAlias = Literal[
    "malformed", "signature", "issuer", "audience", "expired", "not_yet_valid", "revoked"
]

APPLICATION_LIFETIME = 3599
MANAGED_IDENTITY_LIFETIME = 86399
CLOCK_SKEW = 300
"""Seconds by which ``nbf`` and ``iat`` lie before the moment of issue, as in Entra."""

CAE_CAPABILITY = "CP1"
"""The client capability by which a client says that it understands claims challenges."""

TOKEN_EXCHANGE = "api://AzureADTokenExchange"  # noqa: S105 - an audience
_ACR: dict[CredentialKind, str] = {
    "secret": "1",
    "certificate": "2",
    "federated": "2",
    "managed_identity": "2",
}
SIGNATURE_ONLY: Options = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}
"""PyJWT reads the real clock; every claim is checked here instead, by the cloud's clock."""


class InvalidToken(Exception):
    """A bearer token that no service may accept; ``reason`` is a sentence, ``kind`` its class."""

    def __init__(self, reason: str, kind: InvalidKind = "malformed") -> None:
        super().__init__(reason)
        self.reason = reason
        self.kind: InvalidKind = kind


def lifetime(cloud: Cloud, default: int = APPLICATION_LIFETIME) -> int:
    """Return how many seconds a new token lives: the ``tokenLifetime`` setting, else default."""
    setting = cloud.state.get("setting", "tokenLifetime")
    return int(setting["value"]) if setting else default


def issuer_v1(tenant_id: str) -> str:
    """Return the issuer of version 1.0 tokens, which is the same in every Azure cloud."""
    return f"https://sts.windows.net/{tenant_id}/"


def issuer_v2(cloud: Cloud, tenant_id: str) -> str:
    """Return the issuer of version 2.0 tokens."""
    return f"{cloud.endpoints.login}/{tenant_id}/v2.0"


def issue(
    cloud: Cloud,
    *,
    service_principal: Document,
    resource: str,
    credential_kind: CredentialKind,
    tenant_id: str,
    lifetime: int,
    cae: bool = False,
    roles: Sequence[str] = (),
    xms_mirid: str | None = None,
    xms_az_rid: str | None = None,
) -> str:
    """Return a signed access token for a resource that lives for ``lifetime`` seconds."""
    claims = {
        **envelope(cloud, resource, tenant_id, lifetime),
        "idtyp": "app",
        "oid": service_principal["id"],
        "sub": service_principal["id"],
    }
    # A token made right after a revocation must not look as if it were from before it.
    claims["iat"] = max(claims["iat"], valid_from(service_principal))
    if cae:
        claims["xms_cc"] = [CAE_CAPABILITY]
    acr = _ACR[credential_kind]
    claims.update(client_claims(claims["ver"], service_principal["appId"], acr, tenant_id))
    if roles:
        claims["roles"] = list(roles)
    if xms_mirid is not None:
        claims["xms_mirid"] = xms_mirid
    if xms_az_rid is not None:
        claims["xms_az_rid"] = xms_az_rid
    return sign(cloud, claims)


def envelope(cloud: Cloud, resource: str, tenant_id: str, lifetime: int) -> dict[str, Any]:
    """Return the claims that say for whom, by whom and how long a token holds."""
    now = int(cloud.clock())
    audience, version = _audience(cloud, resource)
    return {
        "aud": audience,
        "iss": issuer_v1(tenant_id) if version == 1 else issuer_v2(cloud, tenant_id),
        "iat": now - CLOCK_SKEW,
        "nbf": now - CLOCK_SKEW,
        "exp": now + lifetime,
        "aio": secrets.token_urlsafe(24),
        "rh": f"1.{secrets.token_urlsafe(30)}.",
        "tid": tenant_id,
        "uti": secrets.token_urlsafe(16),
        "ver": f"{version}.0",
    }


def client_claims(version: str, app_id: str, acr: str, tenant_id: str) -> dict[str, Any]:
    """Return the claims that name the client; ``acr`` is how it proved itself, ``0`` not at all."""
    if version == "2.0":
        return {"azp": app_id, "azpacr": acr}
    return {"appid": app_id, "appidacr": acr, "idp": issuer_v1(tenant_id)}


def sign(cloud: Cloud, claims: dict[str, Any]) -> str:
    """Return claims as a token with Entra's signature."""
    key = signing_key(cloud)
    return key.sign(claims, {"x5t": key.kid} if claims["ver"] == "1.0" else None)


def verify(cloud: Cloud, token: str, audiences: Collection[str]) -> dict[str, Any]:
    """Return the claims of a token made for one of ``audiences``; raise :class:`InvalidToken`.

    Signature, issuer, audience and lifetime are checked; the lifetime by the cloud's clock.
    """
    claims = _signed_claims(cloud, token)
    tenant_id = claims.get("tid")
    issuers = (
        (issuer_v1(tenant_id), issuer_v2(cloud, tenant_id))
        if isinstance(tenant_id, str) and cloud.state.get("tenant", tenant_id)
        else ()
    )
    if claims.get("iss") not in issuers:
        raise InvalidToken("Issuer validation failed. The token has another issuer.", "issuer")
    if claims.get("aud") not in audiences:
        raise InvalidToken(
            f"Audience validation failed. The token is for {claims.get('aud')!r}.", "audience"
        )
    now = cloud.clock()
    if now >= claims["exp"]:
        raise InvalidToken("Lifetime validation failed. The token is expired.", "expired")
    if now < claims["nbf"]:
        raise InvalidToken(
            "Lifetime validation failed. The token is not yet valid.", "not_yet_valid"
        )
    return claims


def unverified(token: str) -> dict[str, Any]:
    """Return what a token says of itself, none of it proved; nothing for no token at all."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return {}
    return claims


def jwks(cloud: Cloud, issuer: str | None = None) -> dict[str, Any]:
    """Return Entra's key document; version 2.0 of it names the issuer of each key."""
    extra = {} if issuer is None else {"issuer": issuer}
    return {"keys": [{**signing_key(cloud).jwk, **extra}]}


def _audience(cloud: Cloud, resource: str) -> tuple[str, int]:
    """Return a resource's ``aud`` and token version; what decides is the resource's own wish."""
    if resource == TOKEN_EXCHANGE:
        return resource, 2
    from entrada.local.entra.resources import find_well_known  # that package imports this module

    if find_well_known(cloud, resource) is not None:
        return resource, 1
    application = directory.application_for(cloud, resource)
    if application is not None and application.get("requestedAccessTokenVersion") == 2:
        return str(application["appId"]), 2
    return resource, 1


def _signed_claims(cloud: Cloud, token: str) -> dict[str, Any]:
    key = signing_key(cloud)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.private.public_key(),
            algorithms=["RS256"],
            options=SIGNATURE_ONLY,
        )
    except jwt.InvalidSignatureError:
        raise InvalidToken("Signature validation failed.", "signature") from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise InvalidToken("The token is not a JSON Web Token of this cloud.") from None
    return claims

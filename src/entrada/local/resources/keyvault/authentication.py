"""Who calls Key Vault: Entra bearer tokens, or the challenge by which clients find the authority.

Knows no role and no operation. The challenge names authority and resource in quoted parameters;
Key Vault takes part in continuous access evaluation, and asks by claims for a newer token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrada.local import directory, revocation, tokens
from entrada.local.resources.keyvault.context import Context
from entrada.local.resources.keyvault.errors import VaultError
from entrada.local.resources.vault_names import challenge_resource, token_resources

_APP_ID = "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
_CODES: Mapping[tokens.InvalidKind, str] = {
    "audience": "AKV10022: Invalid audience.",
    "issuer": "AKV10032: Invalid issuer.",
}


def authenticate(context: Context) -> Mapping[str, Any]:
    """Return the claims of the caller's token; raise :class:`VaultError` with a challenge."""
    token = context.inbound.bearer
    if token is None:
        raise _challenged(context, "AKV10000: Request is missing a Bearer or PoP token.")
    try:
        claims = revocation.verify(context.cloud, token, audiences(context))
    except revocation.Revoked as error:
        raise _challenged(context, str(error), claims=error.claims) from error
    except tokens.InvalidToken as error:
        code = _CODES.get(error.kind, "Error validating token.")
        raise _challenged(context, f"{code} {error}") from error
    if not isinstance(claims.get("oid"), str):
        raise _challenged(context, "The token names no principal: it has no oid claim.")
    return claims


def audiences(context: Context) -> tuple[str, ...]:
    """Return what a token for Key Vault may be issued for."""
    names = token_resources(context.cloud)
    return (_APP_ID, *names, *(f"{name}/" for name in names))


def _challenged(context: Context, reason: str, *, claims: str = "") -> VaultError:
    properties = context.vault.get("properties", {})
    tenant = properties.get("tenantId") or directory.default_tenant(context.cloud)
    parameters = {
        "authorization": f"{context.cloud.endpoints.login}/{tenant}",
        "resource": challenge_resource(context.cloud, context.inbound),
    }
    if claims:
        parameters |= {"error": "insufficient_claims", "claims": claims}
    listed = ", ".join(f'{name}="{value}"' for name, value in parameters.items())
    headers = {"www-authenticate": f"Bearer {listed}"}
    return VaultError(401, "Unauthorized", reason, headers=headers)

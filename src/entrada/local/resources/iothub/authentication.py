"""Who calls IoT Hub: Entra bearer tokens for IoT Hub.

Knows no role and no operation. Shared access signatures and device keys are refused.
https://learn.microsoft.com/azure/iot-hub/authenticate-authorize-azure-ad
"""

from __future__ import annotations

from entrada.local import directory, revocation, tokens
from entrada.local.resources.iothub.context import Context
from entrada.local.resources.iothub.errors import HubError
from entrada.local.resources.naming import authority

RESOURCE = "https://iothubs.azure.net"
APP_ID = "89d10474-74af-4874-99a7-c23c2f643083"


def authenticate(context: Context) -> str:
    """Return the object id of the calling principal; raise :class:`HubError`."""
    scheme = context.header("authorization").partition(" ")[0].lower()
    if scheme == "sharedaccesssignature":
        raise _refused(
            context,
            "The local cloud takes Microsoft Entra tokens only, no shared access signature and no "
            "connection string: use fromTokenCredential or from_token_credential.",
        )
    if not scheme:
        raise _refused(context, f"No Authorization header: send a token for {RESOURCE}.")
    if scheme != "bearer":
        raise _refused(context, f"The scheme {scheme!r} is unknown: send a bearer token.")
    try:
        claims = revocation.verify(context.cloud, context.inbound.bearer or "", audiences(context))
    except revocation.Revoked as error:
        raise _refused(context, str(error), error.challenge) from error
    except tokens.InvalidToken as error:
        raise _refused(context, str(error)) from error
    principal_id = claims.get("oid")
    if not isinstance(principal_id, str):
        raise _refused(context, "The token names no principal: it has no oid claim.")
    return principal_id


def audiences(context: Context) -> tuple[str, ...]:
    """Return what a token for a hub may be issued for."""
    origins = (
        RESOURCE,
        f"https://{context.hub.name}.azure-devices.net",
        context.cloud.endpoints.iothub,
        f"https://{authority(context.inbound)}",
    )
    return (APP_ID, *origins, *(f"{origin}/" for origin in origins))


def _refused(context: Context, reason: str, challenge: str = "") -> HubError:
    tenant = directory.default_tenant(context.cloud)
    asks = challenge or (
        f'Bearer authorization_uri="{context.cloud.endpoints.login}/{tenant}", '
        f'resource_id="{RESOURCE}"'
    )
    return HubError("IotHubUnauthorizedAccess", detail=reason, headers={"www-authenticate": asks})

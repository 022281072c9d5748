"""Service Fabric's identity endpoint, version 2019-07-01-preview, on the ``fabric`` service.

The secret of the ``Secret`` header says which application is asking; it has one identity to ask
for, since Service Fabric lets nobody choose.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from entrada.local.hosts.environment import host_of
from entrada.local.hosts.identities import NoSuchIdentity, UnknownResource, answer
from entrada.local.http import Refusal, json_reply

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

API_VERSION = "2019-07-01-preview"
_FIELDS = ("access_token", "expires_on", "resource", "token_type")


def token(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a token of the asking application's identity."""
    secret = inbound.headers.get("secret")
    host_id = host_of(cloud, secret or "", "service_fabric")
    if host_id is None:
        code = "SecretHeaderNotFound" if secret is None else "SecretHeaderInvalid"
        raise _refuse(cloud, inbound, 401, code, "The Secret header is not IDENTITY_HEADER's.")
    if inbound.query.get("api-version") != API_VERSION:
        message = f"The api-version must be {API_VERSION}."
        raise _refuse(cloud, inbound, 400, "InvalidApiVersion", message)
    resource = inbound.query.get("resource", "")
    if not resource:
        raise _refuse(cloud, inbound, 400, "ArgumentNullOrEmpty", "The resource is missing.")
    try:
        granted = answer(cloud, host_id, {}, resource)
    except NoSuchIdentity:
        message = "The application has no managed identity."
        raise _refuse(cloud, inbound, 404, "ManagedIdentityNotFound", message) from None
    except UnknownResource as error:
        raise _refuse(cloud, inbound, 400, "InvalidResource", str(error)) from None
    except LookupError as error:
        raise _refuse(cloud, inbound, 400, "ManagedIdentityAmbiguous", str(error)) from None
    return json_reply(200, {name: granted[name] for name in _FIELDS})


def _refuse(cloud: Cloud, inbound: Inbound, status: int, code: str, message: str) -> Refusal:
    cloud.refused("fabric", inbound, status, message)
    error = {"code": code, "correlationId": str(uuid.uuid4()), "message": message}
    return Refusal(json_reply(status, {"error": error}))

"""App Service's managed identity endpoint, version 2019-08-01: ``/msi/token``.

Functions, Container Apps and other services speak the same protocol. The secret of the
``X-IDENTITY-HEADER`` says which resource is asking.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from entrada.local.hosts.environment import host_of
from entrada.local.hosts.identities import (
    NoSuchIdentity,
    SeveralIdentities,
    UnknownResource,
    answer,
)
from entrada.local.http import Refusal, json_reply

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

API_VERSION = "2019-08-01"
_NO_HEADER = "The X-IDENTITY-HEADER header is missing."
_WRONG_HEADER = "The X-IDENTITY-HEADER header has not the value of IDENTITY_HEADER."
_NO_IDENTITY = (
    "No User Assigned or Delegated Managed Identity found for specified"
    " ClientId/ResourceId/PrincipalId."
)


def token(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a token of one of the asking resource's identities."""
    host_id = _host(cloud, inbound)
    if inbound.query.get("api-version") != API_VERSION:
        raise _refuse(cloud, inbound, 400, f"The api-version must be {API_VERSION}.")
    resource = inbound.query.get("resource", "")
    if not resource:
        raise _refuse(cloud, inbound, 400, "The required parameter 'resource' is missing.")
    try:
        return json_reply(200, answer(cloud, host_id, inbound.query, resource))
    except NoSuchIdentity:
        raise _refuse(cloud, inbound, 400, _NO_IDENTITY) from None
    except (UnknownResource, SeveralIdentities) as error:
        raise _refuse(cloud, inbound, 400, str(error)) from None


def _host(cloud: Cloud, inbound: Inbound) -> str:
    secret = inbound.headers.get("x-identity-header")
    if secret is None:
        raise _refuse(cloud, inbound, 401, _NO_HEADER)
    host_id = host_of(cloud, secret, "app_service")
    if host_id is None:
        raise _refuse(cloud, inbound, 401, _WRONG_HEADER)
    return host_id


def _refuse(cloud: Cloud, inbound: Inbound, status: int, message: str) -> Refusal:
    cloud.refused("hosts", inbound, status, message)
    correlation_id = str(uuid.uuid4())
    body = {"statusCode": status, "message": message, "correlationId": correlation_id}
    return Refusal(json_reply(status, body, x_correlation_id=correlation_id))

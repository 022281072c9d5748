"""Cloud Shell's endpoint, below a path that is one console's own.

On Azure it answers the token of the person who opened the shell. Here it is one of the console's
own managed identity, which RBAC treats the same: assign the role to that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrada.local.hosts.environment import host_of
from entrada.local.hosts.identities import answer
from entrada.local.hosts.imds import without_key
from entrada.local.http import Refusal, json_reply

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

_FIELDS = ("access_token", "expires_in", "expires_on", "not_before", "resource", "token_type")


def token(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a token of the console's identity; other form fields than the resource are ignored."""
    host_id = host_of(cloud, inbound.params["key"], "cloud_shell")
    inbound = without_key(inbound)
    if host_id is None:
        raise _refuse(cloud, inbound, 401, "Unauthorized", "No console has this MSI_ENDPOINT.")
    if inbound.headers.get("metadata", "").lower() != "true":
        message = "The Metadata header must be true."
        raise _refuse(cloud, inbound, 400, "MetadataHeaderNotSpecified", message)
    resource = inbound.form().get("resource", "")
    if not resource:
        raise _refuse(cloud, inbound, 400, "ResourceNotSpecified", "The resource is missing.")
    try:
        granted = answer(cloud, host_id, {}, resource)
    except LookupError as error:
        reason = str(error) or "The console has no identity to play its user."
        raise _refuse(cloud, inbound, 400, "AudienceNotSupported", reason) from None
    body = {name: granted[name] for name in _FIELDS}
    return json_reply(200, {**body, "refresh_token": ""})


def _refuse(cloud: Cloud, inbound: Inbound, status: int, code: str, message: str) -> Refusal:
    cloud.refused("hosts", inbound, status, message)
    return Refusal(json_reply(status, {"error": {"code": code, "message": message}}))

"""Azure Machine Learning's identity endpoint ``/msi/auth``: App Service's of version 2017-09-01.

The secret of the ``secret`` header says which compute is asking.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrada.local.hosts.environment import host_of
from entrada.local.hosts.identities import answer
from entrada.local.http import Refusal, json_reply

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

API_VERSION = "2017-09-01"
_FIELDS = ("access_token", "expires_on", "resource", "token_type")


def token(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a token of one of the asking compute's identities."""
    host_id = host_of(cloud, inbound.headers.get("secret", ""), "azure_ml")
    if host_id is None:
        raise _refuse(cloud, inbound, 401, "The secret header has not the value of MSI_SECRET.")
    if inbound.query.get("api-version") != API_VERSION:
        raise _refuse(cloud, inbound, 400, f"The api-version must be {API_VERSION}.")
    resource = inbound.query.get("resource", "")
    if not resource:
        raise _refuse(cloud, inbound, 400, "The required parameter 'resource' is missing.")
    try:
        granted = answer(cloud, host_id, inbound.query, resource)
    except LookupError as error:
        reason = str(error) or "No managed identity was found for the specified client id."
        raise _refuse(cloud, inbound, 400, reason) from None
    return json_reply(200, {name: granted[name] for name in _FIELDS})


def _refuse(cloud: Cloud, inbound: Inbound, status: int, message: str) -> Refusal:
    cloud.refused("hosts", inbound, status, message)
    return Refusal(json_reply(status, {"statusCode": status, "message": message}))

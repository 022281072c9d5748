"""HTTP of a resource's system-assigned identity, looked up by the resource.

See the Microsoft.ManagedIdentity REST reference, System Assigned Identities.
"""

from __future__ import annotations

from entrada._engine.effects import Response
from entrada.local import directory
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.errors import ArmError
from entrada.local.arm.resources import get_resource
from entrada.local.http import Route, json_reply

_TYPE = "Microsoft.ManagedIdentity/identities"


def get(request: ArmRequest) -> Response:
    """Show the system-assigned identity of a resource."""
    scope = "/" + request.param("scope")
    request.require(f"{_TYPE}/read", scope)
    resource = get_resource(request.cloud, scope)
    principal_id = (resource.get("identity") or {}).get("principalId")
    principal = directory.principal(request.cloud, principal_id) if principal_id else None
    if principal is None:
        raise ArmError(
            404,
            "MissingIdentityIds",
            f"The resource '{resource['id']}' has no system-assigned identity.",
        )
    body = {
        "id": f"{resource['id']}/providers/{_TYPE}/default",
        "name": "default",
        "type": _TYPE,
        "location": resource.get("location"),
        "properties": {
            "tenantId": principal["tenantId"],
            "principalId": principal_id,
            "clientId": principal["appId"],
        },
    }
    return json_reply(200, body)


ROUTES: tuple[Route, ...] = (
    Route("GET", f"/{{scope*}}/providers/{_TYPE}/default", operation(get)),
)

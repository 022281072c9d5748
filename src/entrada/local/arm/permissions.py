"""HTTP of what follows from role assignments, and of the older ways that Azure has beside them.

The local cloud knows neither deny assignments nor classic administrators: the lists are empty.
"""

from __future__ import annotations

from typing import Final

from entrada._engine.effects import Response
from entrada.local import rbac
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.definitions import permission_view
from entrada.local.arm.subscriptions import known_subscription
from entrada.local.http import Route, json_reply

_NAMESPACE: Final = "Microsoft.Authorization"


def list_permissions(request: ArmRequest) -> Response:
    """List what the caller may do at a scope: its roles' permissions, nearest assignment first."""
    scope = "/" + request.param("scope")
    request.require(f"{_NAMESPACE}/permissions/read", scope)
    roles = (
        rbac.role_definition(request.cloud, assignment["properties"]["roleDefinitionId"])
        for assignment in rbac.assignments_of(request.cloud, request.object_id, scope)
    )
    value = [permission_view(each) for role in roles if role for each in role.permissions]
    return json_reply(200, {"value": value})


def list_deny_assignments(request: ArmRequest) -> Response:
    """List no deny assignments."""
    request.require(f"{_NAMESPACE}/denyAssignments/read", "/" + request.param("scope"))
    return json_reply(200, {"value": []})


def list_classic_administrators(request: ArmRequest) -> Response:
    """List no classic administrators, which Azure has retired."""
    scope = f"/subscriptions/{known_subscription(request)}"
    request.require(f"{_NAMESPACE}/classicAdministrators/read", scope)
    return json_reply(200, {"value": []})


_AT_SCOPE: Final = f"/{{scope*}}/providers/{_NAMESPACE}"

ROUTES: tuple[Route, ...] = (
    Route("GET", f"{_AT_SCOPE}/permissions", operation(list_permissions)),
    Route("GET", f"{_AT_SCOPE}/denyAssignments", operation(list_deny_assignments)),
    Route(
        "GET",
        f"/subscriptions/{{subscription}}/providers/{_NAMESPACE}/classicAdministrators",
        operation(list_classic_administrators),
    ),
)

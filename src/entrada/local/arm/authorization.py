"""HTTP of Microsoft.Authorization: role definitions and role assignments at any scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from entrada._engine.effects import Response
from entrada.local import rbac
from entrada.local.arm import assignments, definitions
from entrada.local.arm.access import ArmRequest, operation
from entrada.local.arm.errors import ArmError
from entrada.local.arm.filters import terms
from entrada.local.http import Route, empty_reply, json_reply
from entrada.local.state import Document

_DEFINITION_TERMS: Final = {
    "rolename": "roleName",
    "type": "type",
    "atscopeandbelow": "atScopeAndBelow",
}
_ASSIGNMENT_TERMS: Final = {
    "atscope": "atScope",
    "principalid": "principalId",
    "assignedto": "assignedTo",
}


def _scope(request: ArmRequest) -> str:
    return "/" + request.inbound.params.get("scope", "")


def list_definitions(request: ArmRequest) -> Response:
    """List the role definitions that can be assigned at a scope."""
    scope = _scope(request)
    request.require(f"{definitions.DEFINITION_TYPE}/read", scope)
    wanted = terms(request.inbound.query.get("$filter", ""), _DEFINITION_TERMS)
    value = [
        document
        for document in definitions.definitions(request.cloud)
        if all(
            str(document["properties"][name]).lower() == wanted[name].lower()
            for name in ("roleName", "type")
            if name in wanted
        )
        and rbac.is_assignable(request.cloud, document["properties"]["assignableScopes"], scope)
    ]
    return json_reply(200, {"value": value})


def get_definition(request: ArmRequest) -> Response:
    """Show one role definition."""
    request.require(f"{definitions.DEFINITION_TYPE}/read", _scope(request))
    guid = request.param("name")
    document = definitions.get_definition(request.cloud, guid)
    if document is None:
        raise assignments.role_does_not_exist(guid)
    return json_reply(200, document)


def put_definition(request: ArmRequest) -> Response:
    """Create or replace a custom role; the caller must may so at all its assignable scopes."""
    properties = _properties(request.body())
    action = f"{definitions.DEFINITION_TYPE}/write"
    for scope in (_scope(request), *(properties.get("assignableScopes") or ())):
        request.require(action, str(scope))
    document, _ = definitions.put_definition(
        request.cloud, request.param("name"), properties, author=request.object_id
    )
    return json_reply(201, document)


def delete_definition(request: ArmRequest) -> Response:
    """Delete a custom role: 200 with what it was, or 204."""
    request.require(f"{definitions.DEFINITION_TYPE}/delete", _scope(request))
    return _deleted(definitions.delete_definition(request.cloud, request.param("name")))


def list_assignments(request: ArmRequest) -> Response:
    """List the role assignments at a scope, above it, and, without ``atScope()``, below it."""
    scope = _scope(request)
    request.require(f"{assignments.ASSIGNMENT_TYPE}/read", scope)
    wanted = terms(request.inbound.query.get("$filter", ""), _ASSIGNMENT_TERMS)
    above = {place.lower() for place in rbac.scopes_from(request.cloud, scope)}
    holders = _holders(request, wanted)
    value = [
        document
        for _, document in request.cloud.state.under("roleAssignment")
        if (holders is None or document["properties"]["principalId"] in holders)
        and (
            document["properties"]["scope"].lower() in above
            or ("atScope" not in wanted and _is_below(request, document, scope))
        )
    ]
    return json_reply(200, {"value": value})


def get_assignment(request: ArmRequest) -> Response:
    """Show one role assignment."""
    scope, name = _scope(request), request.param("name")
    request.require(f"{assignments.ASSIGNMENT_TYPE}/read", scope)
    document = assignments.get_assignment(request.cloud, scope, name)
    if document is None:
        raise ArmError(
            404,
            "RoleAssignmentNotFound",
            f"The role assignment '{name.replace('-', '')}' is not found.",
        )
    return json_reply(200, document)


def put_assignment(request: ArmRequest) -> Response:
    """Create a role assignment: 201, or 200 where it is there already."""
    scope = _scope(request)
    request.require(f"{assignments.ASSIGNMENT_TYPE}/write", scope)
    document, new = assignments.put_assignment(
        request.cloud,
        scope,
        request.param("name"),
        _properties(request.body()),
        author=request.object_id,
    )
    return json_reply(201 if new else 200, document)


def delete_assignment(request: ArmRequest) -> Response:
    """Delete a role assignment: 200 with what it was, or 204."""
    scope = _scope(request)
    request.require(f"{assignments.ASSIGNMENT_TYPE}/delete", scope)
    full_id = assignments.assignment_id(scope, request.param("name"))
    return _deleted(assignments.delete_assignment(request.cloud, full_id))


def _properties(body: Document) -> Mapping[str, Any]:
    properties = body.get("properties")
    return properties if isinstance(properties, dict) else {}


def _deleted(document: Document | None) -> Response:
    return empty_reply(204) if document is None else json_reply(200, document)


def _holders(request: ArmRequest, wanted: Mapping[str, str]) -> set[str] | None:
    if "assignedTo" in wanted:
        principal_id = wanted["assignedTo"].lower()
        return {principal_id, *rbac.groups_of(request.cloud, principal_id)}
    return {wanted["principalId"].lower()} if "principalId" in wanted else None


def _is_below(request: ArmRequest, document: Document, scope: str) -> bool:
    places = rbac.scopes_from(request.cloud, document["properties"]["scope"])
    return scope.rstrip("/").lower() in (place.rstrip("/").lower() for place in places)


def _at_any_scope(
    method: str, tail: str, handler: Callable[[ArmRequest], Response]
) -> tuple[Route, Route]:
    answer = operation(handler)
    end = f"providers/Microsoft.Authorization/{tail}"
    return Route(method, f"/{end}", answer), Route(method, f"/{{scope*}}/{end}", answer)


ROUTES: tuple[Route, ...] = (
    *_at_any_scope("GET", "roleDefinitions", list_definitions),
    *_at_any_scope("GET", "roleDefinitions/{name}", get_definition),
    *_at_any_scope("PUT", "roleDefinitions/{name}", put_definition),
    *_at_any_scope("DELETE", "roleDefinitions/{name}", delete_definition),
    *_at_any_scope("GET", "roleAssignments", list_assignments),
    *_at_any_scope("GET", "roleAssignments/{name}", get_assignment),
    *_at_any_scope("PUT", "roleAssignments/{name}", put_assignment),
    *_at_any_scope("DELETE", "roleAssignments/{name}", delete_assignment),
)

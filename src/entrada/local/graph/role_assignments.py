"""App roles and directory roles: who has which.

App roles stand between a principal and the service principal that offers them; permissions of
Microsoft Graph are app roles of its own service principal. Directory roles stand for themselves.
"""

from __future__ import annotations

from collections.abc import Callable

from entrada._engine.effects import Response
from entrada.local import app_roles, directory, graph_permissions
from entrada.local.graph import queries, schema
from entrada.local.graph.access import GraphRequest
from entrada.local.graph.entities import APP_ROLE_ASSIGNMENT, find_object
from entrada.local.graph.errors import bad_request, not_found
from entrada.local.graph.first_party import ensure
from entrada.local.graph.rights import ASSIGN_APP_ROLE, ASSIGN_GRAPH_ROLE
from entrada.local.graph.targets import (
    Target,
    find_group,
    find_service_principal,
    find_user,
    routes,
)
from entrada.local.http import Route, empty_reply
from entrada.local.state import Document

_TYPE = "appRoleAssignment"
_KINDS = {"user": "User", "group": "Group", "servicePrincipal": "ServicePrincipal"}


def list_assigned_to(request: GraphRequest) -> Response:
    """List who was assigned app roles of a service principal."""
    resource = _resource(request).body
    found = app_roles.assignments(request.cloud, resourceId=resource["id"])
    return queries.listed(request, APP_ROLE_ASSIGNMENT, found)


def assign_at(request: GraphRequest) -> Response:
    """Assign an app role of a service principal to somebody."""
    return _assign(request, None)


def unassign_at(request: GraphRequest) -> Response:
    """Take back an app role of a service principal."""
    resource = _resource(request).body
    return _unassign(request, resourceId=resource["id"])


def _resource(request: GraphRequest) -> Target:
    ensure(request.cloud)
    return find_service_principal(request)


def _assign(request: GraphRequest, principal: Document | None) -> Response:
    ensure(request.cloud)
    asked = schema.checked(request.body(), schema.APP_ROLE_ASSIGNMENT, _TYPE)
    schema.required(asked, "principalId", "resourceId", "appRoleId")
    named = find_object(request.cloud, asked["principalId"])
    resource = directory.principal(request.cloud, asked["resourceId"].lower())
    if named is None or named[0] not in _KINDS or resource is None:
        raise not_found(asked["resourceId"] if named else asked["principalId"])
    if principal is not None and principal["id"] != named[1]["id"]:
        raise bad_request("'principalId' is not the object that the address names.")
    is_graph = resource["appId"] == graph_permissions.APP_ID
    request.require(ASSIGN_GRAPH_ROLE if is_graph else ASSIGN_APP_ROLE)
    kind, role = _KINDS[named[0]], asked["appRoleId"].lower()
    try:
        made = app_roles.assign(request.cloud, named[1], kind, resource, role)
    except LookupError as error:
        complaint = f"Permission being assigned was not found on application: {error}."
        raise bad_request(complaint) from None
    except ValueError:
        raise bad_request("Permission being assigned already exists on the object") from None
    return queries.shown(request, APP_ROLE_ASSIGNMENT, made, status=201)


def _unassign(request: GraphRequest, **place: str) -> Response:
    wanted = request.param("assignment").lower()
    for body in app_roles.assignments(request.cloud, id=wanted, **place):
        resource = directory.principal(request.cloud, body["resourceId"]) or {}
        is_graph = resource.get("appId") == graph_permissions.APP_ID
        request.require(ASSIGN_GRAPH_ROLE if is_graph else ASSIGN_APP_ROLE)
        app_roles.unassign(request.cloud, body["id"])
        return empty_reply(204)
    raise not_found(request.param("assignment"))


def _of_principal(
    collection: str, find: Callable[[GraphRequest], Target], *, by_app_id: bool = False
) -> tuple[Route, ...]:
    def list_all(request: GraphRequest) -> Response:
        principal = find(request).body
        found = app_roles.assignments(request.cloud, principalId=principal["id"])
        return queries.listed(request, APP_ROLE_ASSIGNMENT, found)

    def assign(request: GraphRequest) -> Response:
        return _assign(request, find(request).body)

    def unassign(request: GraphRequest) -> Response:
        return _unassign(request, principalId=find(request).body["id"])

    suffix = "/appRoleAssignments"
    one = suffix + "/{assignment}"
    return (
        *routes("GET", collection, suffix, list_all, by_app_id=by_app_id),
        *routes("POST", collection, suffix, assign, by_app_id=by_app_id),
        *routes("DELETE", collection, one, unassign, by_app_id=by_app_id),
    )


_AT = "/appRoleAssignedTo"

ROUTES: tuple[Route, ...] = (
    *routes("GET", "servicePrincipals", _AT, list_assigned_to, by_app_id=True),
    *routes("POST", "servicePrincipals", _AT, assign_at, by_app_id=True),
    *routes("DELETE", "servicePrincipals", _AT + "/{assignment}", unassign_at, by_app_id=True),
    *_of_principal("servicePrincipals", find_service_principal, by_app_id=True),
    *_of_principal("users", find_user),
    *_of_principal("groups", find_group),
)

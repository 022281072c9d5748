"""Which object a route names: by object id, by ``appId`` or, for users, by principal name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from entrada._engine.effects import Response
from entrada.local import directory, people
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.errors import not_found
from entrada.local.http import Route
from entrada.local.state import Document


@dataclass(frozen=True, slots=True)
class Target:
    """A document, its kind, and the key that the state has it by."""

    kind: str
    key: str
    body: Document = field(repr=False)


def routes(
    method: str,
    collection: str,
    suffix: str,
    handler: Callable[[GraphRequest], Response],
    *,
    by_app_id: bool = False,
) -> tuple[Route, ...]:
    """Return the routes of an operation on one object, for every way of naming it."""
    forms = [f"{collection}/{{id}}", f"{collection}('{{id}}')"]
    if by_app_id:
        forms.append(f"{collection}(appId='{{app_id}}')")
    answer = operation(handler)
    return tuple(Route(method, f"/{{version}}/{form}{suffix}", answer) for form in forms)


def is_here(request: GraphRequest, body: Document) -> bool:
    """Say whether an object is in the tenant of the caller's token."""
    return body.get("tenantId") in (None, request.tenant_id)


def find_target(request: GraphRequest) -> Target:
    """Return the application or service principal that the route names; raise 404."""
    if request.inbound.path.split("/")[2].lower().startswith("applications"):
        return find_application(request)
    return find_service_principal(request)


def find_application(request: GraphRequest) -> Target:
    """Return the application that the route names; raise 404."""
    params = request.inbound.params
    if "app_id" in params:
        body = directory.application(request.cloud, params["app_id"])
    else:
        found = request.cloud.state.find("application", id=params["id"].lower())
        body = found[0] if found else None
    if body is None or not is_here(request, body):
        raise not_found(params.get("app_id") or params["id"])
    return Target("application", body["appId"], body)


def find_service_principal(request: GraphRequest) -> Target:
    """Return the service principal that the route names; raise 404."""
    params = request.inbound.params
    if "app_id" in params:
        body = directory.principal_by_app_id(request.cloud, params["app_id"])
    else:
        body = directory.principal(request.cloud, params["id"].lower())
    if body is None or not is_here(request, body):
        raise not_found(params.get("app_id") or params["id"])
    return Target("servicePrincipal", body["id"], body)


def find_user(request: GraphRequest) -> Target:
    """Return the user that the route names, by object id or principal name; raise 404."""
    body = people.find_user(request.cloud, request.param("id"))
    if body is None or not is_here(request, body):
        raise not_found(request.param("id"))
    return Target("user", body["id"], body)


def find_group(request: GraphRequest) -> Target:
    """Return the group that the route names; raise 404."""
    body = request.cloud.state.get("group", request.param("id").lower())
    if body is None or not is_here(request, body):
        raise not_found(request.param("id"))
    return Target("group", body["id"], body)

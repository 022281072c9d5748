"""Which groups and directory roles an object is in, seen from the object."""

from __future__ import annotations

from collections.abc import Callable

from entrada._engine.effects import Response
from entrada.local import directory_roles, people, rbac
from entrada.local.graph import queries
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.entities import DIRECTORY_OBJECT, find_object, objects
from entrada.local.graph.errors import bad_request, not_found
from entrada.local.graph.objects import texts
from entrada.local.graph.targets import find_group, find_service_principal, find_user, routes
from entrada.local.graph.users import signed_in
from entrada.local.http import Route, json_reply
from entrada.local.state import Document

MOST_GROUPS = 20
"""How many groups can be checked at once."""


def direct(request: GraphRequest) -> Response:
    """List the groups that an object is a direct member of."""
    found = people.groups_with(request.cloud, _subject(request)["id"])
    return queries.listed(request, DIRECTORY_OBJECT, found)


def transitive(request: GraphRequest) -> Response:
    """List the groups that an object is in, however deep."""
    return queries.listed(request, DIRECTORY_OBJECT, _groups(request))


def check_groups(request: GraphRequest) -> Response:
    """Return those of the named groups that an object is in."""
    wanted = [each.lower() for each in texts(request.body(), "groupIds")]
    if len(wanted) > MOST_GROUPS:
        raise bad_request(f"At most {MOST_GROUPS} groups can be checked at once.")
    found = rbac.groups_of(request.cloud, _subject(request)["id"])
    return _ids(request, [each for each in wanted if each in found])


def member_groups(request: GraphRequest) -> Response:
    """Return the ids of the groups that an object is in."""
    return _ids(request, [group["id"] for group in _security(request, _groups(request))])


def member_objects(request: GraphRequest) -> Response:
    """Return the ids of the groups and directory roles that an object is in."""
    groups = [group["id"] for group in _security(request, _groups(request))]
    roles = directory_roles.roles_of(request.cloud, _subject(request)["id"])
    return _ids(request, [*groups, *sorted(directory_roles.TEMPLATES[name] for name in roles)])


def _subject(request: GraphRequest) -> Document:
    """Return the object whose memberships are asked for; raise 404."""
    collection = request.inbound.path.split("/")[2].lower().partition("(")[0]
    if collection == "me":
        return signed_in(request)
    if collection in _FINDERS:
        return _FINDERS[collection](request)
    found = find_object(request.cloud, request.param("id"))
    if found is None:
        raise not_found(request.param("id"))
    return found[1]


_FINDERS: dict[str, Callable[[GraphRequest], Document]] = {
    "users": lambda request: find_user(request).body,
    "groups": lambda request: find_group(request).body,
    "serviceprincipals": lambda request: find_service_principal(request).body,
}


def _groups(request: GraphRequest) -> list[Document]:
    ids = rbac.groups_of(request.cloud, _subject(request)["id"])
    return objects(request.cloud, sorted(ids))


def _security(request: GraphRequest, groups: list[Document]) -> list[Document]:
    only = request.body().get("securityEnabledOnly", False)
    if not isinstance(only, bool):
        raise bad_request("The value of 'securityEnabledOnly' is not true or false.")
    return [each for each in groups if each.get("securityEnabled", True) or not only]


def _ids(request: GraphRequest, ids: list[str]) -> Response:
    context = request.context("Collection(Edm.String)")
    return json_reply(200, {"@odata.context": context, "value": ids})


_OPERATIONS = (
    ("GET", "/memberOf", direct),
    ("GET", "/transitiveMemberOf", transitive),
    ("POST", "/checkMemberGroups", check_groups),
    ("POST", "/getMemberGroups", member_groups),
    ("POST", "/getMemberObjects", member_objects),
)

ROUTES: tuple[Route, ...] = tuple(
    route
    for method, suffix, handler in _OPERATIONS
    for route in (
        Route(method, f"/{{version}}/me{suffix}", operation(handler)),
        *routes(method, "users", suffix, handler),
        *routes(method, "groups", suffix, handler),
        *routes(method, "servicePrincipals", suffix, handler, by_app_id=True),
        *routes(method, "directoryObjects", suffix, handler),
    )
)

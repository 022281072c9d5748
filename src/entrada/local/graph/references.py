"""References between objects: members of groups, owners of anything that can be owned."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from entrada._engine.effects import Response
from entrada.local import directory
from entrada.local.graph import queries
from entrada.local.graph.access import GraphRequest
from entrada.local.graph.entities import DIRECTORY_OBJECT, find_object, objects
from entrada.local.graph.errors import bad_request, not_found
from entrada.local.graph.rights import WRITE_APPLICATION, WRITE_GROUP, WRITE_MEMBERS, Right
from entrada.local.graph.targets import (
    Target,
    find_application,
    find_group,
    find_service_principal,
    is_here,
    routes,
)
from entrada.local.http import Route, empty_reply
from entrada.local.rbac import groups_of
from entrada.local.state import Document

_REFERENCE = re.compile(
    r"(?:https?://[^/]+/(?:v1\.0|beta)/)?"
    r"(?:directoryObjects|users|groups|servicePrincipals|applications)"
    r"(?:/([0-9a-f-]{36})|\('([0-9a-f-]{36})'\))/?",
    re.IGNORECASE,
)


def read_reference(url: Any) -> str:
    """Return the object id of an address like ``…/directoryObjects/{id}``; raise 400."""
    match = _REFERENCE.fullmatch(url) if isinstance(url, str) else None
    if match is None:
        raise bad_request(f"Invalid URL format specified in payload: {url!r}.")
    return (match[1] or match[2]).lower()


def resolve(request: GraphRequest, object_id: str) -> Document:
    """Return the object with an id; raise 404, as ``az`` retries it."""
    found = find_object(request.cloud, object_id)
    if found is None or not is_here(request, found[1]):
        raise not_found(object_id)
    return found[1]


def list_members(request: GraphRequest) -> Response:
    """List a group's direct members."""
    ids = find_group(request).body.get("members", ())
    return queries.listed(request, DIRECTORY_OBJECT, objects(request.cloud, ids))


def count_members(request: GraphRequest) -> Response:
    """Count a group's direct members."""
    ids = find_group(request).body.get("members", ())
    return queries.counted(request, DIRECTORY_OBJECT, objects(request.cloud, ids))


def list_all_members(request: GraphRequest) -> Response:
    """List a group's members, however deep."""
    group = find_group(request).body
    found: dict[str, Document] = {}
    new = [group]
    while new:
        ids = [each for body in new for each in body.get("members", ()) if each not in found]
        added = objects(request.cloud, dict.fromkeys(ids))
        found.update({body["id"]: body for body in added})
        new = [body for body in added if "members" in body]
    return queries.listed(request, DIRECTORY_OBJECT, found.values())


def add_member(request: GraphRequest) -> Response:
    """Put an object into a group."""
    target = find_group(request)
    request.require(WRITE_MEMBERS, target.body)
    added = resolve(request, read_reference(request.body().get("@odata.id")))
    if "identifierUris" in added:
        raise bad_request("An application cannot be a member; its service principal can.")
    if added["id"] in {target.key, *groups_of(request.cloud, target.key)}:
        raise bad_request("A group cannot be a member of itself, however deep.")
    return _add(request, target, "members", added["id"])


def remove_member(request: GraphRequest) -> Response:
    """Take an object out of a group."""
    target = find_group(request)
    request.require(WRITE_MEMBERS, target.body)
    return _remove(request, target, "members")


def _list_owners(find: Callable[[GraphRequest], Target]) -> Callable[[GraphRequest], Response]:
    def list_owners(request: GraphRequest) -> Response:
        ids = find(request).body.get("owners", ())
        return queries.listed(request, DIRECTORY_OBJECT, objects(request.cloud, ids))

    return list_owners


def _add_owner(
    find: Callable[[GraphRequest], Target], right: Right
) -> Callable[[GraphRequest], Response]:
    def add_owner(request: GraphRequest) -> Response:
        target = find(request)
        request.require(right, target.body)
        added = resolve(request, read_reference(request.body().get("@odata.id")))
        if "userPrincipalName" not in added and "servicePrincipalType" not in added:
            raise bad_request("An owner is a user or a service principal.")
        return _add(request, target, "owners", added["id"])

    return add_owner


def _remove_owner(
    find: Callable[[GraphRequest], Target], right: Right
) -> Callable[[GraphRequest], Response]:
    def remove_owner(request: GraphRequest) -> Response:
        target = find(request)
        request.require(right, target.body)
        return _remove(request, target, "owners")

    return remove_owner


def _add(request: GraphRequest, target: Target, name: str, object_id: str) -> Response:
    with directory.edit(request.cloud, target.kind, target.key) as body:
        standing = body.setdefault(name, [])
        if object_id in standing:
            raise bad_request(
                "One or more added object references already exist for the following modified "
                f"properties: '{name}'."
            )
        standing.append(object_id)
    return empty_reply(204)


def _remove(request: GraphRequest, target: Target, name: str) -> Response:
    object_id = request.param("member").lower()
    with directory.edit(request.cloud, target.kind, target.key) as body:
        standing = body.get(name, [])
        if object_id not in standing:
            raise not_found(object_id)
        body[name] = [each for each in standing if each != object_id]
    return empty_reply(204)


def _owner_routes(
    collection: str, find: Callable[[GraphRequest], Target], right: Right
) -> tuple[Route, ...]:
    by_app_id = collection != "groups"
    return (
        *routes("GET", collection, "/owners", _list_owners(find), by_app_id=by_app_id),
        *routes("POST", collection, "/owners/$ref", _add_owner(find, right), by_app_id=by_app_id),
        *routes(
            "DELETE",
            collection,
            "/owners/{member}/$ref",
            _remove_owner(find, right),
            by_app_id=by_app_id,
        ),
    )


ROUTES: tuple[Route, ...] = (
    *routes("GET", "groups", "/members", list_members),
    *routes("GET", "groups", "/members/$count", count_members),
    *routes("GET", "groups", "/transitiveMembers", list_all_members),
    *routes("POST", "groups", "/members/$ref", add_member),
    *routes("DELETE", "groups", "/members/{member}/$ref", remove_member),
    *_owner_routes("applications", find_application, WRITE_APPLICATION),
    *_owner_routes("servicePrincipals", find_service_principal, WRITE_APPLICATION),
    *_owner_routes("groups", find_group, WRITE_GROUP),
)

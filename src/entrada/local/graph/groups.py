"""Groups and what is in them. A role or an app role assigned to a group is its members'."""

from __future__ import annotations

from typing import Any

from entrada._engine.effects import Response
from entrada.local import app_roles, directory, directory_roles, people
from entrada.local.graph import queries, schema
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.entities import GROUP
from entrada.local.graph.errors import bad_request
from entrada.local.graph.references import read_reference, resolve
from entrada.local.graph.rights import CREATE_GROUP, WRITE_GROUP, WRITE_MEMBERS
from entrada.local.graph.targets import find_group, routes
from entrada.local.http import Route, empty_reply
from entrada.local.state import Document

_TYPE = "group"
MOST_BINDINGS = 20


def list_all(request: GraphRequest) -> Response:
    """List the tenant's groups."""
    return queries.listed(request, GROUP, _all(request))


def count(request: GraphRequest) -> Response:
    """Count them."""
    return queries.counted(request, GROUP, _all(request))


def get(request: GraphRequest) -> Response:
    """Show a group."""
    return queries.shown(request, GROUP, find_group(request).body)


def create(request: GraphRequest) -> Response:
    """Create a group, owned by the caller where it is a user, with first members and owners."""
    request.require(CREATE_GROUP)
    content = request.body()
    asked = schema.checked(content, schema.GROUP, _TYPE)
    schema.required(asked, "displayName", "mailNickname")
    for name in ("mailEnabled", "securityEnabled"):
        if asked.get(name) is None:
            raise bad_request(f"A value is required for property '{name}' of resource.")
    members = _bound(request, content, "members@odata.bind")
    owners = _bound(request, content, "owners@odata.bind")
    own = [request.object_id] if request.delegated else []
    with request.cloud.state.transaction():
        made = people.create_group(
            request.cloud, asked["displayName"], members, tenant_id=request.tenant_id
        )
        made.update(asked, owners=list(dict.fromkeys([*owners, *own])))
        request.cloud.state.put("group", made["id"], made)
    return queries.shown(request, GROUP, made, status=201)


def update(request: GraphRequest) -> Response:
    """Change a group, or add up to 20 members to it."""
    target = find_group(request)
    content = request.body()
    members = _bound(request, content, "members@odata.bind")
    asked = schema.checked(content, schema.GROUP, _TYPE)
    if asked or not members:
        request.require(WRITE_GROUP, target.body)
    if members:
        request.require(WRITE_MEMBERS, target.body)
    if "displayName" in asked:
        schema.required(asked, "displayName")
    with directory.edit(request.cloud, "group", target.key) as body:
        body.update(asked)
        body["members"] = list(dict.fromkeys([*body.get("members", ()), *members]))
    return empty_reply(204)


def delete(request: GraphRequest) -> Response:
    """Delete a group; its role assignments stay, as in Azure, and are worth nothing."""
    target = find_group(request)
    request.require(WRITE_GROUP, target.body)
    with request.cloud.state.transaction():
        people.forget_member(request.cloud, target.key)
        app_roles.forget(request.cloud, target.key)
        directory_roles.forget(request.cloud, target.key)
        request.cloud.state.delete("group", target.key)
    return empty_reply(204)


def _all(request: GraphRequest) -> list[Document]:
    found = (body for _, body in request.cloud.state.under("group"))
    return [each for each in found if each.get("tenantId") in (None, request.tenant_id)]


def _bound(request: GraphRequest, content: dict[str, Any], name: str) -> list[str]:
    urls = content.get(name, [])
    if not isinstance(urls, list) or len(urls) > MOST_BINDINGS:
        raise bad_request(f"'{name}' is a list of at most {MOST_BINDINGS} addresses of objects.")
    return [resolve(request, read_reference(each))["id"] for each in urls]


ROUTES: tuple[Route, ...] = (
    Route("GET", "/{version}/groups", operation(list_all)),
    Route("GET", "/{version}/groups/$count", operation(count)),
    Route("POST", "/{version}/groups", operation(create)),
    *routes("GET", "groups", "", get),
    *routes("PATCH", "groups", "", update),
    *routes("DELETE", "groups", "", delete),
)

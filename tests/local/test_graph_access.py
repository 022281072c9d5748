"""Who Graph lets in, who may change what, and what it says to those who may not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_graph_world import NOBODY, GraphWorld, graph

from entrada._engine.effects import Request
from entrada.local import directory, directory_roles, graph_permissions
from entrada.local.graph import rights
from entrada.local.graph.rights import Right

__all__ = ["graph"]

RIGHTS = [right for right in vars(rights).values() if isinstance(right, Right)]
CREATE = {"displayName": "made"}


def _permit(graph: GraphWorld, principal: str, permission: str) -> Any:
    """Give a service principal an application permission of Graph."""
    resource = graph.ok("GET", f"/servicePrincipals(appId='{graph_permissions.APP_ID}')")["id"]
    body = {
        "principalId": principal,
        "resourceId": resource,
        "appRoleId": graph_permissions.APPLICATION_PERMISSIONS[permission],
    }
    return graph.ok("POST", f"/servicePrincipals/{principal}/appRoleAssignments", body)


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    "resource",
    ["https://graph.entrada.test", "https://graph.microsoft.com", graph_permissions.APP_ID],
)
def test_every_name_of_graph_is_an_audience(graph: GraphWorld, resource: str, slash: str) -> None:
    principal = directory.principal(graph.cloud, graph.admin) or {}
    token = graph.token(principal, resource + slash)
    assert graph.call("GET", "/organization", token=token).status == 200


@pytest.mark.parametrize("service", ["arm", "graph", "blob", "vault", "iothub"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_clouds_own_endpoints_are_resources(
    graph: GraphWorld, service: str, slash: str
) -> None:
    app = graph.ok("POST", "/applications", {"displayName": "a"})
    graph.ok("POST", "/servicePrincipals", {"appId": app["appId"]})
    secret = graph.ok("POST", f"/applications/{app['id']}/addPassword", {})["secretText"]
    resource = f"{getattr(graph.cloud.endpoints, service)}{slash}"
    assert graph.sign_in(app["appId"], client_secret=secret, scope=f"{resource}/.default")[0] == 200
    other = graph.sign_in(app["appId"], client_secret=secret, scope="https://other.test/.default")
    assert other[1]["error_codes"] == [500011]


def test_who_registers_the_cloud_is_told_where_graph_is(graph: GraphWorld) -> None:
    url = f"{graph.cloud.endpoints.arm}/metadata/endpoints?api-version=2022-09-01"
    body = json.loads(graph.cloud.handle(Request("GET", url)).body)
    for name in ("graph", "graphAudience", "microsoftGraphResourceId"):
        assert body[name] == f"{graph.cloud.endpoints.graph}/"


def test_a_token_for_another_resource_is_refused(graph: GraphWorld) -> None:
    principal = directory.principal(graph.cloud, graph.admin) or {}
    for token in (graph.token(principal, "https://vault.azure.net"), "x", "a.b.c"):
        response = graph.call("GET", "/organization", token=token)
        assert response.status == 401
        error = json.loads(response.body)["error"]
        assert error["code"] == "InvalidAuthenticationToken"
        assert set(error["innerError"]) == {"date", "request-id", "client-request-id"}
        assert response.headers["www-authenticate"].startswith("Bearer ")
    bare = Request("GET", f"{graph.cloud.endpoints.graph}/v1.0/organization")
    assert graph.cloud.handle(bare).status == 401
    assert graph.cloud.decisions[-1].reason == "Access token is empty."


def test_a_deleted_principal_is_nobody(graph: GraphWorld) -> None:
    someone = graph.principal("someone")
    directory.delete_principal(graph.cloud, someone)
    refused = graph.error("GET", "/organization", as_=someone)
    assert refused == (401, "Authorization_IdentityNotFound")
    assert someone in graph.cloud.decisions[-1].reason


def test_only_graphs_versions_are_there(graph: GraphWorld) -> None:
    assert graph.call("GET", "/organization", version="beta").status == 200
    assert graph.error("GET", "/organization", version="v2.0") == (400, "BadRequest")
    assert graph.error("GET", "/teams") == (404, "NotFound")


def test_who_has_nothing_reads_and_does_not_write(graph: GraphWorld) -> None:
    someone = graph.principal("someone")
    assert len(graph.value("/applications", as_=someone)) == 2
    response = graph.call("POST", "/applications", CREATE, as_=someone)
    error = json.loads(response.body)["error"]
    assert (response.status, error["code"]) == (403, "Authorization_RequestDenied")
    assert error["message"].startswith("Insufficient privileges to complete the operation.")
    assert "Application Developer" in error["message"]
    assert "Application.ReadWrite.OwnedBy" in error["message"]
    assert graph.cloud.decisions[-1].status == 403


def test_the_remedy_that_a_refusal_names_works(graph: GraphWorld) -> None:
    someone = graph.principal("someone")
    message = json.loads(graph.call("POST", "/applications", CREATE, as_=someone).body)["error"][
        "message"
    ]
    url, _, rest = message.partition("--url ")[2].partition(" ")
    body = json.loads(rest.partition("'")[2].rpartition("'")[0])
    headers = {"authorization": f"Bearer {graph.tokens[graph.admin]}"}
    given = graph.cloud.handle(Request("POST", url, headers, json.dumps(body).encode()))
    assert given.status == 201
    assert graph.call("POST", "/applications", CREATE, as_=someone).status == 201


@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: right.what)
def test_every_permission_and_role_of_the_table_is_one(right: Right) -> None:
    named = {*right.permissions, *([right.owned] if right.owned else ())}
    assert named <= set(graph_permissions.APPLICATION_PERMISSIONS)
    assert set(right.any_role) <= set(directory_roles.TEMPLATES)


OPERATIONS: list[tuple[str, str, str, Any, Right]] = [
    ("create an application", "POST", "/applications", CREATE, rights.CREATE_APPLICATION),
    ("change an application", "PATCH", "{app}", {"notes": "n"}, rights.WRITE_APPLICATION),
    ("add a secret", "POST", "{app}/addPassword", {}, rights.WRITE_APPLICATION),
    ("change a user", "PATCH", "{user}", {"city": "Oslo"}, rights.WRITE_USER),
    ("change a group", "PATCH", "{group}", {"description": "d"}, rights.WRITE_GROUP),
    ("fill a group", "POST", "{group}/members/$ref", {"@odata.id": "{ref}"}, rights.WRITE_MEMBERS),
]


@pytest.mark.parametrize(
    ("operation", "permission"),
    [(row[1:4], permission) for row in OPERATIONS for permission in row[4].permissions],
)
def test_a_permission_opens_what_it_says(
    graph: GraphWorld, operation: tuple[str, str, Any], permission: str
) -> None:
    method, path, body = _filled(graph, *operation)
    someone = graph.principal("someone")
    assert graph.error(method, path, body, as_=someone) == (403, "Authorization_RequestDenied")
    given = _permit(graph, someone, permission)
    assert graph.call(method, path, body, as_=someone).status in (200, 201, 204)
    graph.ok("DELETE", f"/servicePrincipals/{someone}/appRoleAssignments/{given['id']}")
    assert graph.call(method, path, body, as_=someone).status == 403


@pytest.mark.parametrize(
    ("operation", "role"),
    [(row[1:4], role) for row in OPERATIONS for role in row[4].any_role],
)
def test_a_directory_role_opens_what_it_says(
    graph: GraphWorld, operation: tuple[str, str, Any], role: str
) -> None:
    method, path, body = _filled(graph, *operation)
    someone = graph.principal("someone")
    directory_roles.assign(graph.cloud, someone, role)
    assert graph.call(method, path, body, as_=someone).status in (200, 201, 204)


def _filled(graph: GraphWorld, method: str, path: str, body: Any) -> tuple[str, str, Any]:
    """Put the world's objects where an operation names them."""
    app = graph.ok("POST", "/applications", {"displayName": "target"})["id"]
    group = {"displayName": "g", "mailNickname": "g", "mailEnabled": False, "securityEnabled": True}
    names = {"{app}": f"/applications/{app}", "{group}": "", "{user}": "", "{ref}": ""}
    if "{group}" in path:
        names["{group}"] = f"/groups/{graph.ok('POST', '/groups', group)['id']}"
        names["{ref}"] = f"{graph.cloud.endpoints.graph}/v1.0/directoryObjects/{graph.admin}"
    if "{user}" in path:
        names["{user}"] = f"/users/{graph.user('target')}"
    text = json.dumps(body)
    for name, value in names.items():
        path, text = path.replace(name, value), text.replace(name, value)
    return method, path, json.loads(text)


def test_an_application_keeps_house_among_its_own(graph: GraphWorld) -> None:
    someone = graph.principal("someone")
    _permit(graph, someone, "Application.ReadWrite.OwnedBy")
    own = graph.ok("POST", "/applications", CREATE, as_=someone)["id"]
    other = graph.ok("POST", "/applications", CREATE)["id"]
    change = {"notes": "mine"}
    assert graph.call("PATCH", f"/applications/{own}", change, as_=someone).status == 204
    assert graph.call("PATCH", f"/applications/{other}", change, as_=someone).status == 403


def test_a_user_registers_and_owns_applications(graph: GraphWorld) -> None:
    ana, bo = graph.user("ana"), graph.user("bo")
    app = graph.ok("POST", "/applications", CREATE, as_=ana)
    principal = graph.ok("POST", "/servicePrincipals", {"appId": app["appId"]}, as_=ana)
    path = f"/applications/{app['id']}"
    assert graph.call("POST", f"{path}/addPassword", {}, as_=ana).status == 200
    assert graph.call("POST", f"{path}/addPassword", {}, as_=bo).status == 403
    assert graph.call("DELETE", f"/servicePrincipals/{principal['id']}", as_=bo).status == 403
    assert graph.call("DELETE", path, as_=ana).status == 204


def test_an_application_needs_its_users_leave(graph: GraphWorld) -> None:
    narrow = graph.user("ana", "User.Read", client=NOBODY)
    response = graph.call("POST", "/applications", CREATE, as_=narrow)
    assert response.status == 403
    assert b"delegated permission" in response.body
    wide = graph.user("bo", "Application.ReadWrite.All", client=NOBODY)
    assert graph.call("POST", "/applications", CREATE, as_=wide).status == 201
    user = {"city": "Oslo"}
    assert graph.call("PATCH", f"/users/{narrow}", user, as_=wide).status == 403


def test_a_role_of_a_group_is_its_members(graph: GraphWorld) -> None:
    someone = graph.principal("someone")
    group = {"displayName": "g", "mailNickname": "g", "mailEnabled": False, "securityEnabled": True}
    made = graph.ok("POST", "/groups", group)["id"]
    url = f"{graph.cloud.endpoints.graph}/v1.0/directoryObjects/{someone}"
    graph.ok("POST", f"/groups/{made}/members/$ref", {"@odata.id": url})
    directory_roles.assign(graph.cloud, made, "Application Administrator")
    assert graph.call("POST", "/applications", CREATE, as_=someone).status == 201

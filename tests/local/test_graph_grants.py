"""Directory roles, app roles and consents through Graph, and what Entra makes of them."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from test_graph_world import NOBODY, GraphWorld, graph

from entrada.local import directory
from entrada.local.entra import consent

__all__ = ["graph"]

ROLES = "/roleManagement/directory"
APPLICATION_ADMINISTRATOR = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
ROLE = {"id": NOBODY, "value": "Task.Do", "displayName": "Do", "isEnabled": True}


def _resource(graph: GraphWorld) -> Any:
    """Register an application that offers an app role; return its service principal."""
    app = graph.ok("POST", "/applications", {"displayName": "api", "appRoles": [ROLE]})
    return graph.ok("POST", "/servicePrincipals", {"appId": app["appId"]})


def _client(graph: GraphWorld) -> tuple[Any, str]:
    app = graph.ok("POST", "/applications", {"displayName": "client"})
    secret = graph.ok("POST", f"/applications/{app['id']}/addPassword", {})["secretText"]
    return graph.ok("POST", "/servicePrincipals", {"appId": app["appId"]}), secret


def _graph_principal(graph: GraphWorld) -> Any:
    return graph.value("/servicePrincipals", filter="displayName eq 'Microsoft Graph'")[0]


def test_a_directory_role_is_assigned_listed_and_taken_back(graph: GraphWorld) -> None:
    someone = graph.principal("someone")
    body = {
        "principalId": someone,
        "roleDefinitionId": APPLICATION_ADMINISTRATOR,
        "directoryScopeId": "/",
    }
    made = graph.ok("POST", f"{ROLES}/roleAssignments", body)
    assert {name: made[name] for name in body} == body
    found = graph.value(f"{ROLES}/roleAssignments", filter=f"principalId eq '{someone}'")
    assert [each["id"] for each in found] == [made["id"]]
    assert graph.error("POST", f"{ROLES}/roleAssignments", body)[0] == 400
    path = f"{ROLES}/roleAssignments/{made['id']}"
    assert graph.ok("GET", path)["principalId"] == someone
    assert graph.call("DELETE", path).status == 204
    assert graph.error("DELETE", path)[0] == 404


def test_directory_roles_are_found_by_name(graph: GraphWorld) -> None:
    found = graph.value(
        f"{ROLES}/roleDefinitions", filter="displayName eq 'Application Administrator'"
    )
    assert [each["id"] for each in found] == [APPLICATION_ADMINISTRATOR]
    path = f"{ROLES}/roleDefinitions/{APPLICATION_ADMINISTRATOR}"
    assert graph.ok("GET", path)["isBuiltIn"]
    assert graph.error("GET", f"{ROLES}/roleDefinitions/{NOBODY}")[0] == 404


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"principalId": NOBODY}, 404),
        ({"roleDefinitionId": NOBODY}, 400),
        ({"directoryScopeId": "/administrativeUnits/x"}, 400),
        ({"principalId": None}, 400),
    ],
)
def test_a_wrong_role_assignment_is_refused(
    graph: GraphWorld, changes: dict[str, Any], status: int
) -> None:
    body = {"principalId": graph.admin, "roleDefinitionId": APPLICATION_ADMINISTRATOR, **changes}
    assert graph.error("POST", f"{ROLES}/roleAssignments", body)[0] == status


def test_nobody_makes_themselves_an_administrator(graph: GraphWorld) -> None:
    someone = graph.principal("someone")
    body = {"principalId": someone, "roleDefinitionId": "62e90394-69f5-4237-9190-012177145e10"}
    refused = graph.error("POST", f"{ROLES}/roleAssignments", body, as_=someone)
    assert refused == (403, "Authorization_RequestDenied")
    administrator = {"principalId": someone, "roleDefinitionId": APPLICATION_ADMINISTRATOR}
    graph.ok("POST", f"{ROLES}/roleAssignments", administrator)
    resource = _graph_principal(graph)
    role = next(each for each in resource["appRoles"] if each["value"] == "Directory.ReadWrite.All")
    body = {"principalId": someone, "resourceId": resource["id"], "appRoleId": role["id"]}
    path = f"/servicePrincipals/{resource['id']}/appRoleAssignedTo"
    assert graph.error("POST", path, body, as_=someone)[0] == 403


def test_an_app_role_is_in_the_token(graph: GraphWorld) -> None:
    resource, (client, secret) = _resource(graph), _client(graph)
    body = {"principalId": client["id"], "resourceId": resource["id"], "appRoleId": NOBODY}
    path = f"/servicePrincipals/{client['id']}/appRoleAssignments"
    made = graph.ok("POST", path, body)
    assert (made["principalDisplayName"], made["resourceDisplayName"]) == ("client", "api")
    assert made["principalType"] == "ServicePrincipal"
    assert b"already exists" in graph.call("POST", path, body).body
    at = f"/servicePrincipals/{resource['id']}/appRoleAssignedTo"
    assert [each["id"] for each in graph.value(at)] == [made["id"]]
    assert _claims(graph, client, secret, resource)["roles"] == ["Task.Do"]
    assert graph.call("DELETE", f"{at}/{made['id']}").status == 204
    assert "roles" not in _claims(graph, client, secret, resource)
    assert graph.error("DELETE", f"{at}/{made['id']}")[0] == 404


def test_an_app_role_of_a_group_is_its_members(graph: GraphWorld) -> None:
    resource, (client, secret) = _resource(graph), _client(graph)
    group = {"displayName": "g", "mailNickname": "g", "mailEnabled": False, "securityEnabled": True}
    made = graph.ok("POST", "/groups", group)["id"]
    url = f"{graph.cloud.endpoints.graph}/v1.0/servicePrincipals/{client['id']}"
    graph.ok("POST", f"/groups/{made}/members/$ref", {"@odata.id": url})
    body = {"principalId": made, "resourceId": resource["id"], "appRoleId": NOBODY}
    graph.ok("POST", f"/groups/{made}/appRoleAssignments", body)
    assert _claims(graph, client, secret, resource)["roles"] == ["Task.Do"]


def _claims(graph: GraphWorld, client: Any, secret: str, resource: Any) -> dict[str, Any]:
    scope = f"{resource['appId']}/.default"
    status, answer = graph.sign_in(client["appId"], client_secret=secret, scope=scope)
    assert status == 200, answer
    claims: dict[str, Any] = jwt.decode(answer["access_token"], options={"verify_signature": False})
    return claims


@pytest.mark.parametrize("name", ["principalId", "resourceId", "appRoleId"])
def test_a_wrong_app_role_assignment_is_refused(graph: GraphWorld, name: str) -> None:
    resource, (client, _) = _resource(graph), _client(graph)
    other = "22222222-2222-2222-2222-222222222222"
    body = {"principalId": client["id"], "resourceId": resource["id"], "appRoleId": NOBODY}
    path = f"/servicePrincipals/{client['id']}/appRoleAssignments"
    status, _ = graph.error("POST", path, {**body, name: other})
    assert status == (400 if name == "appRoleId" else 404)
    assert graph.error("POST", path, {**body, name: None})[0] == 400


def _grant(client: Any, resource: Any, scope: str, **more: object) -> dict[str, object]:
    return {
        "clientId": client["id"],
        "consentType": "AllPrincipals",
        "principalId": None,
        "resourceId": resource["id"],
        "scope": scope,
        **more,
    }


def test_what_graph_grants_is_asked_no_more(graph: GraphWorld) -> None:
    client, _ = _client(graph)
    resource = _graph_principal(graph)
    made = graph.ok("POST", "/oauth2PermissionGrants", _grant(client, resource, "User.Read openid"))
    assert _kept(graph, client) == {
        ("*", "Microsoft Graph"): ["User.Read"],
        ("*", "openid"): ["openid"],
    }
    text = f"clientId eq '{client['id']}' and consentType eq 'AllPrincipals'"
    found = graph.value("/oauth2PermissionGrants", filter=text)
    assert [each["scope"] for each in found] == ["User.Read openid"]
    again = _grant(client, resource, "User.Read")
    assert graph.call("POST", "/oauth2PermissionGrants", again).status == 409
    path = f"/oAuth2PermissionGrants/{made['id']}"
    graph.ok("PATCH", path, {"scope": "Group.Read.All"})
    assert _kept(graph, client) == {("*", "Microsoft Graph"): ["Group.Read.All"]}
    assert graph.ok("GET", path)["scope"] == "Group.Read.All"
    assert graph.call("DELETE", path).status == 204
    assert _kept(graph, client) == {}
    assert graph.error("GET", path)[0] == 404


def test_what_people_agreed_to_is_listed(graph: GraphWorld) -> None:
    client, _ = _client(graph)
    resource, user = _resource(graph), graph.user("ana")
    owner = directory.application(graph.cloud, resource["appId"]) or {}
    scopes = [{"id": NOBODY, "value": "read", "isEnabled": True}]
    graph.ok("PATCH", f"/applications/{owner['id']}", {"api": {"oauth2PermissionScopes": scopes}})
    scope = f"openid {resource['appId']}/read"
    consent.grant_text(graph.cloud, client["appId"], user, scope)
    found = {each["resourceId"]: each for each in graph.value("/oauth2PermissionGrants")}
    assert found[resource["id"]]["scope"] == "read"
    assert found[resource["id"]]["principalId"] == user
    assert found[_graph_principal(graph)["id"]]["scope"] == "openid"


def test_people_cannot_consent_for_others(graph: GraphWorld) -> None:
    client, _ = _client(graph)
    body = _grant(client, _graph_principal(graph), "Directory.ReadWrite.All")
    refused = graph.error("POST", "/oauth2PermissionGrants", body, as_=graph.user("ana"))
    assert refused == (403, "Authorization_RequestDenied")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"consentType": "Everybody"}, 400),
        ({"consentType": "Principal"}, 400),
        ({"consentType": "Principal", "principalId": NOBODY}, 404),
        ({"principalId": NOBODY}, 400),
        ({"clientId": NOBODY}, 404),
        ({"resourceId": NOBODY}, 404),
        ({"colour": "red"}, 400),
    ],
)
def test_a_wrong_grant_is_refused(
    graph: GraphWorld, changes: dict[str, object], status: int
) -> None:
    client, _ = _client(graph)
    body = _grant(client, _graph_principal(graph), "User.Read", **changes)
    assert graph.error("POST", "/oauth2PermissionGrants", body)[0] == status


def _kept(graph: GraphWorld, client: Any) -> dict[tuple[str, str], list[str]]:
    return {
        (user, resource): scopes
        for app_id, user, resource, scopes in consent.consents(graph.cloud)
        if app_id == client["appId"]
    }

"""Applications, service principals and other objects through Graph."""

from __future__ import annotations

import json

import pytest
from test_graph_world import NOBODY, GraphWorld, graph

from entrada._engine.effects import Request
from entrada.local import directory
from entrada.local.state import Document

__all__ = ["graph"]


def test_an_application_is_created_shown_changed_and_deleted(graph: GraphWorld) -> None:
    body = {
        "displayName": "web",
        "web": {"redirectUris": ["https://a.example"], "homePageUrl": "https://a.example"},
        "api": {"requestedAccessTokenVersion": 2},
        "requiredResourceAccess": [{"resourceAppId": NOBODY, "resourceAccess": []}],
    }
    made = graph.ok("POST", "/applications", body)
    assert made["web"]["redirectUris"] == ["https://a.example"]
    assert made["web"]["homePageUrl"] == "https://a.example"
    assert made["api"]["requestedAccessTokenVersion"] == 2
    assert made["requiredResourceAccess"] == body["requiredResourceAccess"]
    assert made["signInAudience"] == "AzureADMyOrg"
    assert made["createdDateTime"] == "2027-01-15T08:00:00Z"
    path = f"/applications/{made['id']}"
    changes = {"displayName": "site", "web": {"logoutUrl": "https://a.example/out"}}
    assert graph.call("PATCH", path, changes).status == 204
    by_app_id = f"/applications(appId='{made['appId']}')"
    shown = graph.ok("GET", by_app_id)
    assert shown == graph.ok("GET", f"/applications('{made['id']}')")
    assert shown["displayName"] == "site"
    assert shown["web"]["redirectUris"] == ["https://a.example"]
    assert shown["web"]["logoutUrl"] == "https://a.example/out"
    assert graph.call("DELETE", by_app_id).status == 204
    assert graph.error("GET", path) == (404, "Request_ResourceNotFound")


def test_people_sign_in_by_what_graph_wrote(graph: GraphWorld) -> None:
    uri = "http://localhost/callback"
    made = graph.ok(
        "POST",
        "/applications",
        {
            "displayName": "desktop",
            "isFallbackPublicClient": True,
            "signInAudience": "AzureADMultipleOrgs",
            "publicClient": {"redirectUris": [uri]},
            "spa": {"redirectUris": ["https://spa.example"]},
            "web": {"implicitGrantSettings": {"enableIdTokenIssuance": True}},
        },
    )
    kept = directory.application(graph.cloud, made["appId"])
    assert kept is not None
    assert kept["redirectUris"] == {"publicClient": [uri], "spa": ["https://spa.example"]}
    assert kept["implicitGrantSettings"] == {"enableIdTokenIssuance": True}
    assert (kept["isFallbackPublicClient"], kept["signInAudience"]) == (True, "AzureADMultipleOrgs")


def test_what_an_application_offers_is_disabled_before_it_goes(graph: GraphWorld) -> None:
    role = {"id": NOBODY, "value": "Task.Do", "displayName": "Do", "isEnabled": True}
    body = {"displayName": "api", "appRoles": [{**role, "allowedMemberTypes": ["Application"]}]}
    path = f"/applications/{graph.ok('POST', '/applications', body)['id']}"
    refused = graph.error("PATCH", path, {"appRoles": []})
    assert refused == (400, "CannotDeleteOrUpdateEnabledEntitlement")
    graph.ok("PATCH", path, {"appRoles": [{**role, "isEnabled": False}]})
    graph.ok("PATCH", path, {"appRoles": []})
    scope = {"id": NOBODY, "value": "read", "isEnabled": True}
    graph.ok("PATCH", path, {"api": {"oauth2PermissionScopes": [scope]}})
    assert graph.ok("GET", path)["api"]["oauth2PermissionScopes"][0]["value"] == "read"
    refused = graph.error("PATCH", path, {"api": {"oauth2PermissionScopes": []}})
    assert refused == (400, "CannotDeleteOrUpdateEnabledEntitlement")
    twice = {"api": {"oauth2PermissionScopes": [scope, {**scope, "value": "write"}]}}
    assert graph.error("PATCH", path, twice) == (400, "DuplicateValue")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"displayName": ""},
        {"displayName": 1},
        {"displayName": "a", "colour": "red"},
        {"displayName": "a", "appId": NOBODY},
        {"displayName": "a", "tags": [1]},
        {"displayName": "a", "web": {"redirectUris": ["javascript:alert(1)"]}},
        {"displayName": "a", "web": {"nothing": 1}},
        {"displayName": "a", "web": []},
        {"displayName": "a", "signInAudience": "Everyone"},
        {"displayName": "a", "identifierUris": ["no uri"]},
        {"displayName": "a", "appRoles": [{"id": "x", "value": "y"}]},
        {"displayName": "a", "api": {"requestedAccessTokenVersion": 3}},
        {"displayName": "a", "keyCredentials": [{"key": "bm90aGluZw=="}]},
        {"displayName": "a", "isFallbackPublicClient": "yes"},
    ],
)
def test_a_wrong_application_is_refused(graph: GraphWorld, body: Document) -> None:
    before = len(graph.cloud.state.under("application"))
    assert graph.error("POST", "/applications", body) == (400, "Request_BadRequest")
    assert len(graph.cloud.state.under("application")) == before


def test_no_two_applications_have_the_same_uri(graph: GraphWorld) -> None:
    body = {"displayName": "a", "identifierUris": ["api://one"]}
    made = graph.ok("POST", "/applications", body)
    assert graph.error("POST", "/applications", body)[0] == 400
    graph.ok("PATCH", f"/applications/{made['id']}", {"identifierUris": ["api://one"]})


def test_an_applications_end_is_that_of_its_principal(graph: GraphWorld) -> None:
    app = graph.ok("POST", "/applications", {"displayName": "gone"})
    principal = graph.ok("POST", "/servicePrincipals", {"appId": app["appId"]})
    secret = graph.ok("POST", f"/applications/{app['id']}/addPassword", {})["secretText"]
    graph.ok("DELETE", f"/applications/{app['id']}")
    assert graph.error("GET", f"/servicePrincipals/{principal['id']}")[0] == 404
    status, answer = graph.sign_in(app["appId"], client_secret=secret)
    assert (status, answer["error_codes"]) == (400, [700016])


def test_a_service_principal_is_created_once_and_for_an_application(graph: GraphWorld) -> None:
    app = graph.ok("POST", "/applications", {"displayName": "a", "identifierUris": ["api://a"]})
    body = {"appId": app["appId"], "accountEnabled": True}
    made = graph.ok("POST", "/servicePrincipals", body)
    assert made["servicePrincipalNames"] == [app["appId"], "api://a"]
    assert made["appOwnerOrganizationId"] == graph.tenant
    assert graph.call("POST", "/servicePrincipals", body).status == 409
    missing = graph.call("POST", "/servicePrincipals", {"appId": NOBODY})
    assert missing.status == 400
    assert b" does not reference " in missing.body
    path = f"/servicePrincipals(appId='{app['appId']}')"
    graph.ok("PATCH", path, {"accountEnabled": False, "tags": ["t"]})
    assert graph.ok("GET", path)["tags"] == ["t"]
    secret = graph.ok("POST", f"{path}/addPassword", {})["secretText"]
    assert graph.sign_in(app["appId"], client_secret=secret)[1]["error_codes"] == [7000112]
    graph.ok("PATCH", path, {"accountEnabled": True})
    assert graph.sign_in(app["appId"], client_secret=secret)[0] == 200
    graph.ok("DELETE", path)
    assert graph.sign_in(app["appId"], client_secret=secret)[1]["error_codes"] == [7000229]


def test_a_rename_reaches_the_service_principal(graph: GraphWorld) -> None:
    app = graph.ok("POST", "/applications", {"displayName": "old"})
    made = graph.ok("POST", "/servicePrincipals", {"appId": app["appId"]})
    graph.ok("PATCH", f"/applications/{app['id']}", {"displayName": "new"})
    shown = graph.ok("GET", f"/servicePrincipals/{made['id']}")
    assert (shown["displayName"], shown["appDisplayName"]) == ("new", "new")


def test_a_managed_identity_is_shown_and_stays_with_its_resource(graph: GraphWorld) -> None:
    resource = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/web1"
    made = directory.create_managed_identity_principal(
        graph.cloud, display_name="web1", resource_id=resource
    )
    found = graph.value(
        "/servicePrincipals", filter=f"servicePrincipalNames/any(c:c eq '{made['appId']}')"
    )
    assert [each["alternativeNames"] for each in found] == [["isExplicit=False", resource]]
    assert found[0]["servicePrincipalType"] == "ManagedIdentity"
    assert graph.error("DELETE", f"/servicePrincipals/{made['id']}") == (400, "Request_BadRequest")


def test_microsofts_own_principals_are_there(graph: GraphWorld) -> None:
    path = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')"
    shown = graph.ok("GET", path)
    assert shown["displayName"] == "Microsoft Graph"
    assert "Directory.Read.All" in [role["value"] for role in shown["appRoles"]]
    assert "User.Read" in [scope["value"] for scope in shown["oauth2PermissionScopes"]]
    assert graph.error("DELETE", path) == (400, "Request_BadRequest")
    assert len(graph.value("/servicePrincipals", filter="displayName eq 'Azure Storage'")) == 1


def test_objects_are_found_by_ids_of_any_kind(graph: GraphWorld) -> None:
    app = graph.ok("POST", "/applications", {"displayName": "a"})
    user = graph.user("ana")
    ids = [app["id"], user.upper(), graph.admin, NOBODY, user]
    types = ["user", "group", "servicePrincipal", "directoryObjectPartnerReference"]
    path = "/directoryObjects/getByIds"
    found = graph.ok("POST", path, {"ids": ids, "types": types})["value"]
    assert [(each["@odata.type"], each["id"]) for each in found] == [
        ("#microsoft.graph.user", user),
        ("#microsoft.graph.servicePrincipal", graph.admin),
    ]
    assert len(graph.ok("POST", path, {"ids": ids})["value"]) == 3
    assert graph.ok("GET", f"/directoryObjects/{app['id']}")["@odata.type"] == (
        "#microsoft.graph.application"
    )
    assert graph.error("POST", path, {"ids": "x"}) == (400, "Request_BadRequest")
    assert graph.error("GET", f"/directoryObjects/{NOBODY}")[0] == 404


def test_owners_are_added_listed_and_removed(graph: GraphWorld) -> None:
    app = graph.ok("POST", "/applications", {"displayName": "a"})
    user = graph.user("ana")
    path = f"/applications/{app['id']}/owners"
    assert [each["id"] for each in graph.value(path)] == [graph.admin]
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"}
    graph.ok("POST", f"{path}/$ref", reference)
    assert b"already exist" in graph.call("POST", f"{path}/$ref", reference).body
    assert {each["id"] for each in graph.value(path)} == {graph.admin, user}
    assert [each["id"] for each in graph.value("/me/ownedObjects", as_=user)] == [app["id"]]
    graph.ok("DELETE", f"{path}/{user}/$ref")
    assert graph.error("DELETE", f"{path}/{user}/$ref")[0] == 404
    wrong = {"@odata.id": "https://elsewhere.example/x"}
    assert graph.error("POST", f"{path}/$ref", wrong) == (400, "Request_BadRequest")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"a":' * 2000])
def test_a_body_that_is_no_object_is_refused(graph: GraphWorld, content: bytes) -> None:
    headers = {"authorization": f"Bearer {graph.tokens[graph.admin]}"}
    url = f"{graph.cloud.endpoints.graph}/v1.0/applications"
    response = graph.cloud.handle(Request("POST", url, headers, content))
    assert response.status == 400
    assert json.loads(response.body)["error"]["code"] == "Request_BadRequest"

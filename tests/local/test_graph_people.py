"""Users, groups and who is in them, through Graph."""

from __future__ import annotations

from typing import Any

import pytest
from test_graph_world import NOBODY, GraphWorld, graph

from entrada.local import people, rbac
from entrada.local.arm import operations
from entrada.local.state import Document

__all__ = ["graph"]

NEW_USER: Document = {
    "accountEnabled": True,
    "displayName": "Bo",
    "mailNickname": "bo",
    "userPrincipalName": "bo@entrada.onmicrosoft.com",
    "passwordProfile": {"password": "Str0ng-p4ssw0rd", "forceChangePasswordNextSignIn": False},
}
NEW_GROUP: Document = {
    "displayName": "crew",
    "mailNickname": "crew",
    "mailEnabled": False,
    "securityEnabled": True,
}


def _reference(graph: GraphWorld, object_id: str) -> dict[str, str]:
    return {"@odata.id": f"{graph.cloud.endpoints.graph}/v1.0/directoryObjects/{object_id}"}


def _group(graph: GraphWorld, name: str, *members: str) -> str:
    made = graph.ok("POST", "/groups", {**NEW_GROUP, "displayName": name})
    for member in members:
        graph.ok("POST", f"/groups/{made['id']}/members/$ref", _reference(graph, member))
    return str(made["id"])


def _ids(found: list[Any]) -> set[str]:
    return {each["id"] for each in found}


def test_a_user_signs_in_with_the_password_that_graph_was_given(graph: GraphWorld) -> None:
    made = graph.ok("POST", "/users", {**NEW_USER, "jobTitle": "pilot"})
    assert (made["userPrincipalName"], made["jobTitle"]) == (NEW_USER["userPrincipalName"], "pilot")
    assert "accountEnabled" not in made
    assert people.sign_in(graph.cloud, "bo@entrada.onmicrosoft.com", "Str0ng-p4ssw0rd")
    by_name = "/users/BO@entrada.onmicrosoft.com"
    assert graph.ok("GET", by_name)["id"] == made["id"]
    shown = graph.ok("GET", by_name, select="id,accountEnabled,passwordProfile,userType")
    assert {name: shown[name] for name in ("accountEnabled", "passwordProfile", "userType")} == {
        "accountEnabled": True,
        "passwordProfile": None,
        "userType": "Member",
    }
    graph.ok("PATCH", by_name, {"passwordProfile": {"password": "An0ther-0ne"}})
    with pytest.raises(people.SignInFailure) as expired:
        people.sign_in(graph.cloud, made["userPrincipalName"], "An0ther-0ne")
    assert expired.value.code == 50055
    graph.ok("PATCH", by_name, {"passwordProfile": {"forceChangePasswordNextSignIn": False}})
    assert people.sign_in(graph.cloud, made["userPrincipalName"], "An0ther-0ne")
    graph.ok("PATCH", by_name, {"accountEnabled": False, "displayName": "Robert"})
    with pytest.raises(people.SignInFailure):
        people.sign_in(graph.cloud, made["userPrincipalName"], "An0ther-0ne")
    assert graph.ok("GET", by_name)["displayName"] == "Robert"


def test_nothing_of_a_password_goes_out(graph: GraphWorld) -> None:
    made = graph.ok("POST", "/users", NEW_USER)
    kept = people.user(graph.cloud, made["id"]) or {}
    for path in ("/users", f"/users/{made['id']}", f"/directoryObjects/{made['id']}"):
        body = graph.call("GET", path, select="*").body.decode()
        assert "passwordHash" not in body
        assert kept["passwordHash"] not in body
        assert "Str0ng" not in body


@pytest.mark.parametrize(
    "changes",
    [
        {"displayName": None},
        {"accountEnabled": None},
        {"userPrincipalName": "no-domain"},
        {"userPrincipalName": "bo@elsewhere.example"},
        {"passwordProfile": {"password": "short"}},
        {"passwordProfile": None},
        {"colour": "red"},
        {"passwordHash": "x"},
        {"mfaRequired": True},
    ],
)
def test_a_wrong_user_is_refused(graph: GraphWorld, changes: Document) -> None:
    assert graph.error("POST", "/users", {**NEW_USER, **changes}) == (400, "Request_BadRequest")
    assert people.users(graph.cloud) == []


def test_a_principal_name_is_taken_once(graph: GraphWorld) -> None:
    graph.ok("POST", "/users", NEW_USER)
    again = graph.error("POST", "/users", NEW_USER)
    assert again == (400, "Request_MultipleObjectsWithSameKeyValue")
    other = graph.user("cy")
    upn = {"userPrincipalName": NEW_USER["userPrincipalName"]}
    assert graph.error("PATCH", f"/users/{other}", upn)[0] == 400


def test_a_deleted_user_is_gone_from_its_groups(graph: GraphWorld) -> None:
    user = graph.user("ana")
    group = _group(graph, "crew", user)
    graph.ok("DELETE", f"/users/{user}")
    assert graph.value(f"/groups/{group}/members") == []
    assert graph.error("GET", f"/users/{user}")[0] == 404
    assert graph.error("GET", "/me", as_=user) == (401, "Authorization_IdentityNotFound")


def test_me_is_who_is_signed_in(graph: GraphWorld) -> None:
    user = graph.user("ana")
    assert graph.ok("GET", "/me", as_=user)["id"] == user
    assert graph.ok("GET", "/me", as_=user, version="beta")["id"] == user
    refused = graph.call("GET", "/me")
    assert refused.status == 400
    assert b"/me request is only valid with delegated authentication flow" in refused.body


def test_a_role_given_to_a_group_is_its_members_own(graph: GraphWorld) -> None:
    user = graph.user("ana")
    inner = _group(graph, "inner", user)
    outer = _group(graph, "outer", inner)
    subscription = operations.resource_id(graph.cloud, "g", "a/b", "c").split("/resourceGroups")[0]
    operations.assign_role(graph.cloud, principal_id=outer, role="Reader", scope=subscription)
    action = "Microsoft.Resources/subscriptions/read"
    assert rbac.decide(graph.cloud, user, action, subscription).allowed
    graph.ok("DELETE", f"/groups/{outer}/members/{inner}/$ref")
    assert not rbac.decide(graph.cloud, user, action, subscription).allowed


def test_memberships_are_seen_from_both_sides(graph: GraphWorld) -> None:
    user = graph.user("ana")
    inner = _group(graph, "inner", user)
    outer = _group(graph, "outer", inner)
    assert _ids(graph.value(f"/groups/{outer}/members")) == {inner}
    assert _ids(graph.value(f"/groups/{outer}/transitiveMembers")) == {inner, user}
    assert _ids(graph.value(f"/users/{user}/memberOf")) == {inner}
    assert _ids(graph.value("/me/transitiveMemberOf", as_=user)) == {inner, outer}
    checked = {"groupIds": [outer, NOBODY]}
    for path in (f"/users/{user}", f"/directoryObjects/{user}"):
        assert graph.ok("POST", f"{path}/checkMemberGroups", checked)["value"] == [outer]
    wanted = {"securityEnabledOnly": True}
    found = graph.ok("POST", f"/users/{user}/getMemberGroups", wanted)["value"]
    assert set(found) == {inner, outer}
    assert graph.ok("POST", f"/groups/{inner}/getMemberGroups", {})["value"] == [outer]
    many = {"groupIds": [NOBODY] * 21}
    assert graph.error("POST", f"/users/{user}/checkMemberGroups", many)[0] == 400


def test_member_objects_have_directory_roles_too(graph: GraphWorld) -> None:
    path = f"/servicePrincipals/{graph.admin}/getMemberObjects"
    found = graph.ok("POST", path, {"securityEnabledOnly": False})["value"]
    assert found == ["62e90394-69f5-4237-9190-012177145e10"]


def test_a_member_is_added_once_and_never_in_a_circle(graph: GraphWorld) -> None:
    user = graph.user("ana")
    inner = _group(graph, "inner", user)
    outer = _group(graph, "outer", inner)
    path = f"/groups/{inner}/members/$ref"
    assert b"already exist" in graph.call("POST", path, _reference(graph, user)).body
    for circle in (inner, outer):
        refused = graph.error("POST", path, _reference(graph, circle))
        assert refused == (400, "Request_BadRequest")
    missing = graph.call("POST", path, _reference(graph, NOBODY))
    assert missing.status == 404
    assert b" does not exist " in missing.body
    assert graph.error("DELETE", f"/groups/{inner}/members/{NOBODY}/$ref")[0] == 404


def test_a_group_is_created_with_members_and_changed(graph: GraphWorld) -> None:
    ana, bo = graph.user("ana"), graph.user("bo")
    bound = [f"https://graph.microsoft.com/v1.0/users/{ana}"]
    made = graph.ok("POST", "/groups", {**NEW_GROUP, "members@odata.bind": bound}, as_=bo)
    path = f"/groups/{made['id']}"
    assert _ids(graph.value(f"{path}/members")) == {ana}
    assert _ids(graph.value(f"{path}/owners")) == {bo}
    graph.ok("PATCH", path, {"description": "of four"})
    graph.ok("PATCH", path, {"members@odata.bind": [_reference(graph, bo)["@odata.id"]]})
    shown = graph.ok("GET", path, expand="members,owners")
    assert (shown["description"], shown["displayName"]) == ("of four", "crew")
    assert _ids(shown["members"]) == {ana, bo}
    assert [each["@odata.type"] for each in shown["owners"]] == ["#microsoft.graph.user"]
    graph.ok("DELETE", path)
    assert graph.value("/groups") == []
    for name in NEW_GROUP:
        lacking = {key: value for key, value in NEW_GROUP.items() if key != name}
        assert graph.error("POST", "/groups", lacking) == (400, "Request_BadRequest")


def test_ended_sign_ins_are_challenged(graph: GraphWorld) -> None:
    user, other = graph.user("ana", cae=True), graph.user("bo")
    assert graph.call("GET", "/me", as_=user).status == 200
    path = f"/users/{user}/revokeSignInSessions"
    assert graph.error("POST", path, as_=other) == (403, "Authorization_RequestDenied")
    assert graph.ok("POST", path)["value"] is True
    response = graph.call("GET", "/me", as_=user)
    assert response.status == 401
    assert 'error="insufficient_claims"' in response.headers["www-authenticate"]


def test_people_end_their_own_sign_ins(graph: GraphWorld) -> None:
    user = graph.user("ana", client=graph.admin, cae=True)
    assert graph.ok("POST", "/me/revokeSignInSessions", as_=user)["value"] is True
    assert graph.call("GET", "/me", as_=user).status == 401


def test_the_tenant_shows_itself(graph: GraphWorld) -> None:
    organization = graph.value("/organization")[0]
    assert organization["id"] == graph.tenant
    assert graph.value("/domains")[0]["id"] == organization["verifiedDomains"][0]["name"]
    assert graph.ok("GET", f"/organization/{graph.tenant}")["displayName"] == "Entrada Local"
    assert graph.ok("GET", "/domains/entrada.onmicrosoft.com")["isDefault"]
    assert graph.error("GET", "/domains/elsewhere.example")[0] == 404

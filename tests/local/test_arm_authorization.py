"""Role definitions and role assignments through ARM."""

from __future__ import annotations

import json
import uuid
from typing import Any
from urllib.parse import quote

import pytest
from test_arm_resources import SITE, ArmWorld, arm

from entrada._engine.effects import Response
from entrada.local import rbac
from entrada.local.arm import operations

__all__ = ["arm"]

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments"
DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions"


def _role(arm: ArmWorld, guid: str) -> str:
    return f"{arm.scope}{DEFINITIONS}/{guid}"


def _put(
    arm: ArmWorld, scope: str, principal: str, role: str = READER, name: str = "", **more: object
) -> Response:
    properties = {"roleDefinitionId": _role(arm, role), "principalId": principal, **more}
    path = f"{scope.rstrip('/')}{ASSIGNMENTS}/{name or uuid.uuid4()}"
    return arm.call("PUT", path, {"properties": properties})


def _code(response: Response) -> tuple[int, str]:
    return response.status, json.loads(response.body)["error"]["code"]


def _list(arm: ArmWorld, scope: str, text: str = "") -> Any:
    query = f"&$filter={quote(text)}" if text else ""
    return arm.ok("GET", f"{scope}{ASSIGNMENTS}", query=query)["value"]


def test_a_role_assignment_is_created_shown_and_deleted(arm: ArmWorld) -> None:
    someone, name = arm.principal("someone"), str(uuid.uuid4())
    created = _put(arm, arm.group, someone, name=name, description="because")
    body = json.loads(created.body)
    assert created.status == 201
    assert body == {
        "id": f"{arm.group}{ASSIGNMENTS}/{name}",
        "name": name,
        "type": "Microsoft.Authorization/roleAssignments",
        "properties": {
            "roleDefinitionId": _role(arm, READER),
            "principalId": someone,
            "principalType": "ServicePrincipal",
            "scope": arm.group,
            "condition": None,
            "conditionVersion": None,
            "createdOn": "2027-01-15T08:00:00Z",
            "updatedOn": "2027-01-15T08:00:00Z",
            "createdBy": arm.owner,
            "updatedBy": arm.owner,
            "delegatedManagedIdentityResourceId": None,
            "description": "because",
        },
    }
    assert arm.ok("GET", body["id"]) == body
    assert arm.ok("GET", body["id"].lower()) == body
    assert arm.ok("DELETE", body["id"]) == body
    assert arm.call("DELETE", body["id"]).status == 204
    assert arm.error("GET", body["id"]) == (404, "RoleAssignmentNotFound")


@pytest.mark.parametrize("scope", ["", "{mg}", "{sub}", "{group}", "{site}", "{site}/slots/blue"])
def test_a_role_can_be_assigned_at_any_scope(arm: ArmWorld, scope: str) -> None:
    operations.assign_role(arm.cloud, principal_id=arm.owner, role="Owner", scope="/")
    site = arm.ok("PUT", arm.resource("Microsoft.Web/sites", "web1"), SITE)["id"]
    mg = f"/providers/Microsoft.Management/managementGroups/{arm.tenant}"
    place = scope.format(mg=mg, sub=arm.scope, group=arm.group, site=site)
    response = _put(arm, place, arm.principal("someone"))
    body = json.loads(response.body)
    assert response.status == 201
    assert body["properties"]["scope"] == (place or "/")
    assert arm.ok("GET", body["id"]) == body


def test_an_assignment_takes_effect_at_once(arm: ArmWorld) -> None:
    someone = arm.principal("someone")
    assert arm.call("GET", arm.group, as_=someone).status == 403
    assignment = json.loads(_put(arm, arm.group, someone).body)
    assert arm.call("GET", arm.group, as_=someone).status == 200
    arm.call("DELETE", assignment["id"])
    assert arm.call("GET", arm.group, as_=someone).status == 403


def test_the_kind_of_principal_is_read_from_the_directory(arm: ArmWorld) -> None:
    for kind, name in (("user", "User"), ("group", "Group")):
        object_id = str(uuid.uuid4())
        arm.cloud.state.put(kind, object_id, {"id": object_id})
        body = json.loads(_put(arm, arm.group, object_id.upper()).body)
        assert body["properties"]["principalType"] == name
        assert body["properties"]["principalId"] == object_id
    wrong = _put(arm, arm.scope, arm.principal("someone"), principalType="User")
    assert _code(wrong) == (400, "UnmatchedPrincipalType")


def test_an_unknown_principal_is_named_as_azure_does(arm: ArmWorld) -> None:
    nobody = "11111111-2222-3333-4444-555555555555"
    response = _put(arm, arm.group, nobody)
    error = json.loads(response.body)["error"]
    assert (response.status, error["code"]) == (400, "PrincipalNotFound")
    assert error["message"].startswith(
        f"Principal 11111111222233334444555555555555 does not exist in the directory {arm.tenant}. "
    )


def test_wrong_assignments_are_refused(arm: ArmWorld) -> None:
    someone, name = arm.principal("someone"), str(uuid.uuid4())
    assert _put(arm, arm.group, someone, name=name).status == 201
    assert _put(arm, arm.group, someone, name=name).status == 200
    assert _code(_put(arm, arm.group, someone)) == (409, "RoleAssignmentExists")
    assert _code(_put(arm, arm.group, someone, OWNER, name)) == (
        409,
        "RoleAssignmentUpdateNotPermitted",
    )
    assert _code(_put(arm, arm.group, someone, str(uuid.uuid4()))) == (
        404,
        "RoleDefinitionDoesNotExist",
    )
    assert _code(_put(arm, arm.group, someone, name="friendly")) == (
        400,
        "InvalidRoleAssignmentId",
    )
    refused = _put(arm, arm.scope, someone, condition="@Resource[x] StringEquals 'y'")
    assert _code(refused) == (400, "RoleAssignmentConditionNotSupported")
    assert b"leave the condition out" in refused.body


def test_an_assignment_needs_a_scope_that_exists(arm: ArmWorld) -> None:
    someone = arm.principal("someone")
    operations.assign_role(arm.cloud, principal_id=arm.owner, role="Owner", scope="/")
    other = "/subscriptions/11111111-2222-3333-4444-555555555555"
    for scope, error in (
        (f"{arm.scope}/resourceGroups/rg9", (404, "ResourceGroupNotFound")),
        (arm.resource("Microsoft.Web/sites", "web9"), (404, "ResourceNotFound")),
        (other, (404, "SubscriptionNotFound")),
        (f"{arm.scope}/resourceGroups", (400, "InvalidScope")),
        ("/elsewhere", (400, "InvalidScope")),
    ):
        assert _code(_put(arm, scope, someone)) == error


def test_assignments_are_listed_above_and_below_or_only_above(arm: ArmWorld) -> None:
    someone = arm.principal("someone")
    site = arm.ok("PUT", arm.resource("Microsoft.Web/sites", "web1"), SITE)["id"]
    for scope in ("/", arm.group, site):
        operations.assign_role(arm.cloud, principal_id=someone, role="Reader", scope=scope)

    def scopes(scope: str, text: str) -> list[str]:
        found = (each["properties"]["scope"] for each in _list(arm, scope, text))
        return sorted(found, key=len)

    mine = f"principalId eq '{someone}'"
    assert scopes(arm.scope, mine) == ["/", arm.group, site]
    assert scopes(arm.group, f"atScope() and {mine}") == ["/", arm.group]
    assert scopes(site, f"{mine} and atScope()") == ["/", arm.group, site]
    assert scopes(arm.scope, "atScope()") == ["/", arm.scope]
    assert len(_list(arm, arm.scope)) == 4


def test_assigned_to_includes_groups_where_principal_id_does_not(arm: ArmWorld) -> None:
    someone, team = arm.principal("someone"), str(uuid.uuid4())
    arm.cloud.state.put("group", team, {"id": team, "members": [someone]})
    operations.assign_role(arm.cloud, principal_id=team, role="Reader", scope=arm.group)
    assert len(_list(arm, arm.scope, f"assignedTo('{someone}')")) == 1
    assert len(_list(arm, arm.group, f"atScope() and assignedTo('{someone}')")) == 1
    assert _list(arm, arm.scope, f"principalId eq '{someone}'") == []


@pytest.mark.parametrize("text", ["nonsense", "principalId ne 'x'", "atScope() or atScope()"])
def test_a_filter_that_is_not_understood_is_refused(arm: ArmWorld, text: str) -> None:
    query = f"&$filter={quote(text)}"
    assert arm.error("GET", f"{arm.scope}{ASSIGNMENTS}", query=query) == (400, "UnsupportedQuery")


def test_only_who_may_assign_roles_assigns_them(arm: ArmWorld) -> None:
    contributor = arm.principal("contributor")
    operations.assign_role(arm.cloud, principal_id=contributor, role="Contributor", scope=arm.scope)
    body = {"properties": {"roleDefinitionId": _role(arm, OWNER), "principalId": contributor}}
    path = f"{arm.group}{ASSIGNMENTS}/{uuid.uuid4()}"
    response = arm.call("PUT", path, body, as_=contributor)
    assert response.status == 403
    assert b"Role Based Access Control Administrator" in response.body


def test_a_role_definition_has_one_id_at_every_scope(arm: ArmWorld) -> None:
    for scope in (arm.scope, arm.group):
        query = "&$filter=" + quote("roleName eq 'Storage Blob Data Reader'")
        (found,) = arm.ok("GET", f"{scope}{DEFINITIONS}", query=query)["value"]
        assert found["id"] == _role(arm, "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1")
        assert arm.ok("GET", f"{scope}{DEFINITIONS}/{found['name']}") == found
    assert found["properties"]["type"] == "BuiltInRole"
    assert found["properties"]["assignableScopes"] == ["/"]
    assert found["properties"]["permissions"][0]["dataActions"] == [
        "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
    ]
    missing = f"{arm.scope}{DEFINITIONS}/{uuid.uuid4()}"
    assert arm.error("GET", missing) == (404, "RoleDefinitionDoesNotExist")


def _custom(arm: ArmWorld, name: str = "Site Restarter", scope: str = "") -> dict[str, Any]:
    return {
        "properties": {
            "roleName": name,
            "description": "Restarts sites.",
            "permissions": [{"actions": ["Microsoft.Web/sites/restart/action"]}],
            "assignableScopes": [scope or arm.group],
        }
    }


def test_a_custom_role_is_created_assigned_and_deleted_when_nobody_has_it(arm: ArmWorld) -> None:
    guid = str(uuid.uuid4())
    path = f"{arm.group}{DEFINITIONS}/{guid}"
    created = arm.ok("PUT", path, _custom(arm))
    assert created["properties"]["type"] == "CustomRole"
    custom = "&$filter=" + quote("type eq 'CustomRole'")
    assert arm.ok("GET", f"{arm.group}{DEFINITIONS}", query=custom)["value"] == [created]
    assert arm.ok("GET", f"{arm.scope}{DEFINITIONS}", query=custom)["value"] == []
    someone = arm.principal("someone")
    assert _code(_put(arm, arm.scope, someone, guid)) == (404, "RoleDefinitionDoesNotExist")
    assignment = json.loads(_put(arm, arm.group, someone, guid).body)
    action = "Microsoft.Web/sites/restart/action"
    assert rbac.decide(arm.cloud, someone, action, arm.group).allowed
    assert arm.error("DELETE", path) == (400, "RoleDefinitionHasAssignments")
    arm.call("DELETE", assignment["id"])
    assert arm.ok("DELETE", path) == created
    assert arm.call("DELETE", path).status == 204


def test_wrong_custom_roles_are_refused(arm: ArmWorld) -> None:
    path = f"{arm.scope}{DEFINITIONS}/{uuid.uuid4()}"
    arm.ok("PUT", path, _custom(arm))
    other = f"{arm.scope}{DEFINITIONS}/{uuid.uuid4()}"
    for name in ("site restarter", "Reader"):
        assert arm.error("PUT", other, _custom(arm, name)) == (
            409,
            "RoleDefinitionWithSameNameExists",
        )
    for body in ({}, {"properties": {"roleName": "x", "permissions": []}}):
        assert arm.error("PUT", other, body) == (400, "InvalidRoleDefinition")
    assert arm.error("PUT", _role(arm, READER), _custom(arm, "Mine")) == (
        403,
        "RoleDefinitionNotModifiable",
    )
    assert arm.error("DELETE", _role(arm, READER)) == (403, "RoleDefinitionNotModifiable")
    assert arm.error("PUT", other, _custom(arm, "Everywhere", "/")) == (403, "AuthorizationFailed")

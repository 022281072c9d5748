"""Managed identities in ARM: those of resources, those of their own, federated credentials."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_arm_resources import HERE, IDENTITIES, SITE, ArmWorld, arm

from entrada.local import directory
from entrada.local.arm import operations

__all__ = ["arm"]

SYSTEM = {"type": "SystemAssigned"}
CREDENTIAL = {
    "issuer": "https://issuer.example",
    "subject": "system:serviceaccount:default:app",
    "audiences": ["api://AzureADTokenExchange"],
}


def _site(arm: ArmWorld, identity: object, method: str = "PUT") -> Any:
    body = {**SITE, "identity": identity} if method == "PUT" else {"identity": identity}
    return arm.ok(method, arm.resource("Microsoft.Web/sites", "web1"), body)


def _user_assigned(arm: ArmWorld, name: str) -> Any:
    return arm.ok("PUT", arm.resource(IDENTITIES, name), HERE)


def test_enabling_a_system_assigned_identity_makes_a_service_principal(arm: ArmWorld) -> None:
    site = _site(arm, SYSTEM)
    principal = directory.principal(arm.cloud, site["identity"]["principalId"])
    assert site["identity"] == {
        "type": "SystemAssigned",
        "principalId": site["identity"]["principalId"],
        "tenantId": arm.tenant,
    }
    assert principal is not None
    assert principal["servicePrincipalType"] == "ManagedIdentity"
    assert principal["alternativeNames"] == ["isExplicit=False", site["id"]]
    assert principal["displayName"] == "web1"


def test_an_identity_stays_the_same_while_it_is_enabled(arm: ArmWorld) -> None:
    first = _site(arm, SYSTEM)["identity"]
    assert _site(arm, SYSTEM)["identity"] == first
    without = arm.ok("PUT", arm.resource("Microsoft.Web/sites", "web1"), SITE)
    assert without["identity"] == first


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_disabling_a_system_assigned_identity_deletes_its_principal(
    arm: ArmWorld, method: str
) -> None:
    principal_id = _site(arm, SYSTEM)["identity"]["principalId"]
    assert _site(arm, {"type": "None"}, method)["identity"] == {"type": "None"}
    assert directory.principal(arm.cloud, principal_id) is None
    assert _site(arm, SYSTEM)["identity"]["principalId"] != principal_id


def test_a_patch_with_null_removes_the_identity(arm: ArmWorld) -> None:
    principal_id = _site(arm, SYSTEM)["identity"]["principalId"]
    assert "identity" not in _site(arm, None, "PATCH")
    assert "identity" not in _site(arm, None, "PATCH")
    assert directory.principal(arm.cloud, principal_id) is None


def test_deleting_a_resource_deletes_its_principal(arm: ArmWorld) -> None:
    site = _site(arm, SYSTEM)
    arm.call("DELETE", site["id"])
    assert directory.principal(arm.cloud, site["identity"]["principalId"]) is None


@pytest.mark.parametrize("text", ["SystemAssigned, UserAssigned", "SystemAssigned,UserAssigned"])
def test_a_resource_may_have_identities_of_both_kinds(arm: ArmWorld, text: str) -> None:
    own = _user_assigned(arm, "id1")
    identity = _site(arm, {"type": text, "userAssignedIdentities": {own["id"].lower(): {}}})
    assert identity["identity"]["type"] == "SystemAssigned, UserAssigned"
    assert identity["identity"]["userAssignedIdentities"] == {
        own["id"]: {
            "principalId": own["properties"]["principalId"],
            "clientId": own["properties"]["clientId"],
        }
    }
    reduced = _site(arm, SYSTEM)["identity"]
    assert (
        reduced
        == {name: identity["identity"][name] for name in ("principalId", "tenantId")} | SYSTEM
    )


def test_a_put_replaces_and_a_patch_adds_user_assigned_identities(arm: ArmWorld) -> None:
    one, two = (_user_assigned(arm, name)["id"] for name in ("id1", "id2"))
    kind = {"type": "UserAssigned"}
    _site(arm, {**kind, "userAssignedIdentities": {one: {}}})
    both = _site(arm, {**kind, "userAssignedIdentities": {two: {}}}, "PATCH")
    assert list(both["identity"]["userAssignedIdentities"]) == [one, two]
    assert "principalId" not in both["identity"]
    last = _site(arm, {**kind, "userAssignedIdentities": {one.upper(): None}}, "PATCH")
    assert list(last["identity"]["userAssignedIdentities"]) == [two]
    put = _site(arm, {**kind, "userAssignedIdentities": {one: {}}})
    assert list(put["identity"]["userAssignedIdentities"]) == [one]
    gone = _site(arm, {"type": "None", "userAssignedIdentities": None}, "PATCH")
    assert gone["identity"] == {"type": "None"}


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        ({"type": "Sometimes"}, "InvalidIdentityType"),
        ({"type": None}, "InvalidIdentityType"),
        ({"type": "None, SystemAssigned"}, "InvalidIdentityType"),
        ({"type": "UserAssigned"}, "LinkedInvalidPropertyId"),
    ],
)
def test_an_identity_that_cannot_be_is_refused_and_changes_nothing(
    arm: ArmWorld, identity: object, code: str
) -> None:
    before = _site(arm, SYSTEM)
    path = before["id"]
    assert arm.error("PUT", path, {**SITE, "identity": identity}) == (400, code)
    assert arm.ok("GET", path) == before


def test_an_identity_that_is_not_there_cannot_be_assigned(arm: ArmWorld) -> None:
    before = _site(arm, SYSTEM)
    for missing in (arm.resource(IDENTITIES, "id9"), before["id"]):
        asked = {"type": "UserAssigned", "userAssignedIdentities": {missing: {}}}
        body = {**SITE, "identity": asked}
        assert arm.error("PUT", before["id"], body) == (400, "FailedIdentityOperation")
    assert arm.ok("GET", before["id"]) == before


def test_a_user_assigned_identity_lives_on_its_own(arm: ArmWorld) -> None:
    created = arm.call("PUT", arm.resource(IDENTITIES, "id1"), HERE)
    body = json.loads(created.body)
    principal = directory.principal(arm.cloud, body["properties"]["principalId"])
    assert created.status == 201
    assert principal is not None
    assert principal["alternativeNames"] == ["isExplicit=True", body["id"]]
    assert body["properties"]["clientId"] == principal["appId"]
    assert body["properties"]["tenantId"] == arm.tenant
    assert _user_assigned(arm, "id1")["properties"] == body["properties"]
    for scope in (arm.group, arm.scope):
        assert arm.ok("GET", f"{scope}/providers/{IDENTITIES}")["value"] == [body]
    assert arm.call("DELETE", body["id"]).status == 200
    assert directory.principal(arm.cloud, principal["id"]) is None


def test_a_federated_credential_is_kept_on_the_service_principal(arm: ArmWorld) -> None:
    identity = _user_assigned(arm, "id1")
    path = f"{identity['id']}/federatedIdentityCredentials/fc1"
    created = arm.call("PUT", path, {"properties": CREDENTIAL})
    principal = directory.principal(arm.cloud, identity["properties"]["principalId"])
    assert created.status == 201
    assert json.loads(created.body) == {
        "id": path,
        "name": "fc1",
        "type": f"{IDENTITIES}/federatedIdentityCredentials",
        "properties": CREDENTIAL,
    }
    assert principal is not None
    (kept,) = principal["federatedIdentityCredentials"]
    assert {name: kept[name] for name in CREDENTIAL} == CREDENTIAL
    assert arm.ok("GET", path.upper().replace("SUBSCRIPTIONS", "subscriptions"))["name"] == "fc1"
    changed = {**CREDENTIAL, "subject": "other"}
    assert arm.call("PUT", path, {"properties": changed}).status == 200
    (listed,) = arm.ok("GET", path.rpartition("/")[0])["value"]
    assert listed["properties"]["subject"] == "other"
    assert [arm.call("DELETE", path).status for _ in range(2)] == [200, 204]
    assert arm.error("GET", path) == (404, "NotFound")


def test_a_wrong_federated_credential_is_refused(arm: ArmWorld) -> None:
    base = f"{_user_assigned(arm, 'id1')['id']}/federatedIdentityCredentials"
    assert arm.error("PUT", f"{base}/fc1", {"properties": {"issuer": "x"}}) == (400, "BadRequest")
    arm.ok("PUT", f"{base}/fc1", {"properties": CREDENTIAL})
    assert arm.error("PUT", f"{base}/fc2", {"properties": CREDENTIAL}) == (409, "Conflict")
    for number in range(directory.MAXIMUM_FEDERATED_CREDENTIALS - 1):
        content = {**CREDENTIAL, "subject": f"subject {number}"}
        arm.ok("PUT", f"{base}/more{number}", {"properties": content})
    last = {**CREDENTIAL, "subject": "one too many"}
    assert arm.error("PUT", f"{base}/last", {"properties": last}) == (400, "BadRequest")
    nobody = arm.resource(IDENTITIES, "id9/federatedIdentityCredentials/fc1")
    assert arm.error("PUT", nobody, {"properties": CREDENTIAL}) == (404, "ResourceNotFound")


def test_giving_a_resource_an_identity_needs_the_right_to_assign_it(arm: ArmWorld) -> None:
    own = _user_assigned(arm, "id1")
    site = _site(arm, SYSTEM)
    other = arm.principal("web team")
    operations.assign_role(
        arm.cloud, principal_id=other, role="Website Contributor", scope=arm.group
    )
    body = {"identity": {"type": "UserAssigned", "userAssignedIdentities": {own["id"]: {}}}}
    refused = arm.call("PATCH", site["id"], body, as_=other)
    error = json.loads(refused.body)["error"]
    assert (refused.status, error["code"]) == (403, "LinkedAuthorizationFailed")
    assert '--role "Managed Identity Operator"' in error["message"]
    operations.assign_role(
        arm.cloud, principal_id=other, role="Managed Identity Operator", scope=own["id"]
    )
    assert arm.ok("PATCH", site["id"], body, as_=other)["identity"]["type"] == "UserAssigned"

"""Who gets into ARM: tokens, api-versions, what a caller without rights sees."""

from __future__ import annotations

import json
import uuid
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_arm_resources import HERE, SITE, ArmWorld, arm

from entrada._engine.effects import Request
from entrada.local import directory
from entrada.local.arm import operations

__all__ = ["arm"]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
NAMES = (
    *("assignableScopes", "audiences", "identity", "issuer", "location", "permissions"),
    *("principalId", "properties", "roleDefinitionId", "roleName", "subject", "tags", "type"),
    "userAssignedIdentities",
)
STORE = "Microsoft.Storage/storageAccounts"


def _headers(arm: ArmWorld) -> dict[str, str]:
    return {"authorization": f"Bearer {arm.tokens[arm.owner]}"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "MissingApiVersionParameter"),
        ("?api-version=latest", "InvalidApiVersionParameter"),
        ("?api-version=2010-01-01", "InvalidApiVersionParameter"),
    ],
)
def test_every_request_names_an_api_version(arm: ArmWorld, query: str, code: str) -> None:
    url = f"{arm.cloud.endpoints.arm}/subscriptions{query}"
    response = arm.cloud.handle(Request("GET", url, _headers(arm)))
    assert response.status == 400
    assert json.loads(response.body)["error"]["code"] == code


def test_a_preview_api_version_is_as_good_as_any(arm: ArmWorld) -> None:
    url = f"{arm.cloud.endpoints.arm}/subscriptions?api-version=2031-12-31-preview"
    assert arm.cloud.handle(Request("GET", url, _headers(arm))).status == 200


def test_a_request_without_a_token_is_told_where_to_get_one(arm: ArmWorld) -> None:
    url = f"{arm.cloud.endpoints.arm}/subscriptions?api-version=2022-12-01"
    response = arm.cloud.handle(Request("GET", url))
    assert response.status == 401
    assert json.loads(response.body)["error"] == {
        "code": "AuthenticationFailed",
        "message": "Authentication failed. The 'Authorization' header is missing.",
    }
    assert response.headers["www-authenticate"] == (
        f'Bearer authorization_uri="{arm.cloud.endpoints.login}/{arm.tenant}", '
        'error="invalid_token", error_description="The access token is missing or invalid."'
    )
    assert arm.cloud.decisions[-1].status == 401


def test_a_token_that_is_expired_foreign_or_garbage_is_refused(arm: ArmWorld) -> None:
    principal = directory.principal(arm.cloud, arm.owner)
    assert principal is not None
    for token, code in (
        (arm.token(principal, lifetime=0), "ExpiredAuthenticationToken"),
        (arm.token(principal, "https://storage.azure.com"), "InvalidAuthenticationTokenAudience"),
        ("garbage", "InvalidAuthenticationToken"),
    ):
        assert arm.error("GET", "/subscriptions", token=token) == (401, code)


def test_the_audiences_of_public_azure_are_accepted(arm: ArmWorld) -> None:
    principal = directory.principal(arm.cloud, arm.owner)
    assert principal is not None
    for resource in ("https://management.azure.com/", "https://management.core.windows.net/"):
        assert arm.ok("GET", "/subscriptions", token=arm.token(principal, resource))["value"]


def test_a_caller_without_rights_is_told_what_is_missing_and_how_to_get_it(arm: ArmWorld) -> None:
    nobody = arm.principal("nobody")
    principal = directory.principal(arm.cloud, nobody)
    assert principal is not None
    path = arm.resource(STORE, "store1")
    response = arm.call("PUT", path, HERE, as_=nobody)
    assert response.status == 403
    assert json.loads(response.body)["error"] == {
        "code": "AuthorizationFailed",
        "message": (
            f"The client '{principal['appId']}' with object id '{nobody}' does not have "
            f"authorization to perform action '{STORE}/write' over scope '{path}' or the scope is "
            "invalid. If access was recently granted, please refresh your credentials. To grant "
            f'it: entrada role assign --assignee {nobody} --role "Storage Account Contributor" '
            f"--scope {arm.group}"
        ),
    }
    decision = arm.cloud.decisions[-1]
    assert decision.status == 403
    assert decision.service == "arm"
    assert "no role assignment" in decision.reason


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("HEAD", "", None),
        ("PUT", "", HERE),
        ("PATCH", "", {}),
        ("DELETE", "", None),
        ("GET", "/resources", None),
        ("GET", "/providers/Microsoft.Web/sites", None),
        ("GET", "/providers/Microsoft.Web/sites/web1", None),
        ("HEAD", "/providers/Microsoft.Web/sites/web1", None),
        ("PUT", "/providers/Microsoft.Web/sites/web1", SITE),
        ("PATCH", "/providers/Microsoft.Web/sites/web1", {}),
        ("DELETE", "/providers/Microsoft.Web/sites/web1", None),
        ("POST", "/providers/Microsoft.Web/sites/web1/restart", None),
        ("GET", "/providers/Microsoft.Authorization/roleAssignments", None),
        ("GET", "/providers/Microsoft.Authorization/roleDefinitions", None),
        (
            "PUT",
            "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
            "/federatedIdentityCredentials/f",
            {},
        ),
    ],
)
def test_nothing_in_a_group_is_open_to_a_caller_without_rights(
    arm: ArmWorld, method: str, path: str, body: object
) -> None:
    arm.ok("PUT", arm.resource("Microsoft.Web/sites", "web1"), SITE)
    nobody = arm.principal("nobody")
    assert arm.call(method, arm.group + path, body, as_=nobody).status == 403


def test_lists_hold_what_the_caller_may_read(arm: ArmWorld) -> None:
    operations.put_resource_group(arm.cloud, "rg2")
    site = arm.ok("PUT", arm.resource("Microsoft.Web/sites", "web1"), SITE)
    arm.ok("PUT", arm.resource("Microsoft.Web/sites", "web2"), SITE)
    reader = arm.principal("reader")
    operations.assign_role(arm.cloud, principal_id=reader, role="Reader", scope=site["id"])
    for path in (f"{arm.group}/providers/Microsoft.Web/sites", f"{arm.scope}/resources"):
        value = arm.ok("GET", path, as_=reader)["value"]
        assert [each["name"] for each in value] == ["web1"]
    assert arm.error("GET", f"{arm.scope}/resourceGroups", as_=reader)[0] == 403
    operations.assign_role(arm.cloud, principal_id=reader, role="Reader", scope=arm.group)
    value = arm.ok("GET", f"{arm.scope}/resourceGroups", as_=reader)["value"]
    assert [each["name"] for each in value] == ["rg1"]


def test_a_subscription_is_visible_to_who_has_any_role_in_it_or_above(arm: ArmWorld) -> None:
    shown = {
        "id": arm.scope,
        "subscriptionId": arm.subscription,
        "tenantId": arm.tenant,
        "displayName": "Entrada Local Subscription",
        "state": "Enabled",
        "managedByTenants": [],
        "authorizationSource": "RoleBased",
    }
    for scope in (arm.group, arm.scope, "/"):
        reader = arm.principal("reader")
        assert arm.ok("GET", "/subscriptions", as_=reader) == {"value": []}
        assert arm.error("GET", arm.scope, as_=reader) == (403, "AuthorizationFailed")
        operations.assign_role(arm.cloud, principal_id=reader, role="AcrPull", scope=scope)
        (listed,) = arm.ok("GET", "/subscriptions", as_=reader)["value"]
        assert {name: listed[name] for name in shown} == shown
        assert arm.ok("GET", arm.scope, as_=reader) == listed


def test_an_unknown_subscription_is_named_in_the_error(arm: ArmWorld) -> None:
    other = "11111111-2222-3333-4444-555555555555"
    assert arm.error("GET", f"/subscriptions/{other}") == (404, "SubscriptionNotFound")
    assert arm.error("GET", "/subscriptions/none/resourceGroups") == (400, "InvalidSubscriptionId")


def test_the_tenant_of_the_caller_is_listed(arm: ArmWorld) -> None:
    (tenant,) = arm.ok("GET", "/tenants")["value"]
    assert tenant["id"] == f"/tenants/{arm.tenant}"
    assert tenant["tenantId"] == arm.tenant
    assert tenant["defaultDomain"] == "entrada.onmicrosoft.com"


def test_a_provider_is_registered_and_knows_its_types(arm: ArmWorld) -> None:
    body = arm.ok("GET", f"{arm.scope}/providers/Microsoft.App")
    assert body["registrationState"] == "Registered"
    assert [each["resourceType"] for each in body["resourceTypes"]] == ["containerApps"]
    assert arm.ok("POST", f"{arm.scope}/providers/Microsoft.App/register") == body
    nobody = arm.principal("nobody")
    assert arm.call("GET", f"{arm.scope}/providers/Microsoft.App", as_=nobody).status == 403


def test_the_metadata_of_the_cloud_names_its_pinned_endpoints_without_a_token(
    arm: ArmWorld,
) -> None:
    url = f"{arm.cloud.endpoints.arm}/metadata/endpoints?api-version=2022-09-01"
    response = arm.cloud.handle(Request("GET", url))
    body = json.loads(response.body)
    assert response.status == 200
    assert body["resourceManager"] == arm.cloud.endpoints.arm
    assert body["authentication"]["loginEndpoint"] == arm.cloud.endpoints.login
    assert body["authentication"]["audiences"][0] == f"{arm.cloud.endpoints.arm}/"


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'"x"', b'{"a":"\\ud800"}', b"[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(arm: ArmWorld, content: bytes) -> None:
    url = f"{arm.cloud.endpoints.arm}{arm.group}?api-version=2022-12-01"
    response = arm.cloud.handle(Request("PUT", url, _headers(arm), content))
    assert response.status == 400
    assert json.loads(response.body)["error"]["code"] == "InvalidRequestContent"


@cache
def _lasting() -> ArmWorld:
    world = ArmWorld()
    identity = world.resource("Microsoft.ManagedIdentity/userAssignedIdentities", "id1")
    world.ok("PUT", identity, HERE)
    world.ok("PUT", world.resource("Microsoft.Web/sites", "web1"), SITE)
    return world


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["PUT", "PATCH"]),
    st.sampled_from(
        [
            "",
            "/providers/Microsoft.Web/sites/web1",
            "/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id1"
            "/federatedIdentityCredentials/fc1",
            f"/providers/Microsoft.Authorization/roleAssignments/{uuid.UUID(int=1)}",
            f"/providers/Microsoft.Authorization/roleDefinitions/{uuid.UUID(int=2)}",
        ]
    ),
    st.recursive(
        JSON, lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, min_size=1), max_leaves=9
    ),
)
def test_whatever_is_sent_gets_an_answer(method: str, path: str, body: object) -> None:
    arm = _lasting()
    assert arm.call(method, arm.group + path, body).status < 500
    assert arm.call("GET", arm.scope + "/resources").status == 200

"""What az asks of single types of resource: site configuration, plans, keys, associations."""

from __future__ import annotations

import json

import pytest
from test_arm_resources import HERE, IDENTITIES, SITE, ArmWorld, arm

__all__ = ["arm"]

APP_SETTINGS = {"siteConfig": {"appSettings": [{"name": "A", "value": "1"}], "linuxFxVersion": "x"}}


@pytest.fixture
def site(arm: ArmWorld) -> str:
    """Create a site that came with settings; return its id."""
    path = arm.resource("Microsoft.Web/sites", "web1")
    return str(arm.ok("PUT", path, {**SITE, "properties": APP_SETTINGS})["id"])


def test_configuration_that_nobody_wrote_follows_from_the_site(arm: ArmWorld, site: str) -> None:
    assert arm.ok("GET", f"{site}/config/web")["properties"] == {"linuxFxVersion": "x"}
    settings = arm.ok("POST", f"{site}/config/appsettings/list")
    assert settings["properties"] == {"A": "1"}
    assert settings["id"] == f"{site}/config/appsettings"
    assert settings["type"] == "Microsoft.Web/sites/config"
    assert arm.ok("POST", f"{site}/config/slotConfigNames/list")["properties"] == {}
    assert arm.error("GET", f"{site}/config/other") == (404, "ResourceNotFound")
    assert arm.error("GET", f"{site}9/config/web") == (404, "ResourceNotFound")


@pytest.mark.parametrize("settings", [5, [5], [{}], {"a": 1}])
def test_settings_of_another_shape_break_nothing(arm: ArmWorld, settings: object) -> None:
    path = arm.resource("Microsoft.Web/sites", "web1")
    for site_config in ({"appSettings": settings}, settings):
        arm.ok("PUT", path, {**SITE, "properties": {"siteConfig": site_config}})
        assert arm.call("POST", f"{path}/config/appsettings/list").status == 200
        assert arm.call("GET", f"{path}/config/web").status == 200


def test_app_settings_are_written_and_read_as_they_are(arm: ArmWorld, site: str) -> None:
    """Writing them makes them no tracked resource, and adds nothing to them."""
    written = {"properties": {"B": "2"}}
    assert arm.ok("PUT", f"{site}/config/appsettings", written)["properties"] == {"B": "2"}
    assert arm.ok("POST", f"{site}/config/appsettings/list")["properties"] == {"B": "2"}
    listed = arm.ok("GET", f"{arm.scope}/resources")["value"]
    assert [each["name"] for each in listed] == ["web1"]


def test_a_site_has_one_publishing_profile_that_leads_nowhere(arm: ArmWorld, site: str) -> None:
    answer = arm.call("POST", f"{site}/publishxml")
    assert answer.status == 200
    assert answer.body.count(b"<publishProfile ") == 1
    nobody = arm.principal("nobody")
    assert arm.error("POST", f"{site}/publishxml", as_=nobody) == (403, "AuthorizationFailed")
    assert arm.error("POST", f"{site}9/publishxml") == (404, "ResourceNotFound")


def test_a_container_app_has_a_configuration_whoever_made_it(arm: ArmWorld) -> None:
    """Az looks for secrets in it before it assigns an identity."""
    path = arm.resource("Microsoft.App/containerApps", "app1")
    properties = arm.ok("PUT", path, HERE)["properties"]
    assert (properties["configuration"], properties["template"]) == ({}, {})


def test_a_plan_is_created_with_200(arm: ArmWorld) -> None:
    """Microsoft.Web's clients take no 201."""
    path = arm.resource("Microsoft.Web/serverfarms", "plan1")
    created = arm.call("PUT", path, {**HERE, "sku": {"name": "B1"}})
    assert created.status == 200
    assert json.loads(created.body)["sku"] == {"name": "B1"}
    assert arm.error("PUT", path, {**HERE, "sku": "B1"}) == (400, "InvalidRequestContent")


def test_a_site_says_which_kind_of_plan_it_is_on(arm: ArmWorld) -> None:
    """So far as there is one: whoever makes a host for its identity needs no plan."""
    plan = arm.resource("Microsoft.Web/serverfarms", "plan1")
    arm.ok("PUT", plan, {**HERE, "sku": {"name": "B1", "tier": "Basic"}})
    path = arm.resource("Microsoft.Web/sites", "web1")
    alone = arm.ok("PUT", path, HERE)["properties"]
    assert (alone["serverFarmId"], alone["sku"]) == (None, None)
    placed = arm.ok("PUT", path, {**HERE, "properties": {"serverFarmId": plan.upper()}})
    assert placed["properties"]["sku"] == "Basic"


@pytest.mark.parametrize("action", ["listKeys", "regenerateKey", "ListAccountSas"])
def test_storage_says_that_it_has_no_keys_and_what_to_do(arm: ArmWorld, action: str) -> None:
    path = arm.resource("Microsoft.Storage/storageAccounts", "store1")
    assert arm.ok("PUT", path, HERE)["properties"]["allowSharedKeyAccess"] is False
    refused = arm.call("POST", f"{path}/{action}")
    assert refused.status == 403
    error = json.loads(refused.body)["error"]
    assert error["code"] == "KeyBasedAuthenticationNotPermitted"
    assert "--auth-mode login" in error["message"]


@pytest.mark.parametrize(
    "child",
    ["blobServices/default", "blobServices/default/containers/papers", "queueServices/default"],
)
def test_what_is_in_an_account_is_not_made_by_arm(arm: ArmWorld, child: str) -> None:
    """It would be there for ARM alone, and Storage would know nothing of it."""
    path = arm.resource("Microsoft.Storage/storageAccounts", "store1")
    arm.ok("PUT", path, HERE)
    assert arm.error("PUT", f"{path}/{child}", {}) == (404, "InvalidResourceType")


def test_a_hub_says_that_it_has_no_identity(arm: ArmWorld) -> None:
    path = arm.resource("Microsoft.Devices/IotHubs", "hub1")
    hub = arm.ok("PUT", path, HERE)
    assert hub["identity"] == {"type": "None"}
    hub = arm.ok("PUT", path, {**hub, "identity": {"type": "SystemAssigned"}})
    assert hub["identity"]["principalId"]
    assert arm.ok("PUT", path, HERE)["identity"] == hub["identity"]


def test_an_identity_lists_the_resources_that_have_it(arm: ArmWorld, site: str) -> None:
    """Whatever the casing in which it was assigned."""
    worker = arm.ok("PUT", arm.resource(IDENTITIES, "worker"), HERE)["id"]
    assert arm.ok("POST", f"{worker}/listAssociatedResources") == {"totalCount": 0, "value": []}
    identity = {"type": "UserAssigned", "userAssignedIdentities": {worker.lower(): {}}}
    arm.ok("PATCH", site, {"identity": identity})
    associated = arm.ok("POST", f"{worker}/listAssociatedResources")
    assert associated["totalCount"] == 1
    assert associated["value"][0] == {
        "id": site,
        "name": "web1",
        "type": "Microsoft.Web/sites",
        "resourceGroup": "rg1",
        "subscriptionId": arm.subscription,
        "subscriptionDisplayName": "Entrada Local Subscription",
    }


def test_an_identity_is_named_by_its_full_id(arm: ArmWorld, site: str) -> None:
    identity = {"type": "UserAssigned", "userAssignedIdentities": {"worker": {}}}
    assert arm.error("PATCH", site, {"identity": identity}) == (400, "LinkedInvalidPropertyId")


def test_a_system_assigned_identity_is_found_by_its_resource(arm: ArmWorld, site: str) -> None:
    path = f"{site}/providers/Microsoft.ManagedIdentity/identities/default"
    assert arm.error("GET", path) == (404, "MissingIdentityIds")
    identity = arm.ok("PATCH", site, {"identity": {"type": "SystemAssigned"}})["identity"]
    found = arm.ok("GET", path)["properties"]
    assert found["principalId"] == identity["principalId"]
    assert found["tenantId"] == arm.tenant
    assert found["clientId"] not in ("", identity["principalId"])
    assert arm.error("GET", path, as_=arm.principal("nobody")) == (403, "AuthorizationFailed")

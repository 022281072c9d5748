"""The lists of resources and groups: their filters, and paths with empty segments."""

from __future__ import annotations

import pytest
from test_arm_resources import HERE, SITE, ArmWorld, arm

from entrada.local.arm import operations

__all__ = ["arm"]


@pytest.fixture
def filled(arm: ArmWorld) -> ArmWorld:
    """Put two sites and an account into two groups."""
    operations.put_resource_group(arm.cloud, "rg2", "eastus", tags={"Env": "test"})
    other = arm.group.replace("rg1", "rg2")
    arm.ok("PUT", arm.resource("Microsoft.Web/sites", "web1"), {**SITE, "tags": {"env": "prod"}})
    arm.ok("PUT", arm.resource("Microsoft.Storage/storageAccounts", "store1"), HERE)
    arm.ok("PUT", f"{other}/providers/Microsoft.Web/sites/web2", {"location": "eastus"})
    return arm


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("resourceType eq 'microsoft.web/sites'", ["web1", "web2"]),
        ("resourceType eq 'Microsoft.Web/sites' and name eq 'WEB1'", ["web1"]),
        ("resourceGroup eq 'RG2' and name eq 'web2'", ["web2"]),
        ("resourceGroup eq 'rg2' and name eq 'web1'", []),
        ("location eq 'eastus'", ["web2"]),
        ("tagname eq 'ENV'", ["web1"]),
        ("tagName eq 'env' and tagValue eq 'prod'", ["web1"]),
        ("tagName eq 'env' and tagValue eq 'test'", []),
        ("tagValue eq 'prod'", ["web1"]),
    ],
)
def test_resources_are_filtered(filled: ArmWorld, text: str, names: list[str]) -> None:
    value = filled.ok("GET", f"{filled.scope}/resources", query=f"&$filter={text}")["value"]
    assert sorted(each["name"] for each in value) == names


def test_an_unknown_filter_is_refused_not_ignored(filled: ArmWorld) -> None:
    for path in ("/resources", "/resourceGroups"):
        query = "&$filter=changedTime eq 'x'"
        refusal = filled.error("GET", f"{filled.scope}{path}", query=query)
        assert refusal == (400, "UnsupportedQuery")


def test_groups_are_filtered_by_tag(filled: ArmWorld) -> None:
    query = "&$filter=tagName eq 'env' and tagValue eq 'test'"
    value = filled.ok("GET", f"{filled.scope}/resourceGroups", query=query)["value"]
    assert [group["name"] for group in value] == ["rg2"]


def test_the_list_of_all_resources_leaves_their_properties_to_their_services(
    filled: ArmWorld,
) -> None:
    for each in filled.ok("GET", f"{filled.scope}/resources")["value"]:
        assert "properties" not in each
        assert {"id", "name", "type", "location"} <= set(each)


def test_an_empty_place_of_a_parent_resource_is_no_segment(filled: ArmWorld) -> None:
    """So the generic client writes the ids of resources that have no parent."""
    path = f"{filled.group}/providers/Microsoft.Web//sites/web1"
    assert filled.ok("GET", path)["name"] == "web1"
    assert filled.call("HEAD", path).status == 204
    permissions = f"{path}/providers/Microsoft.Authorization/permissions"
    assert filled.ok("GET", permissions)["value"]
    assert filled.call("DELETE", path).status == 200

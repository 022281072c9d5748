"""Resource groups and resources through ARM; also the small world that its other tests start in."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from entrada._engine.effects import Request, Response
from entrada.local import directory, tokens
from entrada.local.arm import operations
from entrada.local.cloud import Cloud
from entrada.local.state import Document

NOW = 1_800_000_000.0
API_VERSION = "2022-04-01"


@dataclass
class ArmWorld:
    """A cloud with a clock that stands, and principals that call its ARM."""

    cloud: Cloud = field(default_factory=lambda: Cloud(clock=lambda: NOW))
    tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        directory.ensure_seed(self.cloud)
        self.subscription = directory.default_subscription(self.cloud)
        self.tenant = directory.default_tenant(self.cloud)
        self.scope = f"/subscriptions/{self.subscription}"
        self.owner = self.principal("owner")
        operations.assign_role(self.cloud, principal_id=self.owner, role="Owner", scope=self.scope)
        operations.put_resource_group(self.cloud, "rg1")
        self.group = f"{self.scope}/resourceGroups/rg1"

    def principal(self, name: str) -> str:
        """Create an application with a service principal; return its object id."""
        app = directory.create_application(self.cloud, name)
        principal = directory.create_service_principal(self.cloud, app["appId"])
        self.tokens[principal["id"]] = self.token(principal)
        return str(principal["id"])

    def token(self, principal: Document, resource: str = "", lifetime: int = 3600) -> str:
        """Issue a token, for ARM unless another resource is named."""
        return tokens.issue(
            self.cloud,
            service_principal=principal,
            resource=resource or f"{self.cloud.endpoints.arm}/",
            credential_kind="secret",
            tenant_id=self.tenant,
            lifetime=lifetime,
        )

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        as_: str | None = None,
        query: str = "",
        token: str | None = None,
    ) -> Response:
        """Send one request to ARM, by the owner unless another principal is named."""
        token = token or self.tokens[as_ or self.owner]
        url = f"{self.cloud.endpoints.arm}{path}?api-version={API_VERSION}{query}"
        content = b"" if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {token}"}
        return self.cloud.handle(Request(method, url, headers, content))

    def ok(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """Send a request that succeeds; return the JSON of the answer."""
        response = self.call(method, path, body, **options)
        assert response.status in (200, 201), response.body
        return json.loads(response.body)

    def error(self, method: str, path: str, body: object = None, **options: Any) -> tuple[int, str]:
        """Send a request that fails; return the status and ARM's code."""
        response = self.call(method, path, body, **options)
        return response.status, json.loads(response.body)["error"]["code"]

    def resource(self, type_name: str, name: str) -> str:
        """Compose the id of a resource in the group of this world."""
        return f"{self.group}/providers/{type_name}/{name}"


SITE = {"location": "westeurope", "kind": "app", "properties": {"serverFarmId": "plan"}}
IDENTITIES = "Microsoft.ManagedIdentity/userAssignedIdentities"
HERE = {"location": "westeurope"}


@pytest.fixture
def arm() -> ArmWorld:
    return ArmWorld()


def test_a_resource_group_is_created_shown_listed_tagged_and_deleted(arm: ArmWorld) -> None:
    path = f"{arm.scope}/resourcegroups/rg2"
    created = arm.call("PUT", path, {"location": "West Europe"})
    assert created.status == 201
    assert json.loads(created.body) == {
        "id": f"{arm.scope}/resourceGroups/rg2",
        "name": "rg2",
        "type": "Microsoft.Resources/resourceGroups",
        "location": "westeurope",
        "properties": {"provisioningState": "Succeeded"},
    }
    assert arm.call("PUT", path, HERE).status == 200
    assert arm.ok("PATCH", path, {"tags": {"a": "b"}})["tags"] == {"a": "b"}
    assert arm.ok("GET", path.upper())["tags"] == {"a": "b"}
    assert arm.call("HEAD", path).status == 204
    listed = arm.ok("GET", f"{arm.scope}/resourcegroups")["value"]
    assert [group["name"] for group in listed] == ["rg1", "rg2"]
    assert arm.call("DELETE", path).status == 200
    assert arm.call("HEAD", path).status == 404
    assert arm.error("GET", path) == (404, "ResourceGroupNotFound")
    assert arm.error("DELETE", path) == (404, "ResourceGroupNotFound")


@pytest.mark.parametrize(
    ("name", "body", "error"),
    [
        ("rg1", {"location": "eastus"}, (409, "InvalidResourceGroupLocation")),
        ("rg3", {}, (400, "LocationRequired")),
        ("ends.", HERE, (400, "InvalidResourceGroup")),
        ("rg3", [], (400, "InvalidRequestContent")),
        ("rg3", {"location": 5}, (400, "InvalidRequestContent")),
        ("rg3", {"location": ""}, (400, "LocationRequired")),
    ],
)
def test_a_wrong_resource_group_is_refused(
    arm: ArmWorld, name: str, body: object, error: tuple[int, str]
) -> None:
    assert arm.error("PUT", f"{arm.scope}/resourceGroups/{name}", body) == error


def test_deleting_a_group_takes_resources_identities_and_assignments_with_it(arm: ArmWorld) -> None:
    site = arm.ok(
        "PUT",
        arm.resource("Microsoft.Web/sites", "web1"),
        {**SITE, "identity": {"type": "SystemAssigned"}},
    )
    identity = arm.ok("PUT", arm.resource(IDENTITIES, "id1"), HERE)
    principals = [site["identity"]["principalId"], identity["properties"]["principalId"]]
    operations.assign_role(
        arm.cloud, principal_id=principals[0], role="Reader", scope=identity["id"]
    )
    arm.call("DELETE", arm.group)
    assert [directory.principal(arm.cloud, each) for each in principals] == [None, None]
    left = arm.cloud.state.under("roleAssignment", arm.group.lower())
    assert left == []
    assert arm.cloud.state.under("resource", arm.group.lower()) == []


def test_a_storage_account_has_the_blob_endpoint_of_this_cloud(arm: ArmWorld) -> None:
    path = arm.resource("microsoft.storage/STORAGEACCOUNTS", "store1")
    created = arm.call("PUT", path, {**HERE, "sku": {"name": "Standard_GRS"}})
    body = json.loads(created.body)
    assert created.status == 200
    assert body["id"] == arm.resource("Microsoft.Storage/storageAccounts", "store1")
    assert body["type"] == "Microsoft.Storage/storageAccounts"
    assert body["kind"] == "StorageV2"
    assert body["sku"] == {"name": "Standard_GRS"}
    assert body["properties"]["primaryEndpoints"] == {"blob": f"{arm.cloud.endpoints.blob}/store1/"}
    assert body["properties"]["provisioningState"] == "Succeeded"
    assert arm.ok("GET", path.upper()) == body


@pytest.mark.parametrize("name", ["ab", "Upper", "a" * 25, "with-dash"])
def test_a_storage_account_has_a_plain_short_name(arm: ArmWorld, name: str) -> None:
    path = arm.resource("Microsoft.Storage/storageAccounts", name)
    assert arm.error("PUT", path, HERE) == (400, "AccountNameInvalid")


def test_a_storage_account_and_a_site_have_names_that_nobody_else_has(arm: ArmWorld) -> None:
    other = operations.put_resource_group(arm.cloud, "rg2")["id"]
    for type_name, code in (
        ("Microsoft.Storage/storageAccounts", "StorageAccountAlreadyTaken"),
        ("Microsoft.Web/sites", "Conflict"),
    ):
        arm.ok("PUT", arm.resource(type_name, "same"), HERE)
        path = f"{other}/providers/{type_name}/same"
        assert arm.error("PUT", path, HERE) == (409, code)


def test_a_put_without_read_only_properties_keeps_them(arm: ArmWorld) -> None:
    path = arm.resource("Microsoft.Compute/virtualMachines", "vm1")
    first = arm.ok("PUT", path, {**HERE, "properties": {"hardwareProfile": {"vmSize": "B1"}}})
    second = arm.ok("PUT", path, {**HERE, "properties": {"hardwareProfile": {"vmSize": "B2"}}})
    assert second["properties"]["vmId"] == first["properties"]["vmId"]
    assert second["properties"]["hardwareProfile"] == {"vmSize": "B2"}


def test_a_put_cannot_write_read_only_properties(arm: ArmWorld) -> None:
    path = arm.resource("Microsoft.Web/sites", "web1")
    site = arm.ok("PUT", path, {**SITE, "properties": {"defaultHostName": "evil.example"}})
    assert site["properties"]["defaultHostName"] == "web1.azurewebsites.net"
    assert site["properties"]["state"] == "Running"
    assert site["properties"]["enabled"] is True


def test_a_patch_changes_only_what_it_names(arm: ArmWorld) -> None:
    path = arm.resource("Microsoft.Web/sites", "web1")
    arm.ok("PUT", path, {**SITE, "kind": "functionapp", "tags": {"a": "1", "b": "2"}})
    changed = arm.ok("PATCH", path, {"tags": {"a": None}, "properties": {"enabled": False}})
    assert changed["tags"] == {"b": "2"}
    assert changed["kind"] == "functionapp"
    assert changed["properties"]["enabled"] is False
    assert changed["properties"]["serverFarmId"] == "plan"
    emptied = arm.ok("PATCH", path, {"properties": None, "location": None, "tags": None})
    assert emptied["properties"]["serverFarmId"] is None
    assert emptied["location"] == "westeurope"
    assert "tags" not in emptied


def test_a_type_that_nobody_knows_is_kept_as_it_was_sent(arm: ArmWorld) -> None:
    path = arm.resource("Contoso.Widgets/widgets", "w1")
    created = arm.call("PUT", path, {**HERE, "properties": {"colour": "red"}})
    assert created.status == 201
    assert arm.ok("GET", path)["properties"] == {"colour": "red", "provisioningState": "Succeeded"}


def test_a_child_resource_needs_its_parent(arm: ArmWorld) -> None:
    child = arm.resource("Contoso.Widgets/widgets", "w1/parts/p1")
    assert arm.error("PUT", child, {}) == (404, "ParentResourceNotFound")
    arm.ok("PUT", arm.resource("Contoso.Widgets/widgets", "w1"), HERE)
    assert "location" not in arm.ok("PUT", child, {})
    assert [part["name"] for part in arm.ok("GET", child.rpartition("/")[0])["value"]] == ["p1"]
    arm.call("DELETE", arm.resource("Contoso.Widgets/widgets", "w1"))
    assert arm.error("GET", child) == (404, "ResourceNotFound")


def test_resources_are_listed_by_type_in_a_group_and_in_the_subscription(arm: ArmWorld) -> None:
    arm.ok("PUT", arm.resource("Microsoft.Web/sites", "web1"), SITE)
    arm.ok("PUT", arm.resource("Microsoft.Storage/storageAccounts", "store1"), HERE)
    for scope in (arm.group, arm.scope):
        value = arm.ok("GET", f"{scope}/providers/microsoft.web/sites")["value"]
        assert [site["name"] for site in value] == ["web1"]
        assert len(arm.ok("GET", f"{scope}/resources")["value"]) == 2
        chosen = "&$filter=resourceType eq 'Microsoft.Web/sites'"
        value = arm.ok("GET", f"{scope}/resources", query=chosen)["value"]
        assert [site["name"] for site in value] == ["web1"]


def test_a_container_app_lists_no_secrets(arm: ArmWorld) -> None:
    path = arm.resource("Microsoft.App/containerApps", "app1")
    arm.ok("PUT", path, HERE)
    assert arm.ok("POST", f"{path}/listSecrets") == {"value": []}
    assert arm.error("POST", f"{path}/dance") == (404, "ResourceActionNotFound")


def test_a_resource_is_deleted_once(arm: ArmWorld) -> None:
    path = arm.resource("Microsoft.Web/sites", "web1")
    arm.ok("PUT", path, SITE)
    assert arm.call("HEAD", path).status == 204
    assert [arm.call("DELETE", path).status for _ in range(2)] == [200, 204]
    assert arm.call("HEAD", path).status == 404


def test_a_missing_resource_or_group_is_named_in_the_error(arm: ArmWorld) -> None:
    response = arm.call("GET", arm.resource("Microsoft.Web/sites", "web9"))
    assert response.status == 404
    assert json.loads(response.body)["error"] == {
        "code": "ResourceNotFound",
        "message": (
            "The Resource 'Microsoft.Web/sites/web9' under resource group 'rg1' was not found. For "
            "more details please go to https://aka.ms/ARMResourceNotFoundFix"
        ),
    }
    nowhere = f"{arm.scope}/resourceGroups/rg9/providers/Microsoft.Web/sites/web1"
    for method, body in (("GET", None), ("PUT", SITE), ("PATCH", {}), ("DELETE", None)):
        assert arm.error(method, nowhere, body) == (404, "ResourceGroupNotFound")


def test_a_resource_does_not_move(arm: ArmWorld) -> None:
    path = arm.resource("Microsoft.Web/sites", "web1")
    arm.ok("PUT", path, SITE)
    assert arm.error("PUT", path, {**SITE, "location": "eastus"}) == (
        409,
        "InvalidResourceLocation",
    )
    assert arm.error("PUT", arm.resource("Microsoft.Web/sites", "web2"), {}) == (
        400,
        "LocationRequired",
    )


def test_the_same_operations_are_there_without_http(arm: ArmWorld) -> None:
    wanted = operations.resource_id(arm.cloud, "rg1", "Microsoft.Web/sites", "web1")
    site = operations.put_resource(arm.cloud, wanted, {"identity": {"type": "SystemAssigned"}})
    assert site["location"] == "westeurope"
    role = {"principal_id": site["identity"]["principalId"], "role": "reader", "scope": arm.group}
    first = operations.assign_role(arm.cloud, **role)
    assert operations.assign_role(arm.cloud, **role) == first
    with pytest.raises(operations.ArmError, match="ResourceNotFound"):
        operations.delete_resource(arm.cloud, wanted + "9")
    with pytest.raises(operations.ArmError, match="InvalidResourceId"):
        operations.put_resource(arm.cloud, arm.group, {})

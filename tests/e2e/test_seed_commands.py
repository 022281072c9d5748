"""The commands by which Azure's guides give an app an identity and a role, by the real az.

Names and ids are filled in, and a role is assigned with ``--scope`` where the guides still say
``--resource-group``, which ``az role assignment create`` no longer takes. The app is a process with
the host's variables and ``DefaultAzureCredential``, which uploads a blob.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from e2e import story
from e2e.azure_cli import AzureCli
from e2e.peers import LIBRARIES, blob_service, settle, trust
from e2e.ways import fresh
from entrada.local.hosts import host_environment
from entrada.local.roles import BUILT_IN
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("az")]

ROLE = "Storage Blob Data Contributor"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of host: its type and body for ARM, and the group of az's commands for it."""

    type: str
    command: str
    body: Mapping[str, Any]

    def principal(self, assigned: Mapping[str, Any]) -> str:
        """Return the principal's id in what ``identity assign`` printed."""
        return str(assigned.get("principalId") or assigned["systemAssignedIdentity"])


WEB_APP = Kind("Microsoft.Web/sites", "webapp", {"kind": "app"})
KINDS = {
    "web app": WEB_APP,
    "function app": Kind("Microsoft.Web/sites", "functionapp", {"kind": "functionapp"}),
    "virtual machine": Kind("Microsoft.Compute/virtualMachines", "vm", {}),
    "container app": Kind("Microsoft.App/containerApps", "containerapp", {}),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A resource group with a storage account and a host, all made by az."""

    az: AzureCli
    cloud: LocalCloud
    kind: Kind
    group: str
    group_id: str
    host: str
    account_url: str

    def enable_identity(self) -> str:
        """Give the host an identity of its own; return its principal's id."""
        command = (self.kind.command, "identity", "assign")
        which = ("--system-assigned",) * (self.kind.command == "containerapp")
        where = ("--resource-group", self.group, "--name", self.host)
        return self.kind.principal(self.az.run(*command, *where, *which))

    def assign_role(self, assignee: str, scope: str) -> None:
        """Assign the role as the guides do."""
        command = ("role", "assignment", "create", "--assignee", assignee)
        self.az.run(*command, "--role", ROLE, "--scope", scope)

    def environment(self) -> dict[str, str]:
        """Return the variables that the host sets for its app."""
        host_id = f"{self.group_id}/providers/{self.kind.type}/{self.host}"
        return host_environment(self.cloud.cloud, host_id)


def place(az: AzureCli, cloud: LocalCloud, kind: Kind) -> Place:
    """Make a group, an account and a host."""
    group, account, host = fresh("group"), fresh("account"), fresh("host")
    made = az.run("group", "create", "--name", group, "--location", "westeurope")
    command = ("storage", "account", "create", "--resource-group", group, "--name", account)
    endpoints = az.run(*command, "--sku", "Standard_LRS")["primaryEndpoints"]
    url = f"{cloud.endpoints.arm}{made['id']}/providers/{kind.type}/{host}?api-version=2024-07-01"
    body = json.dumps({"location": "westeurope", "properties": {}, **kind.body})
    az.run("rest", "--method", "put", "--url", url, "--body", body)
    return Place(az, cloud, kind, group, made["id"], host, endpoints["blob"].rstrip("/"))


@pytest.mark.parametrize("kind", KINDS)
def test_an_app_gets_an_identity_then_a_role_and_uploads(
    kind: str, cloud: LocalCloud, owner_az: AzureCli, surroundings: pytest.MonkeyPatch
) -> None:
    """Refused until ``az role assignment create``, the app's next request succeeds."""
    where = place(owner_az, cloud, KINDS[kind])
    principal_id = where.enable_identity()
    enter(where, surroundings)
    assert upload("entrada", where) == 403
    assert upload("azure.identity", where) == 403
    where.assign_role(principal_id, where.group_id)
    assert [upload(library, where) for library in LIBRARIES] == [200] * 4


def test_the_output_of_enabling_an_identity_is_that_of_the_guide(
    cloud: LocalCloud, owner_az: AzureCli
) -> None:
    """The same four members, to copy the principal's id from."""
    where = place(owner_az, cloud, WEB_APP)
    shown = ("--resource-group", where.group, "--name", where.host)
    printed = owner_az.run("webapp", "identity", "assign", *shown)
    assert printed == {
        "principalId": printed["principalId"],
        "tenantId": cloud.tenant_id,
        "type": "SystemAssigned",
        "userAssignedIdentities": None,
    }
    assert owner_az.run("webapp", "identity", "show", *shown) == printed


def test_the_names_of_all_roles_are_listed_in_a_table(owner_az: AzureCli) -> None:
    """By the guide's query, sorted."""
    query = "sort_by([].{roleName:roleName, description:description}, &roleName)"
    printed = owner_az.text("role", "definition", "list", "--query", query, "--output", "table")
    heading, _, *lines = printed.splitlines()
    assert heading.split() == ["RoleName", "Description"]
    shown = [line.split("  ")[0].strip() for line in lines]
    assert shown == sorted(shown)
    assert {role.name for role in BUILT_IN} <= set(shown)


@pytest.mark.parametrize("level", ["subscription", "account"])
def test_a_role_counts_at_the_subscription_and_at_the_resource_too(
    level: str, cloud: LocalCloud, owner_az: AzureCli, surroundings: pytest.MonkeyPatch
) -> None:
    """Wherever it was assigned at or above the account."""
    where = place(owner_az, cloud, WEB_APP)
    principal_id = where.enable_identity()
    account = where.account_url.rpartition("/")[2]
    scope = {
        "subscription": f"/subscriptions/{cloud.subscription_id}",
        "account": f"{where.group_id}/providers/Microsoft.Storage/storageAccounts/{account}",
    }[level]
    enter(where, surroundings)
    assert upload("entrada", where) == 403
    where.assign_role(principal_id, scope)
    assert upload("entrada", where) == 200


def test_a_user_assigned_identity_is_shared_by_an_app(
    cloud: LocalCloud, owner_az: AzureCli, surroundings: pytest.MonkeyPatch
) -> None:
    """Made, given to the app and assigned the role by its client id, which the app names."""
    where = place(owner_az, cloud, WEB_APP)
    command = ("identity", "create", "--resource-group", where.group, "--name", "worker")
    identity = owner_az.run(*command)
    host = ("--resource-group", where.group, "--name", where.host)
    owner_az.run("webapp", "identity", "assign", *host, "--identities", identity["id"])
    where.assign_role(identity["clientId"], where.group_id)
    enter(where, surroundings)
    surroundings.setenv("AZURE_CLIENT_ID", identity["clientId"])
    assert [upload(library, where) for library in ("entrada", "azure.identity")] == [200] * 2


def enter(where: Place, surroundings: pytest.MonkeyPatch) -> None:
    """Set the variables that the host sets for its app."""
    for name, value in where.environment().items():
        surroundings.setenv(name, value)


def upload(library: str, where: Place) -> int:
    """Upload a blob as the app does; return the status, 200 where all went well."""

    async def run() -> int:
        async_peer = library == "azure.identity.aio"
        options: dict[str, Any] = trust(where.cloud) if async_peer else {}
        credential = import_module(library).DefaultAzureCredential(**options)
        limits = trust(where.cloud) | story.LIMITS
        async with blob_service(library, credential, where.account_url, **limits) as service:
            try:
                container = await settle(service.create_container(fresh("papers")))
                await settle(container.upload_blob("note.txt", b"from the app"))
            except HttpResponseError as error:
                return int(error.status_code or 0)
        return 200

    return asyncio.run(run())

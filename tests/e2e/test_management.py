"""Azure's management clients for Python against the local Resource Manager.

Each takes entrada's credentials, sync and async, and does what the SDK's samples do with
identities; the endpoint and the scope are the only arguments that differ from Azure.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from e2e.management import client, finish, names
from e2e.peers import each, settle
from e2e.ways import SignIn, fresh
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.parametrize("library", ["entrada", "entrada.aio"])]

HERE = {"location": "westeurope"}
SYSTEM = {"identity": {"type": "SystemAssigned"}}
VERSION = {"api_version": "2024-04-01"}

Story: TypeAlias = Callable[[Any], Awaitable[None]]
Tell: TypeAlias = Callable[[str, str, Story], None]


@pytest.fixture
def tell(cloud: LocalCloud, sign_in: Callable[[str], SignIn]) -> Tell:
    """Return a function that has an owner of the subscription go through a story with a client."""
    owner = sign_in("client_secret")
    cloud.assign(owner.principal_id, "Owner", f"/subscriptions/{cloud.subscription_id}")

    def run(name: str, library: str, story: Story) -> None:
        async def told() -> None:
            async with client(name, library, cloud, owner) as opened:
                await story(opened)

        asyncio.run(told())

    return run


def test_subscriptions_and_locations(library: str, cloud: LocalCloud, tell: Tell) -> None:
    """The owner sees its tenant, its subscription and where it may put things."""

    async def story(client: Any) -> None:
        listed = [found.subscription_id async for found in each(client.subscriptions.list())]
        assert listed == [cloud.subscription_id]
        shown = await settle(client.subscriptions.get(cloud.subscription_id))
        assert (shown.state, shown.tenant_id) == ("Enabled", cloud.tenant_id)
        locations = client.subscriptions.list_locations(cloud.subscription_id)
        assert "westeurope" in await names(locations)
        tenants = [tenant.tenant_id async for tenant in each(client.tenants.list())]
        assert tenants == [cloud.tenant_id]

    tell("resource.subscriptions", library, story)


def test_groups_and_providers(library: str, tell: Tell) -> None:
    """A group is made, tagged, found by its tag and deleted; a provider says what it has."""
    group, tag = fresh("group"), fresh("tag")

    async def story(client: Any) -> None:
        groups = client.resource_groups
        assert not await settle(groups.check_existence(group))
        await settle(groups.create_or_update(group, HERE))
        await settle(groups.update(group, {"tags": {tag: "yes"}}))
        tagged = groups.list(filter=f"tagName eq '{tag}' and tagValue eq 'yes'")
        assert await names(tagged) == [group]
        web = await settle(client.providers.get("Microsoft.Web"))
        sites = next(row for row in web.resource_types if row.resource_type == "sites")
        assert sites.api_versions
        assert "West Europe" in sites.locations
        await finish(groups.begin_delete(group))
        assert not await settle(groups.check_existence(group))

    tell("resource.resources", library, story)


def test_any_resource(library: str, cloud: LocalCloud, tell: Tell) -> None:
    """A resource is made, found, changed and deleted by type and by id."""
    group, name = cloud.resource_group().rpartition("/")[2], fresh("site")
    place = (group, "Microsoft.Web", "", "sites", name)

    async def story(client: Any) -> None:
        resources = client.resources
        made = await finish(resources.begin_create_or_update(*place, {**HERE, **SYSTEM}, **VERSION))
        assert made.identity.principal_id
        assert await settle(resources.check_existence(*place, **VERSION))
        changed = await finish(
            resources.begin_update_by_id(made.id, {"tags": {"a": "b"}}, **VERSION)
        )
        assert changed.tags == {"a": "b"}
        wanted = f"resourceType eq 'Microsoft.Web/sites' and name eq '{name}'"
        assert await names(resources.list(filter=wanted)) == [name]
        assert name in await names(resources.list_by_resource_group(group))
        await finish(resources.begin_delete_by_id(made.id, **VERSION))
        assert not await settle(resources.check_existence_by_id(made.id, **VERSION))

    tell("resource.resources", library, story)


def test_user_assigned_identities(library: str, cloud: LocalCloud, tell: Tell) -> None:
    """An identity and its federated credential are made, listed, changed and deleted."""
    group, name = cloud.resource_group().rpartition("/")[2], fresh("identity")
    trusted = {"issuer": "https://issuer.example", "audiences": ["api://AzureADTokenExchange"]}

    async def story(client: Any) -> None:
        identities, federated = (
            client.user_assigned_identities,
            client.federated_identity_credentials,
        )
        made = await settle(identities.create_or_update(group, name, HERE))
        assert made.tenant_id == cloud.tenant_id
        shown = await settle(identities.update(group, name, {"tags": {"a": "b"}}))
        assert (shown.principal_id, shown.client_id) == (made.principal_id, made.client_id)
        assert name in await names(identities.list_by_resource_group(group))
        assert name in await names(identities.list_by_subscription())
        content = {**trusted, "subject": "first"}
        await settle(federated.create_or_update(group, name, "pod", content))
        content = {**trusted, "subject": "second"}
        await settle(federated.create_or_update(group, name, "pod", content))
        assert (await settle(federated.get(group, name, "pod"))).subject == "second"
        await settle(federated.delete(group, name, "pod"))
        assert await names(federated.list(group, name)) == []
        await settle(identities.delete(group, name))
        with pytest.raises(ResourceNotFoundError):
            await settle(identities.get(group, name))

    tell("msi", library, story)


def test_a_resources_own_identity(library: str, cloud: LocalCloud, tell: Tell) -> None:
    """It is found by the resource's id."""
    machine = cloud.virtual_machine(fresh("machine"))

    async def story(client: Any) -> None:
        found = await settle(client.system_assigned_identities.get_by_scope(machine.resource_id))
        assert (found.principal_id, found.tenant_id) == (machine.principal_id, cloud.tenant_id)

    tell("msi", library, story)


def test_identities_of_web_apps(library: str, cloud: LocalCloud, tell: Tell) -> None:
    """On a plan, with its own identity, then another's too, then none; with settings."""
    group, plan, name = cloud.resource_group().rpartition("/")[2], fresh("plan"), fresh("site")
    worker = cloud.user_assigned_identity(fresh("worker"))["id"]

    async def story(client: Any) -> None:
        sku = {"sku": {"name": "B1"}}
        farm = await finish(
            client.app_service_plans.begin_create_or_update(group, plan, {**HERE, **sku})
        )
        content = {**HERE, **SYSTEM, "properties": {"serverFarmId": farm.id}}
        apps = client.web_apps
        made = await finish(apps.begin_create_or_update(group, name, content))
        assert made.identity.principal_id
        changed = await settle(apps.update(group, name, {"identity": both(worker)}))
        assert list(changed.identity.user_assigned_identities) == [worker]
        assert changed.identity.principal_id == made.identity.principal_id
        settings = {"properties": {"AZURE_CLIENT_ID": "worker"}}
        await settle(apps.update_application_settings(group, name, settings))
        kept = await settle(apps.list_application_settings(group, name))
        assert kept.properties == settings["properties"]
        alone = await settle(apps.update(group, name, {"identity": {"type": "None"}}))
        assert alone.identity.principal_id is None
        assert name in await names(apps.list_by_resource_group(group))
        await settle(apps.delete(group, name))

    tell("web", library, story)


def test_identities_of_virtual_machines(library: str, cloud: LocalCloud, tell: Tell) -> None:
    """With its own identity, then another's too, then none."""
    group, name = cloud.resource_group().rpartition("/")[2], fresh("machine")
    worker = cloud.user_assigned_identity(fresh("worker"))["id"]

    async def story(client: Any) -> None:
        machines = client.virtual_machines
        content = {**HERE, **SYSTEM, "properties": {"hardwareProfile": {"vmSize": "Standard_B1s"}}}
        made = await finish(machines.begin_create_or_update(group, name, content))
        changed = await finish(machines.begin_update(group, name, {"identity": both(worker)}))
        assert changed.identity.principal_id == made.identity.principal_id
        assert list(changed.identity.user_assigned_identities) == [worker]
        assert name in await names(machines.list_all())
        alone = await finish(machines.begin_update(group, name, {"identity": {"type": "None"}}))
        assert alone.identity.principal_id is None
        await finish(machines.begin_delete(group, name))
        assert name not in await names(machines.list(group))

    tell("compute", library, story)


def test_storage_accounts(library: str, cloud: LocalCloud, tell: Tell) -> None:
    """An account takes a free name and an identity of its own, and has no keys."""
    group, name = cloud.resource_group().rpartition("/")[2], fresh("account")

    async def story(client: Any) -> None:
        accounts = client.storage_accounts
        wanted = {"name": name, "type": "Microsoft.Storage/storageAccounts"}
        assert (await settle(accounts.check_name_availability(wanted))).name_available
        content = {**HERE, "sku": {"name": "Standard_LRS"}, "kind": "StorageV2"}
        made = await finish(accounts.begin_create(group, name, content))
        assert made.primary_endpoints.blob == f"{cloud.endpoints.blob}/{name}/"
        taken = await settle(accounts.check_name_availability(wanted))
        assert (taken.name_available, taken.reason) == (False, "AlreadyExists")
        changed = await settle(accounts.update(group, name, SYSTEM))
        assert changed.identity.principal_id
        with pytest.raises(HttpResponseError, match="take Microsoft Entra tokens only"):
            await settle(accounts.list_keys(group, name))
        await settle(accounts.delete(group, name))
        assert name not in await names(accounts.list())

    tell("storage", library, story)


def test_custom_roles_and_permissions(library: str, cloud: LocalCloud, tell: Tell) -> None:
    """A custom role is made, assigned, listed in the three ways there are, and deleted."""
    scope, guid = f"/subscriptions/{cloud.subscription_id}", str(uuid.uuid4())
    machine = cloud.virtual_machine(fresh("machine"))
    permission = {"actions": ["Microsoft.Storage/*/read"], "not_actions": ["*/blobServices/*"]}

    async def story(client: Any) -> None:
        definitions, assignments = client.role_definitions, client.role_assignments
        name = fresh("Role ")
        content = {"role_name": name, "permissions": [permission], "assignable_scopes": [scope]}
        role = await settle(definitions.create_or_update(scope, guid, content))
        assert role.permissions[0].not_actions == permission["not_actions"]
        found = definitions.list(scope, filter=f"roleName eq '{name}'")
        assert await names(found) == [guid]
        who = machine.principal_id
        content = {"role_definition_id": role.id, "principal_id": who}
        made = await settle(assignments.create(scope, str(uuid.uuid4()), content))
        for text in (f"principalId eq '{who}'", f"assignedTo('{who}')"):
            assert await names(assignments.list_for_subscription(filter=text)) == [made.name]
        assert made.name in await names(assignments.list_for_scope(scope, filter="atScope()"))
        with pytest.raises(HttpResponseError, match="RoleDefinitionHasAssignments"):
            await settle(definitions.delete(scope, guid))
        await settle(assignments.delete_by_id(made.id))
        await settle(definitions.delete(scope, guid))
        group = cloud.resource_group().rpartition("/")[2]
        permissions = client.permissions.list_for_resource_group(group)
        assert ["*"] in [permission.actions async for permission in each(permissions)]
        assert [denied async for denied in each(client.deny_assignments.list())] == []
        assert [old async for old in each(client.classic_administrators.list())] == []

    tell("authorization", library, story)


def both(user_assigned: str) -> dict[str, object]:
    """Return the identity member that asks for a resource's own identity and another."""
    kind = "SystemAssigned, UserAssigned"
    return {"type": kind, "userAssignedIdentities": {user_assigned: {}}}

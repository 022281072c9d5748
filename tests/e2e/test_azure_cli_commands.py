"""The real Azure CLI as an owner of the local subscription: groups, identities, who has them."""

from __future__ import annotations

import pytest

from e2e.azure_cli import AzureCli
from e2e.ways import fresh
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("az")]

WHERE = ("--location", "westeurope")


def test_a_group_is_made_tagged_found_and_deleted(owner_az: AzureCli) -> None:
    """What az creates it finds again, by its tag too."""
    group, tag = fresh("group"), fresh("tag")
    name = ("--name", group)
    made = owner_az.run("group", "create", *name, *WHERE)
    assert owner_az.run("group", "exists", *name) is True
    assert owner_az.run("group", "show", *name) == made
    owner_az.run("group", "update", *name, "--tags", f"{tag}=yes")
    tagged = owner_az.run("group", "list", "--tag", f"{tag}=yes")
    assert [each["id"] for each in tagged] == [made["id"]]
    owner_az.run("group", "delete", *name, "--yes")
    assert owner_az.run("group", "exists", *name) is False
    missing = owner_az.attempt("group", "show", *name)
    assert (missing.returncode, "(ResourceGroupNotFound)" in missing.stderr) == (3, True)


def test_an_identity_is_made_trusted_and_deleted(cloud: LocalCloud, owner_az: AzureCli) -> None:
    """With a federated credential, which is an object of its own."""
    group, name = group_of(cloud), fresh("identity")
    identity = ("--resource-group", group, "--name", name)
    made = owner_az.run("identity", "create", *identity)
    assert owner_az.run("identity", "show", *identity) == made
    listed = owner_az.run("identity", "list", "--resource-group", group)
    assert made["clientId"] in [each["clientId"] for each in listed]
    federated = ("identity", "federated-credential")
    owner = ("--resource-group", group, "--identity-name", name)
    trusted = ("--issuer", "https://issuer.example", "--audiences", "api://AzureADTokenExchange")
    pod = ("--name", "pod", *owner)
    credential = owner_az.run(*federated, "create", *pod, *trusted, "--subject", "someone")
    assert owner_az.run(*federated, "list", *owner) == [credential]
    owner_az.run(*federated, "delete", *pod, "--yes")
    assert owner_az.run(*federated, "list", *owner) == []
    owner_az.run("identity", "delete", *identity)
    assert owner_az.attempt("identity", "show", *identity).returncode == 3


@pytest.mark.parametrize("command", ["webapp", "functionapp"])
def test_an_app_takes_and_loses_identities(
    command: str, cloud: LocalCloud, owner_az: AzureCli
) -> None:
    """A user-assigned one by its id, its own by the word for it."""
    maker = cloud.web_app if command == "webapp" else cloud.function_app
    name = fresh("app")
    maker(name, system_assigned=False)
    worker = cloud.user_assigned_identity(fresh("worker"))
    identity, app = (command, "identity"), ("--resource-group", group_of(cloud), "--name", name)
    assigned = owner_az.run(*identity, "assign", *app, "--identities", "[system]", worker["id"])
    assert assigned["type"] == "SystemAssigned, UserAssigned"
    assert assigned["userAssignedIdentities"] == {
        worker["id"]: {name: worker["properties"][name] for name in ("clientId", "principalId")}
    }
    having = ("identity", "list-resources", "--resource-group", group_of(cloud))
    found = owner_az.run(*having, "--name", worker["name"])
    assert [each["name"] for each in found] == [name]
    left = owner_az.run(*identity, "remove", *app, "--identities", worker["id"])
    assert (left["type"], left["principalId"]) == ("SystemAssigned", assigned["principalId"])
    assert owner_az.run(*identity, "remove", *app)["type"] == "None"
    assert owner_az.run(*identity, "show", *app)["principalId"] is None


def test_a_web_app_has_a_plan_and_settings(cloud: LocalCloud, owner_az: AzureCli) -> None:
    """A plan is made by az, an app on it by its generic command."""
    plan, name = fresh("plan"), fresh("app")
    group = ("--resource-group", group_of(cloud))
    farm = owner_az.run("appservice", "plan", "create", *group, "--name", plan, "--sku", "B1")
    site = ("--resource-type", "Microsoft.Web/sites", "--properties")
    body = f'{{"serverFarmId": "{farm["id"]}"}}'
    owner_az.run("resource", "create", *group, "--name", name, *site, body, *WHERE)
    app = (*group, "--name", name)
    shown = owner_az.run("webapp", "show", *app)
    assert (shown["defaultHostName"], shown["state"]) == (f"{name}.azurewebsites.net", "Running")
    settings = ("webapp", "config", "appsettings")
    owner_az.run(*settings, "set", *app, "--settings", "AZURE_CLIENT_ID=worker")
    assert owner_az.run(*settings, "list", *app) == [
        {"name": "AZURE_CLIENT_ID", "slotSetting": False, "value": "worker"}
    ]
    listed = owner_az.run("webapp", "list", "--query", "[].name")
    assert name in listed


def test_a_virtual_machine_takes_an_identity_with_a_role(
    cloud: LocalCloud, owner_az: AzureCli
) -> None:
    """The role is assigned by the same command."""
    name, scope = fresh("machine"), cloud.resource_group()
    cloud.virtual_machine(name, system_assigned=False)
    worker = cloud.user_assigned_identity(fresh("worker"))
    identity, machine = ("vm", "identity"), ("--resource-group", group_of(cloud), "--name", name)
    granted = ("--role", "Reader", "--scope", scope)
    own = owner_az.run(*identity, "assign", *machine, *granted)["systemAssignedIdentity"]
    listed = owner_az.run("role", "assignment", "list", "--scope", scope)
    assert ("Reader", own) in [(each["roleDefinitionName"], each["principalId"]) for each in listed]
    both = owner_az.run(*identity, "assign", *machine, "--identities", worker["name"])
    assert (both["systemAssignedIdentity"], list(both["userAssignedIdentities"])) == (
        own,
        [worker["id"]],
    )
    left = owner_az.run(*identity, "remove", *machine, "--identities", worker["name"])
    assert left["type"] == "SystemAssigned"
    assert owner_az.run(*identity, "show", *machine)["principalId"] == own
    assert name in owner_az.run("vm", "list", "--query", "[].name")


def test_a_container_app_takes_and_loses_identities(cloud: LocalCloud, owner_az: AzureCli) -> None:
    """The command is one of az's own, without an extension."""
    name = fresh("app")
    cloud.container_app(name, system_assigned=False)
    worker = cloud.user_assigned_identity(fresh("worker"))
    identity = ("containerapp", "identity")
    app = ("--resource-group", group_of(cloud), "--name", name)
    which = ("--system-assigned", "--user-assigned", worker["id"])
    assigned = owner_az.run(*identity, "assign", *app, *which)
    assert list(assigned["userAssignedIdentities"]) == [worker["id"]]
    left = owner_az.run(*identity, "remove", *app, "--user-assigned", worker["id"])
    assert (left["type"], left["principalId"]) == ("SystemAssigned", assigned["principalId"])


def group_of(cloud: LocalCloud) -> str:
    """Return the name of the group in which the local cloud makes what it is asked for."""
    return cloud.resource_group().rpartition("/")[2]

"""The real Azure CLI on resources of the local cloud: any of them, storage, vaults, hubs."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.azure_cli import AzureCli
from e2e.verify import RESOURCE, SCOPE, verified
from e2e.ways import fresh
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("az")]

ROLE = "Storage Blob Data Contributor"
WHERE = ("--location", "westeurope")


def test_a_token_is_for_whichever_resource_is_named(cloud: LocalCloud, owner_az: AzureCli) -> None:
    """By az's word for it, its address or its scope."""
    graph = f"{cloud.endpoints.graph}/"
    asked = {
        ("--resource-type", "ms-graph"): graph,
        ("--resource", "https://vault.azure.net"): "https://vault.azure.net",
        ("--scope", SCOPE): RESOURCE,
    }
    command = ("account", "get-access-token")
    for option, audience in asked.items():
        got = owner_az.run(*command, *option)
        assert verified(cloud, got["accessToken"], audience)["appid"]
        assert got["tenant"] == cloud.tenant_id


@pytest.fixture
def group(owner_az: AzureCli) -> str:
    """Make a resource group; return its name."""
    name = fresh("group")
    owner_az.run("group", "create", "--name", name, *WHERE)
    return name


def test_any_resource_is_made_found_tagged_and_deleted(owner_az: AzureCli, group: str) -> None:
    """By its type and name, its tag, or its id."""
    name, tag = fresh("app"), fresh("tag")
    named = ("--resource-group", group, "--name", name)
    typed = (*named, "--resource-type", "Microsoft.Web/sites")
    made = owner_az.run("resource", "create", *typed, "--properties", "{}", *WHERE)
    assert owner_az.run("resource", "show", *typed)["id"] == made["id"]
    owner_az.run("resource", "tag", "--ids", made["id"], "--tags", f"{tag}=yes")
    for chosen in (named, ("--tag", f"{tag}=yes")):
        assert owner_az.run("resource", "list", *chosen, "--query", "[].id") == [made["id"]]
    owner_az.run("resource", "delete", "--ids", made["id"])
    assert owner_az.run("resource", "list", "--resource-group", group) == []


def test_the_subscription_says_what_there_is(cloud: LocalCloud, owner_az: AzureCli) -> None:
    """Locations and providers; ``az rest`` knows that ARM is meant and adds a token."""
    locations = owner_az.run("account", "list-locations", "--query", "[].name")
    assert "westeurope" in locations
    namespaces = owner_az.run("provider", "list", "--query", "[].namespace")
    assert "Microsoft.ManagedIdentity" in namespaces
    url = f"{cloud.endpoints.arm}/subscriptions/{{subscriptionId}}?api-version=2022-12-01"
    assert owner_az.run("rest", "--url", url)["tenantId"] == cloud.tenant_id


def test_a_storage_account_takes_no_keys_but_whoever_is_signed_in(
    cloud: LocalCloud, owner_az: AzureCli, group: str, tmp_path: Path
) -> None:
    """An account and its blobs, from the free name to the download."""
    name = fresh("account")
    free = owner_az.run("storage", "account", "check-name", "--name", name)
    assert free["nameAvailable"] is True
    account = ("--resource-group", group, "--name", name)
    made = owner_az.run("storage", "account", "create", *account)
    assert owner_az.run("storage", "account", "show", "--name", name)["id"] == made["id"]
    keys = owner_az.attempt("storage", "account", "keys", "list", "--account-name", name)
    assert "--auth-mode login" in keys.stderr
    me = owner_az.run("account", "show")["user"]["name"]
    words = ("--assignee", me, "--role", ROLE, "--scope", made["id"])
    owner_az.run("role", "assignment", "create", *words)
    where = ("--auth-mode", "login", "--blob-endpoint", made["primaryEndpoints"]["blob"])
    _blobs(owner_az, where, tmp_path)
    owner_az.run("storage", "account", "delete", *account, "--yes")
    assert name not in owner_az.run("storage", "account", "list", "--query", "[].name")


def test_a_vault_is_made_and_found_by_its_name(
    cloud: LocalCloud, owner_az: AzureCli, group: str
) -> None:
    """In the subscription too, without its group."""
    name = fresh("vault")
    made = owner_az.run("keyvault", "create", "--resource-group", group, "--name", name, *WHERE)
    assert made["properties"]["enableRbacAuthorization"] is True
    assert owner_az.run("keyvault", "show", "--name", name)["id"] == made["id"]
    assert name in owner_az.run("keyvault", "list", "--query", "[].name")


def test_a_hub_is_made_and_takes_an_identity(owner_az: AzureCli, group: str) -> None:
    """The commands that az has without its extension."""
    name = fresh("hub")
    hub = ("--resource-group", group, "--name", name)
    made = owner_az.run("iot", "hub", "create", *hub, *WHERE)
    shown = owner_az.run("iot", "hub", "show", "--name", name)
    assert shown["properties"]["hostName"] == made["properties"]["hostName"]
    assigned = owner_az.run("iot", "hub", "identity", "assign", *hub, "--system-assigned")
    assert assigned["principalId"]
    assert owner_az.run("iot", "hub", "list", "--resource-group", group)[0]["name"] == name


def _blobs(az: AzureCli, where: tuple[str, ...], folder: Path) -> None:
    source, target = folder / "source.txt", folder / "target.txt"
    source.write_text("from az")
    az.run("storage", "container", "create", "--name", "papers", *where)
    blob = ("--container-name", "papers", "--name", "note.txt", "--no-progress", *where)
    az.run("storage", "blob", "upload", "--file", str(source), *blob)
    listed = ("storage", "blob", "list", "--container-name", "papers", "--query", "[].name")
    assert az.run(*listed, *where) == ["note.txt"]
    az.run("storage", "blob", "download", "--file", str(target), *blob)
    assert target.read_text() == "from az"

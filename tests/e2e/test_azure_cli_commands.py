"""The real Azure CLI as an administrator of the local cloud: groups, identities, roles, blobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.azure_cli import AzureCli
from e2e.ways import fresh
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("az")]

ROLE = "Storage Blob Data Contributor"


def test_az_makes_an_identity_and_assigns_it_a_role(cloud: LocalCloud, az: AzureCli) -> None:
    """What az creates it finds again, and the role assigned to the identity is listed."""
    sign_in_as_owner(cloud, az)
    group = fresh("group")
    scope = az.run("group", "create", "--name", group, "--location", "westeurope")["id"]
    made = az.run("identity", "create", "--resource-group", group, "--name", "worker")
    found = az.run("identity", "list", "--resource-group", group)
    assert [identity["clientId"] for identity in found] == [made["clientId"]]
    assign(az, made["principalId"], scope)
    listed = az.run("role", "assignment", "list", "--scope", scope)
    assert [(each["principalId"], each["roleDefinitionName"]) for each in listed] == [
        (made["principalId"], ROLE)
    ]


def test_az_uploads_and_downloads_a_blob(cloud: LocalCloud, az: AzureCli, tmp_path: Path) -> None:
    """With ``--auth-mode login`` az signs its Blob requests as whoever is signed in."""
    owner_id = sign_in_as_owner(cloud, az)
    endpoint = cloud.storage_account(fresh("account"))
    assign(az, owner_id, cloud.resource_group())
    where = ("--auth-mode", "login", "--blob-endpoint", endpoint)
    source, target = tmp_path / "source.txt", tmp_path / "target.txt"
    source.write_text("from az")
    az.run("storage", "container", "create", "--name", "papers", *where)
    blob = ("--container-name", "papers", "--name", "note.txt", "--no-progress", *where)
    az.run("storage", "blob", "upload", "--file", str(source), *blob)
    az.run("storage", "blob", "download", "--file", str(target), *blob)
    assert target.read_text() == "from az"


def sign_in_as_owner(cloud: LocalCloud, az: AzureCli) -> str:
    """Sign in a service principal that owns the subscription; return its object id."""
    owner = cloud.service_principal("owner")
    cloud.assign(owner.object_id, "Owner", f"/subscriptions/{cloud.subscription_id}")
    az.register(cloud.endpoints.arm)
    az.login(owner)
    return owner.object_id


def assign(az: AzureCli, principal_id: str, scope: str) -> None:
    """Assign the role to a service principal or managed identity."""
    who = ("--assignee-object-id", principal_id, "--assignee-principal-type", "ServicePrincipal")
    az.run("role", "assignment", "create", *who, "--role", ROLE, "--scope", scope)

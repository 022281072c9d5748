"""Seed files: all they can say is there, twice is once, and a reset brings it back."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from entrada import ClientSecretCredential
from entrada.local import directory, keys, people, rbac
from entrada.local.cloud import Cloud
from entrada.local.provision import Provision
from entrada.local.resetting import reset
from entrada.local.resources.iothub import registry
from entrada.local.resources.iothub.context import Hub
from entrada.local.seed import seed_operator
from entrada.local.seeding import Seed, Seeded, apply_seed, read_seed
from entrada.testing import Request

WHOLE = """\
[[users]]
name = "ana"
password = "env:ANA"
display_name = "Ana"
mfa_required = true

[[users]]
name = "ben"

[[groups]]
name = "everybody"
members = ["readers", "portal"]

[[groups]]
name = "readers"
members = ["ana", "web", "worker"]

[[applications]]
name = "portal"
secret = "file:portal.txt"
redirect_uris = ["http://localhost:8000/back"]
identifier_uris = ["api://portal"]
scopes = ["read"]
certificates = ["portal.pem"]

[[applications.federated_credentials]]
name = "ci"
issuer = "https://issuer.example"
subject = "repo:me/it"

[[applications]]
name = "desktop"
public = true
public_redirect_uris = ["http://localhost"]
consented = false

[[resource_groups]]
name = "shop"
location = "northeurope"

[[identities]]
name = "worker"
resource_group = "shop"
federated_credentials = [{ name = "pod", issuer = "https://i.example", subject = "pod" }]

[[hosts]]
name = "web"
kind = "web_app"
resource_group = "shop"
identities = ["worker"]

[[hosts]]
name = "vm"
kind = "virtual_machine"
system_assigned = false

[[storage_accounts]]
name = "shopdata"
resource_group = "shop"
containers = ["orders", "bills"]

[[key_vaults]]
name = "shop-keys"
secrets = { database = "env:DATABASE", session = "generate" }

[[iot_hubs]]
name = "shop-hub"
devices = ["scale", "till"]

[[role_assignments]]
assignee = "everybody"
role = "Storage Blob Data Reader"
scope = "shopdata/orders"

[[role_assignments]]
assignee = "portal"
role = "Reader"
scope = "shop"

[[role_assignments]]
assignee = "local-admin"
role = "Storage Blob Data Owner"
scope = "subscription"
"""
READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"


@dataclass
class SeedFolder:
    """A folder with a seed file and what it refers to, and a cloud to apply it to."""

    path: Path
    provision: Provision

    @property
    def cloud(self) -> Cloud:
        return self.provision.cloud

    def read(self, text: str = WHOLE, **env: str) -> Seed:
        file = self.path / "cloud.toml"
        file.write_text(text)
        return read_seed(file, {"ANA": "Ana's password", "DATABASE": "Server=x", **env})

    def apply(self, text: str = WHOLE, **env: str) -> Seeded:
        return apply_seed(self.provision, self.read(text, **env))

    def may_read(self, principal_id: str, container: str) -> bool:
        account = f"/subscriptions/{self.provision.subscription_id}/resourceGroups/shop"
        account += "/providers/Microsoft.Storage/storageAccounts/shopdata"
        scope = f"{account}/blobServices/default/containers/{container}"
        return rbac.decide(self.cloud, principal_id, READ, scope, data=True).allowed


@pytest.fixture
def folder(tmp_path: Path) -> SeedFolder:
    (tmp_path / "portal.txt").write_text("portal-secret\n")
    provision = Provision(Cloud())
    chain = base64.b64decode(keys.signing_key(provision.cloud, "portal").jwk["x5c"][0])
    certificate = x509.load_der_x509_certificate(chain)
    (tmp_path / "portal.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    return SeedFolder(tmp_path, provision)


def test_everything_a_seed_names_is_there(folder: SeedFolder) -> None:
    seeded = folder.apply()
    ana = people.sign_in(folder.cloud, "ana@entrada.onmicrosoft.com", "Ana's password")
    assert (ana["displayName"], ana["mfaRequired"]) == ("Ana", True)
    ben = seeded.users["ben"]
    assert people.sign_in(folder.cloud, ben.username, ben.password)["id"] == ben.object_id
    portal = directory.application(folder.cloud, seeded.applications["portal"].client_id)
    assert portal is not None
    assert portal["identifierUris"] == ["api://portal"]
    assert len(portal["keyCredentials"]) == len(portal["federatedIdentityCredentials"]) == 1
    assert portal["federatedIdentityCredentials"][0]["audiences"] == ["api://AzureADTokenExchange"]
    assert seeded.hosts["vm"].principal_id == ""
    assert seeded.hosts["web"].identity["type"] == "SystemAssigned, UserAssigned"
    assert set(seeded.resources) == {"shopdata", "shop-keys", "shop-hub"}
    kept = [name for name, _ in folder.cloud.state.under("container")]
    assert kept == ["shopdata/bills", "shopdata/orders"]


def test_vaults_have_their_secrets_and_hubs_their_devices(folder: SeedFolder) -> None:
    seeded = folder.apply()
    admin = seed_operator(folder.provision)
    folder.provision.assign(
        admin.object_id, "Key Vault Secrets User", seeded.resources["shop-keys"]
    )
    token = ClientSecretCredential(
        admin.tenant_id,
        admin.client_id,
        admin.client_secret,
        authority=folder.cloud.endpoints.login,
        transport=folder.cloud.handle,
    ).get_token("https://vault.azure.net/.default")
    url = f"{folder.cloud.endpoints.vault}/shop-keys/secrets/database?api-version=7.5"
    headers = {"authorization": f"Bearer {token.token}"}
    answer = folder.cloud.handle(Request("GET", url, headers, b""))
    assert json.loads(answer.body)["value"] == "Server=x"
    assert [name for name, _ in folder.cloud.state.under("secret")]
    (hub,) = folder.cloud.state.find("resource", type="Microsoft.Devices/IotHubs")
    devices = registry.devices(Hub(folder.cloud, hub))
    assert [each["identity"]["deviceId"] for each in devices] == ["scale", "till"]


def test_a_secret_gets_a_version_only_for_another_value(folder: SeedFolder) -> None:
    versions = []
    for value in ("one", "one", "two"):
        folder.apply(DATABASE=value)
        kept = [body for _, body in folder.cloud.state.under("secret")]
        versions.append(sum(len(body["versions"]) for body in kept))
    assert versions == [2, 2, 3]


def test_a_seeded_application_signs_in_with_its_secret(folder: SeedFolder) -> None:
    portal = folder.apply().applications["portal"]
    assert portal.client_secret == "portal-secret"
    credential = ClientSecretCredential(
        portal.tenant_id,
        portal.client_id,
        portal.client_secret,
        authority=folder.cloud.endpoints.login,
        transport=folder.cloud.handle,
    )
    assert credential.get_token("https://management.azure.com/.default").token


def test_roles_reach_members_of_groups_at_the_scope_named_and_not_beside_it(
    folder: SeedFolder,
) -> None:
    seeded = folder.apply()
    worker = seeded.identities["worker"]["properties"]["principalId"]
    for principal in (seeded.users["ana"].object_id, worker, seeded.hosts["web"].principal_id):
        assert folder.may_read(principal, "orders")
        assert not folder.may_read(principal, "bills")
    assert not folder.may_read(seeded.users["ben"].object_id, "orders")


def test_a_seed_applied_again_changes_nothing(folder: SeedFolder) -> None:
    first, before = folder.apply(), documents(folder.cloud)
    assert folder.apply() == first
    assert documents(folder.cloud) == before


def documents(cloud: Cloud) -> dict[str, int]:
    kinds = ("application", "servicePrincipal", "user", "group", "resource", "roleAssignment")
    return {kind: len(cloud.state.under(kind)) for kind in (*kinds, "container", "seeded")}


def test_a_changed_seed_brings_what_is_there_in_line(folder: SeedFolder) -> None:
    before = folder.apply()
    after = folder.apply(WHOLE.replace('"Ana"', '"Ana Maria"'), ANA="another password")
    assert after.users["ana"].object_id == before.users["ana"].object_id
    found = people.sign_in(folder.cloud, before.users["ana"].username, "another password")
    assert found["displayName"] == "Ana Maria"


def test_what_was_generated_outlives_the_process(tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        provision = Provision(Cloud.open(tmp_path / "state.db"))
        (tmp_path / "s.toml").write_text('[[applications]]\nname = "a"\nsecret = "generate"\n')
        made.append(apply_seed(provision, read_seed(tmp_path / "s.toml", {})))
        provision.cloud.state.close()
    assert made[0].applications == made[1].applications
    assert made[0].applications["a"].client_secret


def test_a_reset_forgets_what_was_made_and_brings_the_seed_back(folder: SeedFolder) -> None:
    before = folder.apply()
    tenant, signing = folder.provision.tenant_id, keys.signing_key(folder.cloud)
    folder.provision.web_app("extra")
    people.delete_user(folder.cloud, before.users["ben"].object_id)
    after = reset(folder.cloud)
    assert after.applications == before.applications
    assert after.users["ben"].password == before.users["ben"].password
    assert not folder.cloud.state.find("resource", name="extra")
    assert folder.provision.tenant_id == tenant
    assert keys.signing_key(folder.cloud) == signing


def test_secrets_show_in_no_representation(folder: SeedFolder) -> None:
    seed = folder.read()
    shown = f"{seed!r} {seed.entries!r} {apply_seed(folder.provision, seed)!r}"
    assert not [
        secret for secret in ("portal-secret", "Ana's password", "Server=x") if secret in shown
    ]


def test_users_and_applications_with_secrets_get_variables(folder: SeedFolder) -> None:
    environments = folder.apply().environments()
    assert set(environments) == {"portal", "ana", "ben"}
    assert environments["portal"]["AZURE_CLIENT_SECRET"] == "portal-secret"
    assert environments["ana"]["AZURE_PASSWORD"] == "Ana's password"


def test_the_same_name_in_two_sections_can_be_told_apart(folder: SeedFolder) -> None:
    seeded = folder.apply(
        "[[users]]\nname = 'a'\n[[key_vaults]]\nname = 'shop'\n[[resource_groups]]\nname = 'shop'\n"
        "[[role_assignments]]\nassignee = 'a'\nrole = 'Reader'\nscope = 'key_vaults:shop'"
    )
    (assigned,) = [body for _, body in folder.cloud.state.under("roleAssignment")]
    assert assigned["properties"]["scope"] == seeded.resources["shop"]

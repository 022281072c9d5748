"""The example's clients, and those of other configurations, on the local cloud."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.keyvault.secrets import SecretClient
from azure.mgmt.storage import StorageManagementClient
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

from entrada.clients import Clients, ClientsConfigurationError
from entrada.clients.kinds import KINDS
from entrada.local.files import OPERATOR, RunDirectory, RunFile
from entrada.testing import LocalCloud, World

pytestmark = pytest.mark.e2e

EXAMPLE = Path(__file__).parents[2] / "examples" / "shop_clients.py"
SEED = """
[[applications]]
name = "developer"
secret = "generate"

[[hosts]]
name = "shop"
kind = "web_app"

[[storage_accounts]]
name = "shopdata"
containers = ["orders"]

[[key_vaults]]
name = "shop-keys"
secrets = { session = "generate" }

[[key_vaults]]
name = "other-keys"

[[iot_hubs]]
name = "shop-hub"
devices = ["scale"]
"""
ROLES = (
    ("Storage Blob Data Contributor", "shopdata"),
    ("Key Vault Secrets User", "key_vaults:shop-keys"),
    ("IoT Hub Data Contributor", "shop-hub"),
)
_KEPT = ("PATH", "HOME", "PYTHONPATH")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Run a local cloud with what the example's configuration names."""
    assignments = "".join(
        f'\n[[role_assignments]]\nassignee = "{who}"\nrole = "{role}"\nscope = "{scope}"\n'
        for who in ("applications:developer", "hosts:shop")
        for role, scope in ROLES
    )
    seed = tmp_path_factory.mktemp("seed") / "shop.toml"
    seed.write_text(SEED + assignments)
    with LocalCloud(seed=seed) as cloud:
        yield cloud


def environment(cloud: LocalCloud, place: str) -> dict[str, str]:
    """Return the variables of a laptop that a developer uses, or of the web app."""
    identity = (
        {**cloud.seeded.environments()["developer"], "AZURE_TOKEN_CREDENTIALS": "prod"}
        if place == "laptop"
        else cloud.seeded.hosts["shop"].environment
    )
    return {**cloud.environment(), **identity, "ENTRADA_CLIENTS__CLOUD": "local"}


@pytest.mark.parametrize("colour", [[], ["--aio"]], ids=["sync", "aio"])
@pytest.mark.parametrize(
    ("place", "profile", "credential"),
    [
        ("laptop", None, "DefaultAzureCredential"),
        ("web app", None, "ManagedIdentityCredential"),
        ("web app", "production", "ManagedIdentityCredential"),
    ],
)
def test_the_example_runs_unchanged_on_a_laptop_and_deployed(
    place: str, profile: str | None, credential: str, colour: list[str], shop: LocalCloud
) -> None:
    """One configuration; who signs in follows from where it runs."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    chosen = {"ENTRADA_CLIENTS__PROFILE": profile} if profile else {}
    run = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", str(EXAMPLE), *colour],
        env={**kept, **environment(shop, place), **chosen},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    name = f"Async{credential}" if colour else credential
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "read the secret session",
        f"wrote {len('2 apples.')} bytes",
        "found the device scale",
        f"signed in by {name}",
    ]


def world(cloud: LocalCloud, place: str = "laptop") -> World:
    """Return the world of a place."""
    return World.real()._replace(env=environment(cloud, place))


def test_a_resource_is_named_as_in_azure(shop: LocalCloud) -> None:
    """Also one of several vaults, and one below an account."""
    content = {
        "clients": {
            "keys": {"kind": "secrets", "vault_uri": "https://other-keys.vault.azure.net/"},
            "blob": {"kind": "blob", "service_uri": "https://shopdata.blob.core.windows.net"},
        }
    }
    with Clients.from_config(content, world=world(shop)) as clients:
        assert clients.get(SecretClient).vault_url == f"{shop.endpoints.vault}/other-keys"
        assert clients.get(BlobServiceClient).account_name == "shopdata"


def test_management_clients_find_the_local_resource_manager(shop: LocalCloud) -> None:
    """By its origin and its audience."""
    content = {
        "clients": {
            "arm": {
                "kind": "azure.mgmt.storage.StorageManagementClient",
                "subscription_id": shop.subscription_id,
            }
        }
    }
    owner = shop.service_principal("owner")
    shop.assign(owner.object_id, "Reader", f"/subscriptions/{shop.subscription_id}")
    here = World.real()._replace(
        env={**shop.environment(), **owner.environment(), "ENTRADA_CLIENTS__CLOUD": "local"}
    )
    with Clients.from_config(content, world=here) as clients:
        listed = clients.get(StorageManagementClient).storage_accounts.list()
        assert [account.name for account in listed] == ["shopdata"]


def test_an_address_on_this_machine_stays(shop: LocalCloud) -> None:
    """What leads here already is not moved."""
    url = f"{shop.endpoints.blob}/shopdata"
    with Clients.from_config(world=world(shop)).add("blob", url) as clients:
        assert clients.get(BlobServiceClient).url.rstrip("/") == url


@pytest.mark.parametrize("kind", [name for name in KINDS if name.startswith("iothub_")])
def test_every_client_of_an_iot_hub_trusts_the_local_cloud(kind: str, shop: LocalCloud) -> None:
    """They take no keyword for it, so it is set on what they are made of."""
    content = {"clients": {"hub": {"kind": kind, "endpoint": "https://shop-hub.azure-devices.net"}}}
    module, _, name = KINDS[kind].dotted.rpartition(".")
    with Clients.from_config(content, world=world(shop)) as clients:
        made = clients.get(getattr(import_module(module), name))
        assert made.protocol.config.connection.verify == str(shop.ca_file)
        assert made.protocol.config.base_url == shop.endpoints.iothub


def test_health_of_the_local_clouds_clients(shop: LocalCloud) -> None:
    """A ping asks the service itself."""

    def ping(client: SecretClient) -> None:
        client.get_secret("none")

    with Clients.from_config(world=world(shop)) as clients:
        clients.add("blob", "https://shopdata.blob.core.windows.net")
        clients.add(SecretClient, "https://shop-keys.vault.azure.net", ping=ping)
        blob, secrets = clients.check()
    assert blob.ok
    assert isinstance(secrets.error, ResourceNotFoundError)


def test_a_service_that_is_not_there_is_told(shop: LocalCloud) -> None:
    """With those that are."""
    content = {
        "clients": {"web": {"kind": "azure.core.PipelineClient", "base_url": "https://a.example"}}
    }
    with pytest.raises(ClientsConfigurationError, match="no service for clients of this class"):
        Clients.from_config(content, world=world(shop))


def test_where_no_local_cloud_runs_it_is_told(tmp_path: Path) -> None:
    """With the command that starts one."""
    nowhere = World.real()._replace(env={"XDG_STATE_HOME": str(tmp_path)})
    with pytest.raises(ClientsConfigurationError, match="no local cloud runs") as raised:
        Clients.from_config({"cloud": "local", "clients": {}}, world=nowhere).validate()
    assert raised.value.hint == "entrada local up"


def test_the_cloud_that_a_user_runs_is_found_and_its_operator_signs_in(
    shop: LocalCloud, tmp_path: Path
) -> None:
    """Without a variable: by the run file; of an async client as well."""
    operator = shop.service_principal("operator")
    shop.assign(operator.object_id, "Storage Blob Data Contributor")
    here = World.real()._replace(env={"XDG_STATE_HOME": str(tmp_path)})
    directory = RunDirectory.of(here)
    ca = shop.ca_file.read_bytes()
    run = RunFile(
        os.getpid(),
        0.0,
        shop.endpoints,
        shop.tenant_id,
        shop.subscription_id,
        str(directory.ca_file),
        None,
        {OPERATOR: operator.environment()},
    )
    content = {
        "cloud": "local",
        "clients": {"a": {"kind": "blob", "endpoint": "https://shopdata.blob.core.windows.net"}},
    }

    async def names() -> list[str]:
        async with Clients.from_config(content, world=here) as clients:
            service = clients.get(AsyncBlobServiceClient)
            return [container.name async for container in service.list_containers()]

    with directory.claim():
        directory.write(run, ca)
        assert asyncio.run(names()) == ["orders"]

"""Where a configuration comes from: files, mappings, variables, profiles, references."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from azure.keyvault.secrets import SecretClient
from azure.storage.blob import BlobServiceClient, ContainerClient
from services import Letters, Parcels

import entrada
import entrada.aio
from entrada.clients import Clients, ClientsConfigurationError, credential_from_config
from entrada.testing import World

URL = "https://parcels.example"
PARCELS = {"kind": "services.Parcels", "endpoint": URL}


def made(content: dict[str, Any], env: dict[str, str] | None = None, **chosen: Any) -> Parcels:
    """Return the client of a configuration that has one."""
    return Clients.from_config(content, world=World.fake(env or {}), **chosen).get(Parcels)


def test_later_sources_lie_over_earlier_ones_and_variables_over_all(tmp_path: Path) -> None:
    """Key by key; a file of either form, and mappings, in any order."""
    toml, json = tmp_path / "azure.toml", tmp_path / "azure.json"
    toml.write_text(
        '[clients.a]\nkind = "services.Parcels"\nendpoint = "toml"\n'
        'options = { user_agent = "toml", retry.max_retries = 1, retry.delay = 1 }\n'
    )
    json.write_text('{"Clients": {"A": {"Endpoint": "json", "Options": {"Retry": {"Delay": 2}}}}}')
    env = {
        "ENTRADA_CLIENTS__CLIENTS__A__OPTIONS__RETRY__MAXRETRIES": "3",
        "entrada_clients__clients__a__options__pages": "30",
    }
    sources = (toml, str(json), {"clients": {"a": {"endpoint": URL}}})
    world = World.real()._replace(env=env)
    client = Clients.from_config(*sources, world=world).get(Parcels)
    assert client.endpoint == URL
    assert client.options == {
        "user_agent": "toml",
        "retry_total": 3,
        "retry_backoff_factor": 2.0,
        "pages": 30,
    }
    bare = Clients.from_config(*sources, environment=None, world=world).get(Parcels)
    assert bare.options["retry_total"] == 1


def test_a_section_of_a_document_may_be_the_configuration(tmp_path: Path) -> None:
    """Of pyproject.toml, or of an appsettings.json with other things in it."""
    path = tmp_path / "pyproject.toml"
    path.write_text(
        '[project]\nname = "x"\n[tool.entrada.clients.a]\n'
        f'kind = "services.Parcels"\nendpoint = "{URL}"\n'
    )
    world = World.real()._replace(env={})
    assert Clients.from_config(path, section="tool.entrada", world=world).get(Parcels)
    with pytest.raises(ClientsConfigurationError, match='no section "entrda"') as raised:
        Clients.from_config(path, section="tool.entrda", world=world)
    assert (raised.value.nearest, raised.value.line) == ("entrada", 3)


PROFILES = {
    "defaults": {"credential": {"credential_source": "azure_cli", "tenant_id": "t"}},
    "clients": {"a": PARCELS},
    "profiles": {
        "production": {
            "defaults": {"credential": {"credential_source": "managed_identity"}},
            "clients": {"a": {"endpoint": f"{URL}/production"}},
        }
    },
}


@pytest.mark.parametrize(
    ("env", "chosen", "said"),
    [
        ({}, {"profile": "production"}, {}),
        ({"ENTRADA_CLIENTS__PROFILE": "Production"}, {}, {}),
        ({}, {}, {"profile": "production"}),
    ],
    ids=["argument", "variable", "document"],
)
def test_a_profile_lies_over_the_rest(
    env: dict[str, str], chosen: dict[str, str], said: dict[str, str]
) -> None:
    """A credential that names its source takes the other's place, keys and all."""
    client = made({**PROFILES, **said}, env, **chosen)
    assert client.endpoint == f"{URL}/production"
    assert type(client.credential) is entrada.ManagedIdentityCredential
    assert made(PROFILES).endpoint == URL


HOSTED = {
    "app service": {"IDENTITY_ENDPOINT": "http://localhost:1/msi", "IDENTITY_HEADER": "h"},
    "cloud shell": {"MSI_ENDPOINT": "http://localhost:1/oauth2/token"},
    "pod": {
        "AZURE_AUTHORITY_HOST": "https://login.example",
        "AZURE_TENANT_ID": "t",
        "AZURE_FEDERATED_TOKEN_FILE": "/token",
    },
    "virtual machine": {},
    "virtual machine with an agent": {},
}
FILES = {
    "virtual machine": {
        "/sys/class/dmi/id/chassis_asset_tag": b"7783-7084-3265-9085-8269-3286-77\n"
    },
    "virtual machine with an agent": {"/var/lib/waagent": b""},
    "laptop": {"/sys/class/dmi/id/chassis_asset_tag": b"No Asset Tag\n"},
}


@pytest.mark.parametrize("place", HOSTED)
def test_auto_is_the_managed_identity_where_azure_hosts_the_process(place: str) -> None:
    """Nothing is sent to find out."""
    world = World.fake(HOSTED[place], files=FILES.get(place, {}))
    content = {
        "defaults": {"credential": {"credential_source": "auto", "client_id": "m"}},
        "clients": {"a": PARCELS},
    }
    credential = Clients.from_config(content, world=world).get(Parcels).credential
    assert type(credential) is entrada.ManagedIdentityCredential
    assert credential.describe() == {"client_id": "m"}


@pytest.mark.parametrize("place", ["laptop", "nothing to see"])
def test_auto_is_the_default_chain_elsewhere(place: str) -> None:
    """With the same keys, which its links take."""
    world = World.fake(files=FILES.get(place, {}))
    content = {
        "defaults": {
            "credential": {
                "credential_source": "auto",
                "managed_identity_client_id": "m",
                "tenant_id": "t",
            }
        },
        "clients": {"a": PARCELS},
    }
    credential = Clients.from_config(content, world=world).get(Parcels).credential
    assert type(credential) is entrada.DefaultAzureCredential
    assert credential._options["managed_identity_client_id"] == "m"
    assert credential._options["workload_identity_tenant_id"] == "t"


def test_one_variable_overrides_who_signs_in() -> None:
    """Of all clients, whatever the file says."""
    env = {"ENTRADA_CLIENTS__DEFAULTS__CREDENTIAL": "azure_developer_cli"}
    content = {"defaults": {"credential": "auto"}, "clients": {"a": PARCELS}}
    assert type(made(content, env).credential) is entrada.AzureDeveloperCliCredential


def test_a_cloud_is_whose_authority_signs_in() -> None:
    """Unless a credential names its own."""
    secret = {"tenantId": "t", "clientId": "c", "clientSecret": "s"}
    content = {"cloud": "usgov", "clients": {"a": {**PARCELS, **secret}}}
    assert made(content).credential.describe()["authority"] == "https://login.microsoftonline.us"
    own = {"cloud": "usgov", "clients": {"a": {**PARCELS, **secret, "azureCloud": "china"}}}
    assert "chinacloudapi" in str(made(own).credential.describe()["authority"])


def test_references_are_resolved_where_they_stand(tmp_path: Path) -> None:
    """Variables, and files beside the configuration; an editor's last line end is none of it."""
    (tmp_path / "secret").write_text("s3cret\n")
    (tmp_path / "azure.toml").write_text(
        '[clients.a]\nkind = "services.Parcels"\nendpoint = "env:PARCELS_URL"\n'
        'tenant_id = "t"\nclient_id = "env:APP"\nclient_secret = "file:secret"\n'
    )
    world = World.real()._replace(env={"PARCELS_URL": URL, "APP": "c"})
    registry = Clients.from_config(tmp_path / "azure.toml", world=world)
    assert registry.get(Parcels).endpoint == URL
    (row,) = registry.describe()
    assert row.credential == "client_secret (client_id=c, client_secret=***, tenant_id=t)"
    assert row.endpoint == "env:PARCELS_URL"


def test_a_connection_of_azure_functions_is_read_from_its_variables() -> None:
    """With the same keys, so that an app moves between the two unchanged."""
    env = {
        "Storage__serviceUri": "https://a.blob.core.windows.net",
        "Storage__credential": "managedidentity",
        "Storage__clientId": "m",
        "Vault": "not read",
    }
    content = {"clients": {"a": {"kind": "blob", "connection": "Storage"}}}
    registry = Clients.from_config(content, world=World.fake(env))
    assert registry.get(BlobServiceClient).account_name == "a"
    (row,) = registry.describe()
    assert row.credential == "managed_identity (identity_client_id=m)"
    assert row.sources["serviceuri"] == "the variable Storage__serviceUri"
    registry.close()


def test_a_connection_may_be_a_connection_string() -> None:
    """One variable, as Azure Functions had it first."""
    content = {"clients": {"a": {"kind": "services.Parcels", "connection": "Parcels"}}}
    client = made(content, {"Parcels": "key=host"})
    assert (client.endpoint, client.credential) == ("https://host", None)


def test_dotnets_names_of_addresses_are_taken() -> None:
    """Whatever the Python class calls its parameter."""
    content: dict[str, Any] = {
        "Clients": {
            "V": {"Kind": "secrets", "VaultUri": "https://v.vault.azure.net"},
            "B": {"Kind": "blob", "ServiceUri": "https://a.blob.core.windows.net"},
            "C": {
                "Kind": "blob_container",
                "BlobContainerUri": "https://a.blob.core.windows.net/c",
            },
        }
    }
    with Clients.from_config(content, world=World.fake()) as clients:
        assert clients.get(SecretClient).vault_url == "https://v.vault.azure.net"
        assert clients.get(BlobServiceClient).account_name == "a"
        assert clients.get(ContainerClient).container_name == "c"


def test_unread_values_of_variables_take_the_documented_type() -> None:
    """A number for a number, a flag for a flag; a text stays one."""
    env = {
        "X__CLIENTS__A__KIND": "services.Parcels",
        "X__CLIENTS__A__ENDPOINT": URL,
        "X__CLIENTS__A__OPTIONS__STRICT": "true",
        "X__CLIENTS__A__OPTIONS__USER_AGENT": "7",
        "X__CLIENTS__A__CREDENTIAL__CREDENTIALSOURCE__0": "environment",
        "X__CLIENTS__A__CREDENTIAL__CREDENTIALSOURCE__1": "azure_cli",
    }
    registry = Clients.from_config(environment="X", world=World.fake(env))
    assert registry.get(Parcels).options == {"strict": True, "user_agent": "7"}
    assert registry.describe()[0].credential == "environment then azure_cli"


def test_what_needs_the_classes_can_be_put_off() -> None:
    """Then it is told where the client is asked for."""
    content = {"clients": {"a": {"kind": "services.Letters", "adress": URL}}}
    registry = Clients.from_config(content, check=False, world=World.fake())
    with pytest.raises(ClientsConfigurationError, match="cannot be made of these keys"):
        registry.get(Letters)
    with pytest.raises(ClientsConfigurationError, match="cannot be made of these keys"):
        registry.validate()


def test_a_credential_alone_comes_from_the_same_settings() -> None:
    """For who has no clients."""
    world = World.fake()
    flat = credential_from_config({"credential": "azurecli", "tenantId": "t"}, world=world)
    table = credential_from_config(
        {"CredentialSource": "AzureCli", "TenantId": "t"}, aio=True, world=world
    )
    assert type(flat) is entrada.AzureCliCredential
    assert type(table) is entrada.aio.AzureCliCredential
    with pytest.raises(ClientsConfigurationError, match='no key "tenantIdd"'):
        credential_from_config({"tenantIdd": "t"}, world=world)

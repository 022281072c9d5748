"""Clients of Key Vault that are not ours, unchanged, against the vaults of the local cloud."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError
from azure.keyvault.secrets import SecretClient

import entrada
from e2e import vaults
from e2e.azure_cli import AzureCli
from e2e.peers import LIBRARIES, credential_of, settle
from e2e.people import made, no_wait
from e2e.scripts import run
from e2e.vaults import hosts_file, named_url, new_vault, refused_by, secret_client, vault
from e2e.ways import SignIn, fresh
from entrada.local import people, revocation
from entrada.testing import LocalCloud

__all__ = ["hosts_file", "new_vault", "vault"]

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("surroundings")]

ROLE = "Key Vault Secrets Officer"


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """Run a local cloud that has no vaults but those of these tests."""
    with LocalCloud() as running:
        yield running


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("way", ["client_secret", "app_service"])
def test_an_app_is_refused_until_its_role_is_assigned_and_then_uses_a_vault(
    way: str,
    library: str,
    new_vault: Callable[[], str],
    cloud: LocalCloud,
    sign_in: Callable[[str], SignIn],
) -> None:
    """The refusal has Key Vault's codes, and names the command that assigns the role it needs."""
    prepared = sign_in(way)
    url, _other = (cloud.key_vault(new_vault()) for _ in range(2))

    async def told() -> HttpResponseError:
        credential = credential_of(library, prepared, cloud)
        async with secret_client(library, credential, url, cloud) as client:
            with pytest.raises(HttpResponseError) as refused:
                await settle(client.set_secret("early", "value"))
            cloud.assign(prepared.principal_id, ROLE)
            await vaults.use(client)
            return refused.value

    refusal = asyncio.run(told())
    assert refused_by(refusal) == (403, "ForbiddenByRbac")
    assert f"entrada role assign --assignee {prepared.principal_id}" in str(refusal)
    assert ROLE in str(refusal)


@pytest.mark.parametrize("library", ["azure.identity", "entrada"])
@pytest.mark.usefixtures("hosts_file")
def test_a_vault_has_a_host_name_where_it_resolves(
    library: str, vault: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """As in Azure; it is what ids begin with, by which a client finds the vault again."""
    prepared = sign_in("client_secret")
    cloud.assign(prepared.principal_id, ROLE)
    with (
        credential_of(library, prepared, cloud) as credential,
        SecretClient(cloud.key_vault(vault), credential, retry_total=0) as by_path,
    ):
        found = by_path.set_secret("a", "one").properties
        assert found.vault_url == named_url(cloud, vault)
        with SecretClient(str(found.vault_url), credential, retry_total=0) as by_name:
            assert by_name.get_secret("a", found.version).value == "one"
            assert by_name.get_secret("a").id == found.id


@pytest.mark.usefixtures("vault")
def test_localhost_will_do_for_the_only_vault_if_the_client_is_told(
    cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """No resource is a parent domain of localhost, which the client says, and how to go on."""
    prepared = sign_in("client_secret")
    cloud.assign(prepared.principal_id, ROLE)
    url = cloud.endpoints.vault.replace("127.0.0.1", "localhost")
    with credential_of("entrada", prepared, cloud) as credential:
        with (
            SecretClient(url, credential, retry_total=0) as strict,
            pytest.raises(ValueError, match="verify_challenge_resource=False"),
        ):
            strict.set_secret("a", "one")
        with SecretClient(url, credential, verify_challenge_resource=False) as client:
            assert str(client.set_secret("a", "one").id).startswith(f"{url}/secrets/a/")


@pytest.mark.parametrize("library", ["entrada", "entrada.aio"])
def test_a_revoked_application_gets_a_newer_token_and_is_let_in(
    library: str, vault: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """The client answers the claims challenge by one token request, and sends once more."""
    prepared = sign_in("client_secret")
    cloud.assign(prepared.principal_id, ROLE)
    url = cloud.key_vault(vault)

    async def asked() -> list[str]:
        credential = credential_of(library, prepared, cloud)
        async with secret_client(library, credential, url, cloud) as client:
            await settle(client.set_secret("a", "one"))
            revocation.revoke_principal(cloud.cloud, prepared.principal_id)
            before = len(cloud.cloud.requests)
            assert (await settle(client.get_secret("a"))).value == "one"
            after = list(cloud.cloud.requests)[before:]
            assert (await settle(client.get_secret("a"))).value == "one"
            return [line.partition(" ")[0] for line in after]

    assert asyncio.run(asked()) == ["vault", "login", "vault"]


def test_a_revoked_person_who_is_not_asked_is_named_in_the_error(
    vault: str, cloud: LocalCloud
) -> None:
    """It says what to do; once the person has done it, the same client goes on."""
    ana = cloud.user(fresh("ana"))
    cloud.assign(ana.object_id, ROLE)
    credential: entrada.DeviceCodeCredential = made(
        cloud,
        "entrada",
        "DeviceCodeCredential",
        client_id=cloud.public_client(fresh("desktop")),
        tenant_id=cloud.tenant_id,
        prompt_callback=lambda _uri, code, _end: cloud.approve_device_code(code, ana.username),
        disable_automatic_authentication=True,
        world=no_wait(),
    )
    credential.authenticate(scopes=["https://vault.azure.net/.default"], enable_cae=True)
    with credential, SecretClient(cloud.key_vault(vault), credential, retry_total=0) as client:
        client.set_secret("a", "one")
        people.revoke_sessions(cloud.cloud, ana.object_id)
        with pytest.raises(entrada.AuthenticationRequiredError) as required:
            client.get_secret("a")
        error = required.value
        assert "authenticate(" in str(error.hint)
        assert error.claims
        assert "nbf" in error.claims
        credential.authenticate(scopes=error.scopes, claims=error.claims, enable_cae=True)
        assert client.get_secret("a").value == "one"


def test_an_app_in_javascript_uses_a_vault_as_soon_as_its_role_is_assigned(
    node: str, vault: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """Before that it is refused with Key Vault's code and the command that assigns the role."""
    prepared = sign_in("client_secret")
    url = cloud.key_vault(vault)
    refused = run(node, "keyvault.mjs", cloud, prepared, vault_url=url)["refused"]
    assert (refused["status"], refused["code"]) == (403, "Forbidden")
    assert f"entrada role assign --assignee {prepared.principal_id}" in refused["message"]
    cloud.assign(prepared.principal_id, ROLE)
    assert run(node, "keyvault.mjs", cloud, prepared, vault_url=url)["done"] == {
        "value": "two",
        "tags": {"for": "orders"},
        "type": "text",
        "versions": 2,
        "old": "one",
        "names": ["db-password"],
        "deleted": ["db-password"],
        "gone": 404,
        "restored": "two",
    }


@pytest.mark.xdist_group("az")
def test_az_uses_the_only_vault_by_ids(vault: str, cloud: LocalCloud, az: AzureCli) -> None:
    """The ids that it prints are those that it takes; to set a secret, az insists on a name."""
    sign_in_as_officer(cloud, az)
    base = cloud.endpoints.vault
    assert az.run("keyvault", "show", "--name", vault)["properties"]["vaultUri"].startswith(base)
    url = f"{base}/secrets/a?api-version=7.4"
    body = ("--resource", "https://vault.azure.net", "--body", '{"value": "one"}')
    made = az.run("rest", "--method", "put", "--url", url, *body)
    assert made["id"].startswith(f"{base}/secrets/a/")
    assert az.run("keyvault", "secret", "show", "--id", made["id"])["value"] == "one"
    listed = az.run("keyvault", "secret", "list", "--id", base)
    assert [each["name"] for each in listed] == ["a"]
    az.run("keyvault", "secret", "delete", "--id", f"{base}/secrets/a")
    assert az.run("keyvault", "secret", "list", "--id", base) == []


@pytest.mark.xdist_group("az")
def test_az_uses_a_vault_by_its_name_where_it_resolves(
    new_vault: Callable[[], str],
    cloud: LocalCloud,
    az: AzureCli,
    surroundings: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The domain of vaults, with its port, is in what the local cloud tells of itself."""
    vault, _other = new_vault(), new_vault()
    sign_in_as_officer(cloud, az)
    (tmp_path / "sitecustomize.py").write_text(_HOSTS_FILE)
    surroundings.setenv("PYTHONPATH", str(tmp_path))
    surroundings.setenv("NO_PROXY", f"localhost,127.0.0.1,{vaults.DOMAIN}")
    where = ("--vault-name", vault)
    made = az.run("keyvault", "secret", "set", *where, "--name", "a", "--value", "one")
    assert made["id"].startswith(f"{named_url(cloud, vault)}/secrets/a/")
    assert az.run("keyvault", "secret", "show", *where, "--name", "a")["value"] == "one"
    assert [each["name"] for each in az.run("keyvault", "secret", "list", *where)] == ["a"]
    az.run("keyvault", "secret", "delete", *where, "--name", "a")
    deleted = az.run("keyvault", "secret", "list-deleted", *where)
    assert [each["name"] for each in deleted] == ["a"]


_HOSTS_FILE = """
import socket
known = socket.getaddrinfo
def resolve(host, *arguments, **options):
    named = isinstance(host, str) and host.endswith(".vault.localhost")
    return known("127.0.0.1" if named else host, *arguments, **options)
socket.getaddrinfo = resolve
"""


def sign_in_as_officer(cloud: LocalCloud, az: AzureCli) -> None:
    """Sign in a service principal that sees the subscription and may do all with secrets."""
    principal = cloud.service_principal("officer")
    subscription = f"/subscriptions/{cloud.subscription_id}"
    for role in ("Reader", ROLE):
        cloud.assign(principal.object_id, role, subscription)
    az.register(cloud.endpoints.arm)
    az.login(principal)

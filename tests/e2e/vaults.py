"""What everybody does with Key Vault, told once for azure-keyvault-secrets' two colours."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

import pytest
from azure.core.exceptions import (
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)

from e2e.peers import each, settle, trust
from e2e.ways import fresh
from entrada.local.arm import operations
from entrada.local.provision import GROUP
from entrada.testing import LocalCloud

DOMAIN = ".vault.localhost"


@pytest.fixture
def new_vault(cloud: LocalCloud) -> Iterator[Callable[[], str]]:
    """Return a function that makes a vault for this test, and returns its name."""
    names: list[str] = []

    def make() -> str:
        names.append(fresh("vault"))
        cloud.key_vault(names[-1])
        return names[-1]

    yield make
    for name in names:
        wanted = operations.resource_id(cloud.cloud, GROUP, "Microsoft.KeyVault/vaults", name)
        operations.delete_resource(cloud.cloud, wanted)


@pytest.fixture
def vault(new_vault: Callable[[], str]) -> str:
    """Make a vault, the only one unless the test makes more; return its name."""
    return new_vault()


@pytest.fixture
def hosts_file(surroundings: pytest.MonkeyPatch) -> None:
    """Let the names of vaults resolve in this process, as lines of a hosts file do."""
    known = socket.getaddrinfo

    def resolve(host: Any, *arguments: Any, **options: Any) -> Any:
        named = isinstance(host, str) and host.endswith(DOMAIN)
        return known("127.0.0.1" if named else host, *arguments, **options)

    surroundings.setattr(socket, "getaddrinfo", resolve)
    surroundings.setenv("NO_PROXY", f"localhost,127.0.0.1,{DOMAIN}")


def named_url(cloud: LocalCloud, vault: str) -> str:
    """Return the URL of a vault by its host name."""
    port = cloud.endpoints.vault.rpartition(":")[2]
    return f"https://{vault}{DOMAIN}:{port}"


@asynccontextmanager
async def secret_client(
    library: str, credential: Any, vault_url: str, cloud: LocalCloud
) -> AsyncIterator[Any]:
    """Open the client of the colour that a library's credentials have; close both after."""
    module = import_module("azure.keyvault.secrets" + ".aio" * library.endswith(".aio"))
    options = {"retry_total": 0, **(trust(cloud) if library.endswith(".aio") else {})}
    client = module.SecretClient(vault_url, credential, **options)
    try:
        yield client
    finally:
        await settle(client.close())
        await settle(credential.close())


async def use(client: Any) -> None:
    """Do with an empty vault all that the story consists of."""
    first = await settle(client.set_secret("db-password", "one", tags={"for": "orders"}))
    second = await settle(client.set_secret("db-password", "two", content_type="text"))
    assert (await settle(client.get_secret("db-password"))).value == "two"
    old = await settle(client.get_secret("db-password", first.properties.version))
    assert (old.value, old.properties.tags) == ("one", {"for": "orders"})
    await _list(client, [first.properties.version, second.properties.version])
    await _disable(client)
    await _delete(client)


def refused_by(error: HttpResponseError) -> tuple[int | None, str]:
    """Return the status of a refusal, and the code of its inner error."""
    assert error.error is not None
    inner = error.error.innererror or {}
    return error.status_code, str(inner.get("code"))


async def _list(client: Any, versions: list[str]) -> None:
    listed = client.list_properties_of_secret_versions("db-password", max_page_size=1)
    assert [found.version async for found in each(listed)] == versions
    for number in range(3):
        await settle(client.set_secret(f"n{number}", "value"))
    listed = client.list_properties_of_secrets(max_page_size=2)
    assert [found.name async for found in each(listed)] == ["db-password", "n0", "n1", "n2"]


async def _disable(client: Any) -> None:
    await settle(client.update_secret_properties("n0", enabled=False))
    with pytest.raises(HttpResponseError) as disabled:
        await settle(client.get_secret("n0"))
    assert refused_by(disabled.value) == (403, "SecretDisabled")


async def _delete(client: Any) -> None:
    deleted = await _finished(client, "delete_secret", "n1")
    assert (deleted.name, deleted.properties.recovery_level) == ("n1", "Recoverable+Purgeable")
    with pytest.raises(ResourceNotFoundError):
        await settle(client.get_secret("n1"))
    with pytest.raises(ResourceExistsError, match="deleted but recoverable"):
        await settle(client.set_secret("n1", "new"))
    assert [found.name async for found in each(client.list_deleted_secrets())] == ["n1"]
    await _finished(client, "recover_deleted_secret", "n1")
    backup = await settle(client.backup_secret("n1"))
    await _finished(client, "delete_secret", "n1")
    await settle(client.purge_deleted_secret("n1"))
    assert (await settle(client.restore_secret_backup(backup))).name == "n1"
    assert (await settle(client.get_secret("n1"))).value == "value"


async def _finished(client: Any, operation: str, name: str) -> Any:
    """Do what takes its time in Azure: the two colours have different names for it."""
    begin = getattr(client, f"begin_{operation}", None)
    if begin is None:
        return await settle(getattr(client, operation)(name))
    poller = begin(name)
    poller.wait()
    return poller.result()

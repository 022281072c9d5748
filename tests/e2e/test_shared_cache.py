"""SharedTokenCacheCredential with a cache that MSAL itself wrote, against the local cloud."""

from __future__ import annotations

import asyncio
from inspect import isawaitable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import entrada
import entrada.aio
from e2e.verify import RESOURCE, SCOPE, verified
from entrada.testing import LocalCloud, World

msal: Any = pytest.importorskip("msal")

pytestmark = pytest.mark.e2e

_POWERSHELL = "1950a258-227b-4e31-a9cf-717495945fc2"


def _sign_in(cloud: LocalCloud, home: Path, name: str) -> Path:
    """Have somebody sign in to another tool of the family, and return the cache that it leaves."""
    person = cloud.user(name)
    path = home / ".IdentityService" / "msal.cache.nocae"
    cache = msal.SerializableTokenCache()
    if path.exists():
        cache.deserialize(path.read_text())
    application = msal.PublicClientApplication(
        _POWERSHELL,
        authority=f"{cloud.endpoints.login}/{cloud.tenant_id}",
        instance_discovery=False,
        token_cache=cache,
        verify=str(cloud.ca_file),
    )
    flow = application.initiate_device_flow(["https://management.azure.com/.default"])
    cloud.approve_device_code(flow["user_code"], person.username)
    answer = application.acquire_token_by_device_flow(flow)
    assert "access_token" in answer, answer
    path.parent.mkdir(exist_ok=True)
    path.write_text(cache.serialize())
    path.chmod(0o600)
    return path


def _ask(credential: Any) -> str:
    async def settled() -> str:
        answer = credential.get_token(SCOPE)
        token: str = (await answer if isawaitable(answer) else answer).token
        closed = credential.close()
        if isawaitable(closed):
            await closed
        return token

    return asyncio.run(settled())


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("face", [entrada, entrada.aio], ids=["sync", "async"])
def test_somebody_who_signed_in_to_another_tool_is_signed_in(
    face: ModuleType, cloud: LocalCloud, tmp_path: Path
) -> None:
    """For another resource than the tool asked for; the file stays as it was."""
    path = _sign_in(cloud, tmp_path, "ana")
    before = path.read_bytes()
    world = World.real()._replace(home=str(tmp_path))
    ana = cloud.user("ana")

    claims = verified(cloud, _ask(face.SharedTokenCacheCredential(world=world)), RESOURCE)

    assert claims["oid"] == ana.object_id
    assert path.read_bytes() == before


@pytest.mark.usefixtures("surroundings")
def test_the_default_chain_finds_the_one_that_is_asked_for(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    """Of two accounts, by name."""
    _sign_in(cloud, tmp_path, "ana")
    _sign_in(cloud, tmp_path, "ben")
    world = World.real()._replace(home=str(tmp_path))
    ben = cloud.user("ben")
    credential = entrada.DefaultAzureCredential(
        profile="dev", shared_cache_username=ben.username, world=world
    )

    claims = verified(cloud, _ask(credential), RESOURCE)

    assert claims["oid"] == ben.object_id
    assert credential.last_attempts[0].outcome == "token"
    with pytest.raises(entrada.CredentialUnavailableError) as several:
        _ask(entrada.SharedTokenCacheCredential(world=world))
    assert several.value.code == "several_accounts"

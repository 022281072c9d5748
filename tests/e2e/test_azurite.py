"""entrada's credentials, signed in to the local cloud, open the storage that Azurite emulates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError

from e2e import story
from e2e.azurite import Azurite
from e2e.peers import blob_service, credential_of, settle
from e2e.ways import SignIn
from entrada.testing import LocalCloud

# One Azurite is enough: with xdist's --dist loadgroup all of these run in one worker.
pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("azurite")]


def options(azurite: Azurite) -> dict[str, Any]:
    """Return the keywords of a client of Azurite."""
    return {"connection_verify": str(azurite.ca_file), **story.LIMITS}


@pytest.mark.parametrize("library", ["entrada", "entrada.aio"])
@pytest.mark.parametrize("way", ["client_secret", "certificate", "imds", "app_service", "workload"])
def test_a_credential_opens_azurite(
    way: str,
    library: str,
    cloud: LocalCloud,
    azurite: Azurite,
    sign_in: Callable[[str], SignIn],
) -> None:
    """The local cloud's tokens have the issuer and audience that Azurite looks for."""
    prepared = sign_in(way)
    container = f"{way}-{library}".replace("_", "-").replace(".", "-")

    async def told() -> None:
        credential = credential_of(library, prepared, cloud)
        url = azurite.account_url
        async with blob_service(library, credential, url, **options(azurite)) as service:
            await story.use(service, container)

    asyncio.run(told())


def test_azurite_refuses_a_token_for_another_service(
    cloud: LocalCloud, azurite: Azurite, sign_in: Callable[[str], SignIn]
) -> None:
    """Azurite reads the tokens that it is sent."""
    prepared = sign_in("client_secret")

    async def told() -> HttpResponseError:
        credential = credential_of("entrada", prepared, cloud)
        other = {"audience": "https://vault.azure.net", **options(azurite)}
        async with blob_service("entrada", credential, azurite.account_url, **other) as service:
            with pytest.raises(ClientAuthenticationError) as refused:
                await settle(service.create_container("vault"))
            return refused.value

    assert "Invalid token audience" in str(asyncio.run(told()))

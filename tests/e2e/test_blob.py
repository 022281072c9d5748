"""azure-storage-blob against the local cloud: refused until a role is assigned, then all works.

Once with the cloud's own store of blobs, and once with Azurite behind it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from azure.core.exceptions import HttpResponseError

from e2e import story
from e2e.azurite import behind_a_cloud
from e2e.peers import LIBRARIES, blob_service, credential_of, settle, trust
from e2e.ways import SignIn, fresh
from entrada.testing import LocalCloud

pytestmark = pytest.mark.e2e

ROLE = "Storage Blob Data Contributor"


@pytest.fixture(scope="module", params=["embedded", "azurite"])
def cloud(request: pytest.FixtureRequest) -> Iterator[LocalCloud]:
    """Run a local cloud with each of the stores of blobs."""
    if request.param == "embedded":
        with LocalCloud() as running:
            yield running
    else:
        request.getfixturevalue("node")
        with behind_a_cloud(request.getfixturevalue("node_modules")) as running:
            yield running


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("way", ["client_secret", "app_service", "workload"])
def test_an_app_is_refused_until_its_role_is_assigned_and_then_uses_storage(
    way: str, library: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """The refusal has Storage's code, and names the command that assigns the role it needs."""
    prepared = sign_in(way)
    account_url = cloud.storage_account(fresh("account"))

    async def told() -> HttpResponseError:
        credential = credential_of(library, prepared, cloud)
        options = trust(cloud) | story.LIMITS
        async with blob_service(library, credential, account_url, **options) as service:
            with pytest.raises(HttpResponseError) as refused:
                await settle(service.create_container("early"))
            cloud.assign(prepared.principal_id, ROLE)
            await story.use(service, "papers")
            return refused.value

    refusal = asyncio.run(told())
    assert (refusal.status_code, story.error_code(refusal)) == (
        403,
        "AuthorizationPermissionMismatch",
    )
    assert f"entrada role assign --assignee {prepared.principal_id}" in str(refusal)
    assert ROLE in str(refusal)

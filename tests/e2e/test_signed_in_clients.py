"""azure-identity and @azure/identity take the token of whoever signed in to the real Azure CLI."""

from __future__ import annotations

import asyncio
from importlib import import_module

import pytest

from e2e.azure_cli import AzureCli
from e2e.peers import settle
from e2e.scripts import run
from e2e.verify import SCOPE, verified
from e2e.ways import SignIn, fresh
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("az")]

# The first start after an installation compiles all of az.
_SECONDS = 60


@pytest.fixture
def principal_id(cloud: LocalCloud, az: AzureCli) -> str:
    """Sign a service principal in that sees the subscription, which az insists on."""
    principal = cloud.service_principal(fresh("cli"))
    cloud.assign(principal.object_id, "Reader", f"/subscriptions/{cloud.subscription_id}")
    az.register(cloud.endpoints.arm)
    az.login(principal)
    return principal.object_id


def test_azure_identity_takes_the_token_of_whoever_is_signed_in(
    cloud: LocalCloud, az: AzureCli, principal_id: str
) -> None:
    """Each of its colours starts az for itself."""

    async def token(library: str) -> str:
        credential = import_module(library).AzureCliCredential(process_timeout=_SECONDS)
        try:
            return str((await settle(credential.get_token(SCOPE))).token)
        finally:
            await settle(credential.close())

    for library in ("azure.identity", "azure.identity.aio"):
        assert verified(cloud, asyncio.run(token(library)))["oid"] == principal_id
    assert az.tokens_asked == 2


def test_javascript_takes_the_token_of_whoever_is_signed_in(
    node: str, cloud: LocalCloud, az: AzureCli, principal_id: str
) -> None:
    """@azure/identity runs the same program."""
    prepared = SignIn("AzureCliCredential", {"process_timeout": _SECONDS}, {})
    got = run(node, "token.mjs", cloud, prepared, scope=SCOPE)
    assert verified(cloud, got["token"])["oid"] == principal_id
    assert az.tokens_asked == 1

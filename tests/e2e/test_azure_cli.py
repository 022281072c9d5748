"""AzureCliCredential through the real Azure CLI, signed in to the local cloud."""

from __future__ import annotations

import asyncio
from importlib import import_module

import pytest

from e2e.azure_cli import AzureCli
from e2e.peers import settle
from e2e.verify import SCOPE, verified
from entrada import AzureCliCredential, CredentialUnavailableError
from entrada.local.provision import ServicePrincipal
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("az")]

# The first start after an installation compiles all of az.
START_SECONDS = 60


def someone(cloud: LocalCloud) -> ServicePrincipal:
    """Make a service principal that sees the subscription, which az insists on."""
    principal = cloud.service_principal("cli")
    cloud.assign(principal.object_id, "Reader", f"/subscriptions/{cloud.subscription_id}")
    return principal


@pytest.mark.parametrize("library", ["entrada", "entrada.aio"])
def test_nobody_signed_in_is_told_to_run_az_login(library: str, az: AzureCli) -> None:
    """What az itself says becomes an error that a chain passes over, with the command as hint."""

    async def ask() -> CredentialUnavailableError:
        credential = import_module(library).AzureCliCredential(process_timeout=START_SECONDS)
        with pytest.raises(CredentialUnavailableError) as unavailable:
            await settle(credential.get_token(SCOPE))
        await settle(credential.close())
        return unavailable.value

    error = asyncio.run(ask())
    assert (error.code, error.hint) == ("not_signed_in", "az login")
    assert az.tokens_asked == 1


def test_tokens_follow_whoever_is_signed_in(cloud: LocalCloud, az: AzureCli) -> None:
    """One program a sign-in: a second call starts none, a sign-in or sign-out starts another."""
    first, second = someone(cloud), someone(cloud)
    az.register(cloud.endpoints.arm)
    with AzureCliCredential(process_timeout=START_SECONDS) as credential:
        az.login(first)
        token = credential.get_token(SCOPE)
        claims = verified(cloud, token.token)
        assert (claims["oid"], claims["appid"]) == (first.object_id, first.client_id)
        assert abs(token.expires_on - claims["exp"]) <= 2
        assert credential.get_token(SCOPE) == token
        assert az.tokens_asked == 1

        az.login(second)
        other = credential.get_token(SCOPE).token
        assert verified(cloud, other)["oid"] == second.object_id
        assert az.tokens_asked == 2

        az.run("account", "clear")
        with pytest.raises(CredentialUnavailableError, match="az login"):
            credential.get_token(SCOPE)


def test_a_task_gets_the_token_of_whoever_is_signed_in(cloud: LocalCloud, az: AzureCli) -> None:
    """Ten tasks at once start one program; a named tenant is asked for by name."""
    principal = someone(cloud)
    az.register(cloud.endpoints.arm)
    az.login(principal)

    async def ask() -> list[str]:
        module = import_module("entrada.aio")
        async with module.AzureCliCredential(process_timeout=START_SECONDS) as credential:
            got = await asyncio.gather(*(credential.get_token(SCOPE) for _ in range(10)))
            named = await credential.get_token(SCOPE, tenant_id=cloud.tenant_id)
            return [*{each.token for each in got}, named.token]

    shared, named = asyncio.run(ask())
    assert verified(cloud, shared)["oid"] == verified(cloud, named)["oid"] == principal.object_id
    assert az.tokens_asked == 2


def test_signing_out_with_az_ends_it(cloud: LocalCloud, az: AzureCli) -> None:
    """A token in memory does not outlive the sign-in that it came from."""
    az.register(cloud.endpoints.arm)
    az.login(someone(cloud))
    with AzureCliCredential(process_timeout=START_SECONDS) as credential:
        credential.get_token(SCOPE)
        az.run("logout")
        with pytest.raises(CredentialUnavailableError) as unavailable:
            credential.get_token(SCOPE)
    assert unavailable.value.hint == "az login"

"""Applications that prove themselves with a federated assertion, through every client."""

from __future__ import annotations

import pytest

from e2e.msal_client import acquired
from e2e.peers import LIBRARIES
from e2e.people import made, token_of
from e2e.proofs import federated
from e2e.scripts import run
from e2e.verify import SCOPE, verified
from e2e.ways import SignIn, fresh
from entrada.local.provision import ServicePrincipal
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("surroundings")]


def _check(cloud: LocalCloud, token: str, principal: ServicePrincipal) -> None:
    claims = verified(cloud, token)
    assert (claims["oid"], claims["appid"]) == (principal.object_id, principal.client_id)
    assert claims["appidacr"] == "2"


@pytest.fixture
def principal(cloud: LocalCloud) -> ServicePrincipal:
    """Return a new application."""
    return cloud.service_principal(fresh("peer"))


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_assertion_signs_its_application_in(
    library: str, cloud: LocalCloud, principal: ServicePrincipal
) -> None:
    """The assertion is a Kubernetes service account's token, taken as it is."""
    assertion = federated(cloud, principal.client_id)
    credential = made(
        cloud,
        library,
        "ClientAssertionCredential",
        tenant_id=principal.tenant_id,
        client_id=principal.client_id,
        func=lambda: assertion,
    )
    _check(cloud, token_of(credential), principal)


def _prepared(cloud: LocalCloud, principal: ServicePrincipal) -> SignIn:
    arguments = {
        "tenant_id": principal.tenant_id,
        "client_id": principal.client_id,
        "assertion": federated(cloud, principal.client_id),
    }
    return SignIn("ClientAssertionCredential", arguments, {})


def test_msal_signs_in_with_an_assertion(cloud: LocalCloud, principal: ServicePrincipal) -> None:
    """It asks for the assertion when it needs one."""
    got = acquired(cloud, _prepared(cloud, principal))
    _check(cloud, got["access_token"], principal)


def test_javascript_signs_in_with_an_assertion(
    node: str, cloud: LocalCloud, principal: ServicePrincipal
) -> None:
    """@azure/identity's callback is asked for it."""
    got = run(node, "token.mjs", cloud, _prepared(cloud, principal), scope=SCOPE)
    _check(cloud, got["token"], principal)

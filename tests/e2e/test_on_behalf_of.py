"""APIs that act for whoever calls them, through every client and with every proof."""

from __future__ import annotations

from pathlib import Path

import pytest

import entrada
from e2e.msal_client import client_credential, msal_app
from e2e.peers import LIBRARIES
from e2e.people import PEOPLE, ana, call_of, check, made, token_of
from e2e.proofs import PROOFS, python_keywords
from e2e.scripts import run
from e2e.verify import SCOPE
from e2e.ways import SignIn, fresh
from entrada.local.provision import User
from entrada.testing import LocalCloud

__all__ = ["ana"]

pytestmark = [*PEOPLE, pytest.mark.parametrize("proof", PROOFS)]


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_api_acts_for_whoever_calls_it(
    library: str, proof: str, cloud: LocalCloud, ana: User, tmp_path: Path
) -> None:
    """Its token for storage is the caller's, issued to the API."""
    api = cloud.api(fresh("api"))
    credential = made(
        cloud,
        library,
        "OnBehalfOfCredential",
        tenant_id=cloud.tenant_id,
        client_id=api.client_id,
        user_assertion=call_of(cloud, api, ana),
        **python_keywords(PROOFS[proof](cloud, api, tmp_path)),
    )
    check(cloud, token_of(credential), ana, api.client_id)


def test_msal_acts_on_behalf_of_a_caller(
    proof: str, cloud: LocalCloud, ana: User, tmp_path: Path
) -> None:
    """One application acts for several people, each with a token of their own."""
    api = cloud.api(fresh("api"))
    proven = client_credential(PROOFS[proof](cloud, api, tmp_path))
    app = msal_app(cloud, api.client_id, client_credential=proven)
    for user in (ana, cloud.user(fresh("ben"))):
        got = app.acquire_token_on_behalf_of(call_of(cloud, api, user), [SCOPE])
        check(cloud, got["access_token"], user, api.client_id)


def test_javascript_acts_on_behalf_of_a_caller(
    proof: str, node: str, cloud: LocalCloud, ana: User, tmp_path: Path
) -> None:
    """@azure/identity signs with PS256 where it has a certificate."""
    api = cloud.api(fresh("api"))
    arguments = {
        "tenant_id": cloud.tenant_id,
        "client_id": api.client_id,
        "user_assertion": call_of(cloud, api, ana),
        **PROOFS[proof](cloud, api, tmp_path),
    }
    prepared = SignIn("OnBehalfOfCredential", arguments, {})
    got = run(node, "token.mjs", cloud, prepared, scope=SCOPE)
    check(cloud, got["token"], ana, api.client_id)


def test_one_credential_acts_for_several_people(
    proof: str, cloud: LocalCloud, ana: User, tmp_path: Path
) -> None:
    """Each gets a token of their own; one whose policy demands more is asked for."""
    api = cloud.api(fresh("api"), token_version=1)
    ben, eve = cloud.user(fresh("ben")), cloud.user(fresh("eve"))
    calls = {user.object_id: call_of(cloud, api, user) for user in (ana, ben, eve)}
    with entrada.OnBehalfOfCredential(
        cloud.tenant_id,
        api.client_id,
        user_assertion=calls[ana.object_id],
        authority=cloud.endpoints.login,
        **python_keywords(PROOFS[proof](cloud, api, tmp_path)),
    ) as credential:
        for user in (ana, ben, ana, ben):
            access_token = credential.for_user(calls[user.object_id]).get_token(SCOPE).token
            check(cloud, access_token, user, api.client_id)
        cloud.user(eve.username, password=eve.password, mfa_required=True)
        with pytest.raises(entrada.AuthenticationError) as caught:
            credential.for_user(calls[eve.object_id]).get_token(SCOPE)
        assert isinstance(caught.value, entrada.AuthenticationRequiredError)

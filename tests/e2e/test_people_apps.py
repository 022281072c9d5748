"""Web apps that people sign in to: each client redeems the code that its callback gets."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from e2e.msal_client import msal_app
from e2e.peers import LIBRARIES
from e2e.people import CALLBACK, PEOPLE, ana, check, code_for, made, token_of
from e2e.scripts import run
from e2e.verify import SCOPE, verified
from e2e.ways import SignIn, fresh
from entrada.local.provision import User
from entrada.testing import LocalCloud

__all__ = ["ana"]

pytestmark = PEOPLE

_MANAGEMENT = "https://management.azure.com"


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_web_app_redeems_the_code_of_its_person(
    library: str, cloud: LocalCloud, ana: User
) -> None:
    """A code works once."""
    web = cloud.web_client(fresh("web"), CALLBACK)
    arguments = {
        "tenant_id": cloud.tenant_id,
        "client_id": web.client_id,
        "authorization_code": code_for(cloud, web, ana),
        "redirect_uri": CALLBACK,
        "client_secret": web.client_secret,
    }
    name = "AuthorizationCodeCredential"
    check(cloud, token_of(made(cloud, library, name, **arguments)), ana, web.client_id)
    with pytest.raises(Exception, match="54005"):
        token_of(made(cloud, library, name, **arguments))


@pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")
def test_msal_redeems_the_code_of_a_person(cloud: LocalCloud, ana: User) -> None:
    """With PKCE; then a refresh token gets one for another service, and the code is spent."""
    web = cloud.web_client(fresh("web"), CALLBACK)
    app = msal_app(cloud, web.client_id, client_credential=web.client_secret)
    flow = app.initiate_auth_code_flow([SCOPE], redirect_uri=CALLBACK, response_mode="query")
    where = cloud.authorize(flow["auth_uri"], ana.username)
    answer = dict(parse_qsl(urlsplit(where).query))
    got = app.acquire_token_by_auth_code_flow(flow, answer)
    check(cloud, got["access_token"], ana, web.client_id)
    (account,) = app.get_accounts()
    other = app.acquire_token_silent([f"{_MANAGEMENT}/.default"], account)
    assert verified(cloud, other["access_token"], _MANAGEMENT)["oid"] == ana.object_id
    again = app.acquire_token_by_auth_code_flow(flow, answer)
    assert again["error_codes"] == [54005]


def test_javascript_redeems_the_code_of_a_person(node: str, cloud: LocalCloud, ana: User) -> None:
    """A code works once there, too."""
    web = cloud.web_client(fresh("web"), CALLBACK)
    arguments = {
        "tenant_id": cloud.tenant_id,
        "client_id": web.client_id,
        "authorization_code": code_for(cloud, web, ana),
        "redirect_uri": CALLBACK,
        "client_secret": web.client_secret,
    }
    prepared = SignIn("AuthorizationCodeCredential", arguments, {})
    token = run(node, "token.mjs", cloud, prepared, scope=SCOPE)["token"]
    check(cloud, token, ana, web.client_id)
    assert "54005" in run(node, "refusal.mjs", cloud, prepared, scope=SCOPE)["message"]

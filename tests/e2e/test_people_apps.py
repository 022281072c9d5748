"""Apps that act for people: a web app with a code, an API on behalf of its callers."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

import entrada
from e2e.peers import LIBRARIES
from e2e.people import PEOPLE, ana, check, made, msal_app, token_of
from e2e.verify import SCOPE
from e2e.ways import fresh
from entrada.local.provision import ServicePrincipal, User
from entrada.testing import LocalCloud

__all__ = ["ana"]

pytestmark = PEOPLE

_CALLBACK = "https://app.example/callback"


def _code(cloud: LocalCloud, web: ServicePrincipal, user: User) -> str:
    query = {
        "client_id": web.client_id,
        "response_type": "code",
        "redirect_uri": _CALLBACK,
        "response_mode": "query",
        "scope": f"{SCOPE} offline_access openid profile",
        "state": "s",
    }
    login = f"{cloud.endpoints.login}/{cloud.tenant_id}/oauth2/v2.0/authorize"
    where = cloud.authorize(f"{login}?{urlencode(query)}", user.username)
    return dict(parse_qsl(urlsplit(where).query))["code"]


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_web_app_redeems_the_code_of_its_person(
    library: str, cloud: LocalCloud, ana: User
) -> None:
    """A code works once."""
    web = cloud.web_client(fresh("web"), _CALLBACK)
    arguments = {
        "tenant_id": cloud.tenant_id,
        "client_id": web.client_id,
        "authorization_code": _code(cloud, web, ana),
        "redirect_uri": _CALLBACK,
        "client_secret": web.client_secret,
    }
    name = "AuthorizationCodeCredential"
    check(cloud, token_of(made(cloud, library, name, **arguments)), ana, web.client_id)
    with pytest.raises(Exception, match="54005"):
        token_of(made(cloud, library, name, **arguments))


def _assertion(cloud: LocalCloud, api: ServicePrincipal, user: User) -> str:
    client = entrada.UsernamePasswordCredential(
        cloud.public_client(fresh("desktop")),
        user.username,
        user.password,
        tenant_id=cloud.tenant_id,
        authority=cloud.endpoints.login,
    )
    return token_of(client, f"api://{api.client_id}/access_as_user")


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_api_acts_for_whoever_calls_it(library: str, cloud: LocalCloud, ana: User) -> None:
    """Its token for storage is the caller's, issued to the API."""
    api = cloud.api(fresh("api"))
    credential = made(
        cloud,
        library,
        "OnBehalfOfCredential",
        tenant_id=cloud.tenant_id,
        client_id=api.client_id,
        client_secret=api.client_secret,
        user_assertion=_assertion(cloud, api, ana),
    )
    check(cloud, token_of(credential), ana, api.client_id)


def test_msal_acts_on_behalf_of_a_caller(cloud: LocalCloud, ana: User) -> None:
    """As the library below azure-identity does it."""
    api = cloud.api(fresh("api"))
    app = msal_app(cloud, api.client_id, client_credential=api.client_secret)
    got = app.acquire_token_on_behalf_of(_assertion(cloud, api, ana), [SCOPE])
    check(cloud, got["access_token"], ana, api.client_id)


def test_one_credential_acts_for_several_people(cloud: LocalCloud, ana: User) -> None:
    """Each gets a token of their own; one whose policy demands more is asked for."""
    api = cloud.api(fresh("api"), token_version=1)
    ben, eve = cloud.user(fresh("ben")), cloud.user(fresh("eve"))
    assertions = {user.object_id: _assertion(cloud, api, user) for user in (ana, ben, eve)}
    with entrada.OnBehalfOfCredential(
        cloud.tenant_id,
        api.client_id,
        client_secret=api.client_secret,
        user_assertion=assertions[ana.object_id],
        authority=cloud.endpoints.login,
    ) as credential:
        for user in (ana, ben, ana, ben):
            access_token = credential.for_user(assertions[user.object_id]).get_token(SCOPE).token
            check(cloud, access_token, user, api.client_id)
        cloud.user(eve.username, password=eve.password, mfa_required=True)
        with pytest.raises(entrada.AuthenticationError) as caught:
            credential.for_user(assertions[eve.object_id]).get_token(SCOPE)
        assert isinstance(caught.value, entrada.AuthenticationRequiredError)

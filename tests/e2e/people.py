"""People of the local cloud, and the credentials that sign them in, whichever library's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

import entrada
from e2e.peers import settle, trust
from e2e.verify import SCOPE, verified
from e2e.ways import fresh
from entrada.local.provision import ServicePrincipal, User
from entrada.testing import LocalCloud, World

PEOPLE = [
    pytest.mark.e2e,
    pytest.mark.usefixtures("surroundings"),
    pytest.mark.filterwarnings("ignore:UsernamePasswordCredential:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning"),
]
"""The marks of a test module about people."""

WITH_A_PERSON = ("azure.identity", "entrada", "entrada.aio")
"""The libraries that sign people in themselves; azure-identity does for threads only."""

CALLBACK = "https://app.example/callback"
"""Where the web apps of these tests get their codes."""


@pytest.fixture
def ana(cloud: LocalCloud) -> User:
    """Return a new person."""
    return cloud.user(fresh("ana"))


def _options(cloud: LocalCloud, library: str) -> dict[str, Any]:
    options: dict[str, Any] = {
        "authority": cloud.endpoints.login,
        "disable_instance_discovery": True,
    }
    return options | (trust(cloud) if library == "azure.identity.aio" else {})


def made(cloud: LocalCloud, library: str, name: str, **arguments: Any) -> Any:
    """Make a library's credential for the local cloud."""
    return getattr(import_module(library), name)(**{**_options(cloud, library), **arguments})


def token_of(credential: Any, scope: str = SCOPE) -> str:
    """Return the token that a credential of either colour gets, and close it."""

    async def got() -> str:
        try:
            return str((await settle(credential.get_token(scope))).token)
        finally:
            await settle(credential.close())

    return asyncio.run(got())


def check(cloud: LocalCloud, token: str, user: User, client_id: str) -> Mapping[str, Any]:
    """Verify a person's token and return its claims."""
    claims = verified(cloud, token)
    assert (claims["oid"], claims["appid"], claims["idtyp"]) == (user.object_id, client_id, "user")
    return claims


def code_for(cloud: LocalCloud, web: ServicePrincipal, user: User) -> str:
    """Return the code that a web app's callback gets when a person signs in to it."""
    query = {
        "client_id": web.client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "response_mode": "query",
        "scope": f"{SCOPE} offline_access openid profile",
        "state": "s",
    }
    login = f"{cloud.endpoints.login}/{cloud.tenant_id}/oauth2/v2.0/authorize"
    where = cloud.authorize(f"{login}?{urlencode(query)}", user.username)
    return dict(parse_qsl(urlsplit(where).query))["code"]


def call_of(cloud: LocalCloud, api: ServicePrincipal, user: User) -> str:
    """Return the access token with which a person calls an API."""
    client = entrada.UsernamePasswordCredential(
        cloud.public_client(fresh("desktop")),
        user.username,
        user.password,
        tenant_id=cloud.tenant_id,
        authority=cloud.endpoints.login,
    )
    return token_of(client, f"api://{api.client_id}/access_as_user")


def no_wait() -> World:
    """Return this machine, on which sleeping takes no time."""
    return World.real()._replace(sleep=lambda _seconds: None)

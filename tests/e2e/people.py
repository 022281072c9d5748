"""People of the local cloud, and the credentials that sign them in, whichever library's."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest

from e2e.peers import settle, trust
from e2e.verify import SCOPE, verified
from e2e.ways import fresh
from entrada.local.provision import User
from entrada.testing import LocalCloud, World

PEOPLE = [
    pytest.mark.e2e,
    pytest.mark.usefixtures("surroundings"),
    pytest.mark.filterwarnings("ignore:UsernamePasswordCredential:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:This API has been deprecated:DeprecationWarning"),
]
"""The marks of a test module about people."""


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


def msal_app(cloud: LocalCloud, client_id: str, **options: Any) -> Any:
    """Make MSAL's application: a confidential one where there are options."""
    library = import_module("msal")
    kind = library.ConfidentialClientApplication if options else library.PublicClientApplication
    authority = f"{cloud.endpoints.login}/{cloud.tenant_id}"
    return kind(client_id, authority=authority, instance_discovery=False, **options)


def no_wait() -> World:
    """Return this machine, on which sleeping takes no time."""
    return World.real()._replace(sleep=lambda _seconds: None)

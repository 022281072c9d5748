"""What the probes share: each library's credential as a function that gets a token."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeAlias

RESOURCE = "https://storage.azure.com"
SCOPE = f"{RESOURCE}/.default"

Ask: TypeAlias = Callable[[], object]
AsyncAsk: TypeAlias = Callable[[], Awaitable[object]]


def secret(module: str) -> Ask:
    """Return what gets a token with a client secret."""
    if module == "msal":
        return checked(partial(msal_app().acquire_token_for_client, [SCOPE]))
    return partial(client_secret(module).get_token, SCOPE)


def client_secret(module: str, *, aio: bool = False) -> Any:
    """Return a library's ClientSecretCredential."""
    return named(module, "ClientSecretCredential", aio=aio)(
        *identity(), os.environ["AZURE_CLIENT_SECRET"], disable_instance_discovery=True
    )


def managed_identity(module: str) -> Ask:
    """Return what gets a token of this machine's identity."""
    if module == "msal":
        msal, requests = importlib.import_module("msal"), importlib.import_module("requests")
        client = msal.ManagedIdentityClient(
            msal.SystemAssignedManagedIdentity(), http_client=requests.Session()
        )
        return checked(partial(client.acquire_token_for_client, resource=RESOURCE))
    return partial(named(module, "ManagedIdentityCredential")().get_token, SCOPE)


def msal_app(**options: Any) -> Any:
    """Return MSAL's confidential client, with a client secret unless told otherwise."""
    tenant, client_id = identity()
    given = {"client_credential": os.environ.get("AZURE_CLIENT_SECRET"), **options}
    authority = f"{os.environ['AZURE_AUTHORITY_HOST'].rstrip('/')}/{tenant}"
    return named("msal", "ConfidentialClientApplication")(
        client_id, authority=authority, instance_discovery=False, **given
    )


def checked(ask: Ask) -> Ask:
    """Call once and raise what MSAL returns as an error."""
    found = ask()
    if not isinstance(found, dict) or "access_token" not in found:
        raise RuntimeError(f"no token: {found}")
    return ask


def identity() -> tuple[str, str]:
    """Return the tenant and the client id."""
    return os.environ["AZURE_TENANT_ID"], os.environ["AZURE_CLIENT_ID"]


def named(module: str, name: str, *, aio: bool = False) -> Any:
    """Return a class of a library."""
    return getattr(importlib.import_module(f"{module}.aio" if aio else module), name)


def milliseconds(act: Ask) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1e3


def main(probes: dict[str, Any]) -> None:
    """Run the probe that the command line names, for the module that it names."""
    print(probes[sys.argv[1]](sys.argv[2]))

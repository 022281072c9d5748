"""Azure's management clients of either colour, held by an owner of the local subscription."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any

from e2e.peers import credential_of, each, settle, trust
from e2e.ways import SignIn
from entrada.testing import LocalCloud

_CLIENTS = {
    "authorization": "AuthorizationManagementClient",
    "compute": "ComputeManagementClient",
    "msi": "ManagedServiceIdentityClient",
    "resource.resources": "ResourceManagementClient",
    "resource.subscriptions": "SubscriptionClient",
    "storage": "StorageManagementClient",
    "web": "WebSiteManagementClient",
}


@asynccontextmanager
async def client(name: str, library: str, cloud: LocalCloud, sign_in: SignIn) -> AsyncIterator[Any]:
    """Open ``azure.mgmt.{name}``'s client of the colour that a library's credentials have."""
    module = import_module(f"azure.mgmt.{name}" + ".aio" * library.endswith(".aio"))
    credential = credential_of(library, sign_in, cloud)
    subscription = () if name == "resource.subscriptions" else (cloud.subscription_id,)
    opened = getattr(module, _CLIENTS[name])(
        credential,
        *subscription,
        base_url=cloud.endpoints.arm,
        credential_scopes=[f"{cloud.endpoints.arm}/.default"],
        retry_total=0,
        **trust(cloud),
    )
    try:
        yield opened
    finally:
        await settle(opened.close())
        await settle(credential.close())


async def finish(poller: Any) -> Any:
    """Return the result of a long-running operation that was begun."""
    return await settle((await settle(poller)).result())


async def names(listing: AsyncIterable[Any] | Iterable[Any]) -> list[str]:
    """Return the names in a listing."""
    return [found.name async for found in each(listing)]

"""Python libraries of credentials behind one door: azure-identity and entrada, sync and async.

A peer is handed the authority and told not to ask anybody about it.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from importlib import import_module
from typing import Any, TypeVar

from e2e.ways import SignIn
from entrada.testing import LocalCloud

T = TypeVar("T")

LIBRARIES = ("azure.identity", "azure.identity.aio", "entrada", "entrada.aio")


def credential_of(library: str, sign_in: SignIn, cloud: LocalCloud) -> Any:
    """Make a library's credential for a way to sign in."""
    options: dict[str, Any] = dict(sign_in.arguments)
    if sign_in.credential != "ManagedIdentityCredential":
        options |= {"authority": cloud.endpoints.login, "disable_instance_discovery": True}
    if library == "azure.identity.aio":
        options |= trust(cloud)
    return getattr(import_module(library), sign_in.credential)(**options)


def trust(cloud: LocalCloud) -> dict[str, str]:
    """Return what makes an asynchronous azure-core client trust the local cloud.

    aiohttp reads ``SSL_CERT_FILE`` once, when it is imported.
    """
    return {"connection_verify": str(cloud.ca_file)}


async def settle(value: Awaitable[T] | T) -> T:
    """Return what a call of either colour comes to."""
    if inspect.isawaitable(value):
        return await value
    return value


async def each(values: AsyncIterable[T] | Iterable[T]) -> AsyncIterator[T]:
    """Go through the results of a listing of either colour."""
    if isinstance(values, AsyncIterable):
        async for value in values:
            yield value
    else:
        for value in values:
            yield value


@asynccontextmanager
async def blob_service(
    library: str, credential: Any, account_url: str, **options: Any
) -> AsyncIterator[Any]:
    """Open azure-storage-blob's client of the colour that a library's credentials have."""
    blob = import_module("azure.storage.blob" + ".aio" * library.endswith(".aio"))
    service = blob.BlobServiceClient(account_url, credential, **options)
    try:
        yield service
    finally:
        await settle(service.close())
        await settle(credential.close())

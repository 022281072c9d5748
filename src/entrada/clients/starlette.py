"""Starlette: clients in the app's state, closed when the app ends.

app = Starlette(routes=..., lifespan=lifespan(clients))

async def index(request):
    blob = await client(request, BlobServiceClient)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Any, TypeAlias, TypeVar, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from entrada.clients.classes import class_name
from entrada.clients.errors import misuse
from entrada.clients.registry import Clients

T = TypeVar("T")
Lifespan: TypeAlias = Callable[[Any], AbstractAsyncContextManager[Any]]

STATE = "entrada_clients"
"""The attribute of the state that has the registry."""


def lifespan(clients: Clients, inner: Lifespan | None = None) -> Lifespan:
    """Return a lifespan that closes the clients at its end, around another one if there is one."""

    @asynccontextmanager
    async def run(app: Any) -> AsyncIterator[Mapping[str, Any]]:
        setattr(app.state, STATE, clients)
        async with clients, inner(app) if inner is not None else nullcontext() as state:
            yield {**(state or {}), STATE: clients}

    return run


def clients_of(connection: HTTPConnection) -> Clients:
    """Return the registry of a request or WebSocket; raise ClientsConfigurationError."""
    found = getattr(connection.state, STATE, None) or getattr(connection.app.state, STATE, None)
    if found is None:
        raise misuse("the app has no clients.", "Give it lifespan=lifespan(clients).")
    return cast("Clients", found)


async def client(connection: HTTPConnection, kind: type[T], name: str | None = None) -> T:
    """Return the client of a class; a sync one is made in a thread, since that may take time."""
    clients = clients_of(connection)
    if clients.has_made(kind, name) or class_name(cast("type", kind)).asynchronous:
        return clients.get(kind, name)
    return await run_in_threadpool(clients.get, kind, name)

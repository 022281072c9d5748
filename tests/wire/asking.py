"""Ways to ask a server of these tests: through a bare wire, or a credential of either face."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from servers import RawServer, answer

from entrada import ManagedIdentityCredential
from entrada._drivers.wire import Wire
from entrada._engine.effects import Request, Response, TransportFailure
from entrada.aio import ManagedIdentityCredential as AsyncManagedIdentityCredential
from entrada.testing import World

PATIENCE = 10.0
SCOPE = "https://storage.azure.com/.default"
TOKEN = answer(b'{"access_token": "t", "expires_in": 3600}')

Ask = Callable[..., str]


def get(wire: Wire, server: RawServer, path: str = "", timeout: float = PATIENCE) -> Response:
    return wire(Request("GET", server.url + path, timeout=timeout))


def failure(wire: Wire, url: str, timeout: float = PATIENCE) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        wire(Request("GET", url, timeout=timeout))
    return caught.value


def world_of(server: RawServer) -> World:
    return World.fake({"IDENTITY_ENDPOINT": f"{server.url}msi", "IDENTITY_HEADER": "hush"})


def token(server: RawServer, **keywords: Any) -> str:
    with ManagedIdentityCredential(world=world_of(server), **keywords) as credential:
        return credential.get_token(SCOPE).token


def token_in_a_task(server: RawServer, **keywords: Any) -> str:
    async def main() -> str:
        async with AsyncManagedIdentityCredential(world=world_of(server), **keywords) as credential:
            return (await credential.get_token(SCOPE)).token

    return asyncio.run(main())


both_faces = pytest.mark.parametrize("ask", [token, token_in_a_task], ids=["sync", "async"])

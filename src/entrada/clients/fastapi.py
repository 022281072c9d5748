"""FastAPI: clients as dependencies, closed when the app ends.

app = FastAPI(lifespan=lifespan(clients))
Blob = Annotated[BlobServiceClient, client(BlobServiceClient)]

@app.get("/containers")
async def containers(blob: Blob) -> list[str]: ...
"""

from __future__ import annotations

from typing import Any

from fastapi import Depends
from starlette.requests import HTTPConnection

from entrada.clients import starlette
from entrada.clients.starlette import clients_of, lifespan

__all__ = ["client", "clients_of", "lifespan"]


def client(kind: type, name: str | None = None) -> Any:
    """Return the dependency on a client, for ``Annotated`` or as a parameter's default."""

    async def provide(connection: HTTPConnection) -> Any:
        return await starlette.client(connection, kind, name)

    return Depends(provide)

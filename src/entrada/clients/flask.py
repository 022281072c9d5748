"""Flask: clients in the app's extensions, closed when the process ends.

init_app(app, clients)

@app.get("/containers")
def containers():
    blob = client(BlobServiceClient)
"""

from __future__ import annotations

import atexit
from typing import TypeVar, cast

from flask import Flask, current_app

from entrada.clients.errors import misuse
from entrada.clients.registry import Clients

T = TypeVar("T")

EXTENSION = "entrada_clients"
"""The name in ``app.extensions``."""


def init_app(app: Flask, clients: Clients) -> None:
    """Give an app its clients."""
    app.extensions[EXTENSION] = clients
    atexit.register(clients.close)


def clients_of(app: Flask | None = None) -> Clients:
    """Return an app's registry, by default the current app's; raise ClientsConfigurationError."""
    found = (app or current_app).extensions.get(EXTENSION)
    if found is None:
        raise misuse("the app has no clients.", "Call init_app(app, clients).")
    return cast("Clients", found)


def client(kind: type[T], name: str | None = None) -> T:
    """Return the current app's client of a class."""
    return clients_of().get(kind, name)

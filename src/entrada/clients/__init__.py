"""Azure clients from one configuration: registered by class and name, made once, closed in order.

    clients = Clients.from_config("azure.toml")
    blob = clients.get(BlobServiceClient)

Needs nothing but the packages of the clients themselves, which load when they are used.
"""

from __future__ import annotations

from entrada.clients.config import credential_from_config
from entrada.clients.describing import Row
from entrada.clients.errors import ClientsConfigurationError, Problem
from entrada.clients.health import Health
from entrada.clients.registration import Context
from entrada.clients.registry import Clients

__all__ = [
    "Clients",
    "ClientsConfigurationError",
    "Context",
    "Health",
    "Problem",
    "Row",
    "credential_from_config",
]

"""The local cloud's ``hosts`` service: managed identity endpoints, each for one ARM resource."""

from __future__ import annotations

from entrada.local.hosts import app_service, imds
from entrada.local.hosts.environment import host_environment
from entrada.local.http import Route

__all__ = ["ROUTES", "host_environment"]

ROUTES: tuple[Route, ...] = (
    Route("GET", "/msi/token", app_service.token),
    Route("GET", "/imds/{key}/metadata/identity/oauth2/token", imds.token),
    Route("*", "/imds/{key}/{rest*}", imds.unknown_path),
)

"""The ``hosts`` and ``fabric`` services: managed identity endpoints, each for one ARM resource."""

from __future__ import annotations

from entrada.local.hosts import (
    app_service,
    azure_arc,
    azure_ml,
    cloud_shell,
    imds,
    service_fabric,
    token_proxy,
)
from entrada.local.hosts.environment import host_environment
from entrada.local.hosts.token_proxy import token_proxy_environment
from entrada.local.http import Route

__all__ = ["FABRIC_ROUTES", "ROUTES", "host_environment", "token_proxy_environment"]

ROUTES: tuple[Route, ...] = (
    Route("GET", "/msi/token", app_service.token),
    Route("GET", "/msi/auth", azure_ml.token),
    Route("GET", "/imds/{key}/metadata/identity/oauth2/token", imds.token),
    Route("*", "/imds/{key}/{rest*}", imds.unknown_path),
    Route("GET", "/arc/{key}/metadata/identity/oauth2/token", azure_arc.token),
    Route("POST", "/cloudshell/{key}/oauth2/token", cloud_shell.token),
)

FABRIC_ROUTES: tuple[Route, ...] = (
    Route("GET", "/metadata/identity/oauth2/token", service_fabric.token),
    Route("POST", "/kubernetes/{path*}", token_proxy.forward),
)

"""The local cloud's Azure Resource Manager: its route table, most special routes first."""

from __future__ import annotations

from entrada.local.arm import (
    authorization,
    federated,
    group_requests,
    host_environment,
    resource_requests,
    subscriptions,
)
from entrada.local.http import Route

ROUTES: tuple[Route, ...] = (
    *authorization.ROUTES,
    *subscriptions.ROUTES,
    *federated.ROUTES,
    *group_requests.ROUTES,
    *host_environment.ROUTES,
    *resource_requests.ROUTES,
)

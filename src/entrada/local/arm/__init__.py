"""The local cloud's Azure Resource Manager: its route table, most special routes first."""

from __future__ import annotations

from entrada.local.arm import (
    authorization,
    federated,
    group_requests,
    host_environment,
    local_operations,
    permissions,
    providers,
    resource_requests,
    sites,
    subscriptions,
    system_assigned,
)
from entrada.local.http import Route

ROUTES: tuple[Route, ...] = (
    *authorization.ROUTES,
    *permissions.ROUTES,
    *subscriptions.ROUTES,
    *providers.ROUTES,
    *federated.ROUTES,
    *system_assigned.ROUTES,
    *sites.ROUTES,
    *group_requests.ROUTES,
    *host_environment.ROUTES,
    *local_operations.ROUTES,
    *resource_requests.ROUTES,
)

"""Microsoft Graph: the directory over HTTP. Its route table, most special routes first."""

from __future__ import annotations

from entrada.local.graph import (
    applications,
    batch,
    credentials,
    federated,
    grants,
    groups,
    memberships,
    objects,
    references,
    role_assignments,
    role_management,
    service_principals,
    tenant,
    users,
)
from entrada.local.http import Route

ROUTES: tuple[Route, ...] = (
    *applications.ROUTES,
    *service_principals.ROUTES,
    *credentials.ROUTES,
    *federated.ROUTES,
    *users.ROUTES,
    *groups.ROUTES,
    *references.ROUTES,
    *memberships.ROUTES,
    *role_assignments.ROUTES,
    *grants.ROUTES,
    *role_management.ROUTES,
    *tenant.ROUTES,
    *objects.ROUTES,
    *batch.ROUTES,
)

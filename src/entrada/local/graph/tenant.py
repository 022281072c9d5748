"""The tenant itself: ``organization`` and ``domains``."""

from __future__ import annotations

from entrada._engine.effects import Response
from entrada.local import directory
from entrada.local.graph import queries
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.entities import DOMAIN, ORGANIZATION
from entrada.local.graph.errors import not_found
from entrada.local.http import Route
from entrada.local.state import Document


def organization(request: GraphRequest) -> Response:
    """List the one organization that a tenant is."""
    return queries.listed(request, ORGANIZATION, [_tenant(request)])


def one_organization(request: GraphRequest) -> Response:
    """Show the organization."""
    tenant = _tenant(request)
    if request.param("id").lower() != tenant["id"]:
        raise not_found(request.param("id"))
    return queries.shown(request, ORGANIZATION, tenant)


def domains(request: GraphRequest) -> Response:
    """List the tenant's one domain."""
    return queries.listed(request, DOMAIN, [_domain(_tenant(request))])


def one_domain(request: GraphRequest) -> Response:
    """Show the domain."""
    tenant = _tenant(request)
    if request.param("id").lower() != tenant["domain"].lower():
        raise not_found(request.param("id"))
    return queries.shown(request, DOMAIN, _domain(tenant))


def _tenant(request: GraphRequest) -> Document:
    tenant = directory.find_tenant(request.cloud, request.tenant_id)
    if tenant is None:
        raise not_found(request.tenant_id)
    verified = {"name": tenant["domain"], "type": "Managed", "capabilities": "Email"}
    return {
        **tenant,
        "verifiedDomains": [{**verified, "isDefault": True, "isInitial": True}],
        "tenantType": "AAD",
    }


def _domain(tenant: Document) -> Document:
    return {
        "id": tenant["domain"],
        "authenticationType": "Managed",
        "isAdminManaged": True,
        "isDefault": True,
        "isInitial": True,
        "isRoot": True,
        "isVerified": True,
        "supportedServices": [],
    }


ROUTES: tuple[Route, ...] = (
    Route("GET", "/{version}/organization", operation(organization)),
    Route("GET", "/{version}/organization/{id}", operation(one_organization)),
    Route("GET", "/{version}/domains", operation(domains)),
    Route("GET", "/{version}/domains/{id}", operation(one_domain)),
)

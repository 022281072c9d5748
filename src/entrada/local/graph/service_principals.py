"""Service principals: what makes an application, or a managed identity, known in a tenant."""

from __future__ import annotations

from entrada._engine.effects import Response
from entrada.local import app_roles, directory, directory_roles, people
from entrada.local.entra import consent
from entrada.local.graph import queries, schema
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.credentials import replaced_keys
from entrada.local.graph.entities import SERVICE_PRINCIPAL
from entrada.local.graph.errors import GraphError, bad_request
from entrada.local.graph.first_party import ensure, is_first_party
from entrada.local.graph.rights import CREATE_APPLICATION, WRITE_APPLICATION
from entrada.local.graph.targets import find_service_principal, routes
from entrada.local.http import Route, empty_reply
from entrada.local.state import Document

_TYPE = "servicePrincipal"


def list_all(request: GraphRequest) -> Response:
    """List the tenant's service principals."""
    return queries.listed(request, SERVICE_PRINCIPAL, _all(request))


def count(request: GraphRequest) -> Response:
    """Count them."""
    return queries.counted(request, SERVICE_PRINCIPAL, _all(request))


def get(request: GraphRequest) -> Response:
    """Show a service principal."""
    ensure(request.cloud)
    return queries.shown(request, SERVICE_PRINCIPAL, find_service_principal(request).body)


def create(request: GraphRequest) -> Response:
    """Create the service principal of an application; the caller owns it."""
    asked = schema.checked(request.body(), schema.SERVICE_PRINCIPAL, _TYPE)
    schema.required(asked, "appId")
    ensure(request.cloud)
    app_id = asked.pop("appId").lower()
    owner = directory.application(request.cloud, app_id)
    with request.cloud.state.transaction():
        if directory.principal_by_app_id(request.cloud, app_id, request.tenant_id) is not None:
            raise GraphError(
                409,
                "Request_MultipleObjectsWithSameKeyValue",
                "The service principal cannot be created, updated, or restored because the service "
                f"principal name {app_id} is already in use.",
            )
        if owner is None:
            raise bad_request(
                f"The appId '{app_id}' of the service principal does not reference a valid "
                "application object."
            )
        if request.object_id not in owner.get("owners", ()):
            request.require(CREATE_APPLICATION)
        made = directory.create_service_principal(request.cloud, app_id)
        made["owners"] = [request.object_id]
        _apply(made, asked)
        request.cloud.state.put("servicePrincipal", made["id"], made)
    return queries.shown(request, SERVICE_PRINCIPAL, made, status=201)


def update(request: GraphRequest) -> Response:
    """Change a service principal."""
    target = find_service_principal(request)
    request.require(WRITE_APPLICATION, target.body)
    asked = schema.checked(request.body(), schema.SERVICE_PRINCIPAL, _TYPE)
    if asked.pop("appId", target.body["appId"]) != target.body["appId"]:
        raise bad_request("Property 'appId' is read-only and cannot be set.")
    with directory.edit(request.cloud, target.kind, target.key) as body:
        _apply(body, asked)
    return empty_reply(204)


def delete(request: GraphRequest) -> Response:
    """Delete a service principal, which ends its sign-ins; role assignments stay, as in Azure."""
    target = find_service_principal(request)
    request.require(WRITE_APPLICATION, target.body)
    if is_first_party(target.body):
        raise bad_request("A service principal of Microsoft's own cannot be deleted here.")
    if target.body["servicePrincipalType"] == "ManagedIdentity":
        raise bad_request(
            "The service principal of a managed identity is deleted with its identity: delete the "
            "identity, or the resource that has it."
        )
    with request.cloud.state.transaction():
        people.forget_member(request.cloud, target.key)
        app_roles.forget(request.cloud, target.key)
        directory_roles.forget(request.cloud, target.key)
        consent.revoke(request.cloud, target.body["appId"])
        directory.delete_principal(request.cloud, target.key)
    return empty_reply(204)


def _all(request: GraphRequest) -> list[Document]:
    ensure(request.cloud)
    return request.cloud.state.find("servicePrincipal", tenantId=request.tenant_id)


def _apply(body: Document, asked: Document) -> None:
    if "passwordCredentials" in asked:
        raise bad_request(
            "Property passwordCredentials cannot be set: use addPassword and removePassword."
        )
    if "keyCredentials" in asked:
        standing = body.get("keyCredentials", [])
        body["keyCredentials"] = replaced_keys(standing, asked.pop("keyCredentials") or [])
    body.update(asked)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/{version}/servicePrincipals", operation(list_all)),
    Route("GET", "/{version}/servicePrincipals/$count", operation(count)),
    Route("POST", "/{version}/servicePrincipals", operation(create)),
    *routes("GET", "servicePrincipals", "", get, by_app_id=True),
    *routes("PATCH", "servicePrincipals", "", update, by_app_id=True),
    *routes("DELETE", "servicePrincipals", "", delete, by_app_id=True),
)

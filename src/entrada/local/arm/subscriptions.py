"""HTTP of what lies above resource groups: cloud metadata, tenants, subscriptions."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from entrada._engine.effects import Response
from entrada.local import directory, rbac
from entrada.local.arm.access import ArmRequest, check_api_version, operation
from entrada.local.arm.errors import bad_request, subscription_not_found
from entrada.local.arm.ids import is_guid
from entrada.local.cloud import Cloud
from entrada.local.http import Inbound, Route, json_reply
from entrada.local.resources import vault_names
from entrada.local.state import Document

_POLICIES: Final = {
    "locationPlacementId": "Public_2014-09-01",
    "quotaId": "PayAsYouGo_2014-09-01",
    "spendingLimit": "Off",
}
_SUFFIXES: Final = {
    "storage": "core",
    "acrLoginServer": "azurecr",
    "sqlServerHostname": "database",
}


def metadata(cloud: Cloud, inbound: Inbound) -> Response:
    """Describe this cloud to clients that register it; needs no token."""
    check_api_version(inbound)
    arm, login, graph = cloud.endpoints.arm, cloud.endpoints.login, cloud.endpoints.graph
    host = urlsplit(arm).hostname
    suffixes = {name: f"{prefix}.{host}" for name, prefix in _SUFFIXES.items()}
    body = {
        "name": "EntradaLocal",
        "portal": arm,
        "authentication": {
            "loginEndpoint": login,
            "audiences": [f"{arm}/", arm],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": arm,
        "graphAudience": f"{graph}/",
        "graph": f"{graph}/",
        "microsoftGraphResourceId": f"{graph}/",
        "suffixes": {**suffixes, "keyVaultDns": vault_names.domain(cloud)},
    }
    return json_reply(200, body)


def list_tenants(request: ArmRequest) -> Response:
    """List the tenant that the caller signed in to."""
    tenant = directory.find_tenant(request.cloud, request.tenant_id)
    value = [] if tenant is None else [_tenant_view(tenant)]
    return json_reply(200, {"value": value})


def list_subscriptions(request: ArmRequest) -> Response:
    """List the subscriptions in or above which the caller has any role."""
    directory.ensure_seed(request.cloud)
    value = [
        _subscription_view(document)
        for subscription_id, document in request.cloud.state.under("subscription")
        if is_visible(request, subscription_id)
    ]
    return json_reply(200, {"value": value})


def get_subscription(request: ArmRequest) -> Response:
    """Show a subscription in or above which the caller has any role."""
    subscription = known_subscription(request)
    if not is_visible(request, subscription):
        request.require("Microsoft.Resources/subscriptions/read", f"/subscriptions/{subscription}")
    document = request.cloud.state.get("subscription", subscription)
    return json_reply(200, _subscription_view(document or {}))


def known_subscription(request: ArmRequest) -> str:
    """Return the subscription of the route; raise 400 or 404 where there is none such."""
    name = request.param("subscription").lower()
    if not is_guid(name):
        raise bad_request(
            f"The provided subscription identifier '{name}' is malformed or invalid.",
            "InvalidSubscriptionId",
        )
    directory.ensure_seed(request.cloud)
    if request.cloud.state.get("subscription", name) is None:
        raise subscription_not_found(name)
    return name


def is_visible(request: ArmRequest, subscription: str) -> bool:
    """Say whether the caller has any role in or above a subscription."""
    scope = f"/subscriptions/{subscription}"
    if next(rbac.assignments_of(request.cloud, request.object_id, scope), None) is not None:
        return True
    holders = {request.object_id, *rbac.groups_of(request.cloud, request.object_id)}
    return any(
        assignment["properties"]["principalId"] in holders
        for _, assignment in request.cloud.state.under("roleAssignment", f"{scope}/")
    )


def _tenant_view(tenant: Document) -> Document:
    return {
        "id": f"/tenants/{tenant['id']}",
        "tenantId": tenant["id"],
        "displayName": tenant["displayName"],
        "defaultDomain": tenant["domain"],
        "domains": [tenant["domain"]],
        "tenantCategory": "Home",
        "tenantType": "AAD",
    }


def _subscription_view(subscription: Document) -> Document:
    return {
        **subscription,
        "managedByTenants": [],
        "authorizationSource": "RoleBased",
        "subscriptionPolicies": dict(_POLICIES),
    }


ROUTES: tuple[Route, ...] = (
    Route("GET", "/metadata/endpoints", metadata),
    Route("GET", "/tenants", operation(list_tenants)),
    Route("GET", "/subscriptions", operation(list_subscriptions)),
    Route("GET", "/subscriptions/{subscription}", operation(get_subscription)),
)

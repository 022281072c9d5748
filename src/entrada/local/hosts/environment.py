"""What a resource finds in its environment: the managed identity endpoint that is its own.

A resource's key is made at first use and kept in State (kind ``host``); whoever has it acts as
that resource, so it is a secret.
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from entrada.local.hosts.identities import assigned, choose

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud

Protocol: TypeAlias = Literal[
    "app_service", "imds", "azure_arc", "service_fabric", "azure_ml", "cloud_shell"
]

PROTOCOLS: Mapping[str, Protocol] = {
    "microsoft.web/sites": "app_service",
    "microsoft.web/sites/slots": "app_service",
    "microsoft.app/containerapps": "app_service",
    "microsoft.app/jobs": "app_service",
    "microsoft.hybridcompute/machines": "azure_arc",
    "microsoft.servicefabric/clusters": "service_fabric",
    "microsoft.servicefabric/clusters/applications": "service_fabric",
    "microsoft.servicefabric/managedclusters": "service_fabric",
    "microsoft.servicefabric/managedclusters/applications": "service_fabric",
    "microsoft.machinelearningservices/workspaces/computes": "azure_ml",
    "microsoft.portal/consoles": "cloud_shell",
}
"""What a resource type (lower case) speaks; all others have IMDS."""

_KEY = re.compile(r"[0-9a-f]{64}")


def _app_service(cloud: Cloud, key: str, _resource_id: str) -> dict[str, str]:
    return {"IDENTITY_ENDPOINT": f"{cloud.endpoints.hosts}/msi/token", "IDENTITY_HEADER": key}


def _imds(cloud: Cloud, key: str, _resource_id: str) -> dict[str, str]:
    return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"{cloud.endpoints.hosts}/imds/{key}"}


def _azure_arc(cloud: Cloud, key: str, _resource_id: str) -> dict[str, str]:
    origin = f"{cloud.endpoints.hosts}/arc/{key}"
    return {
        "IDENTITY_ENDPOINT": f"{origin}/metadata/identity/oauth2/token",
        "IMDS_ENDPOINT": origin,
    }


def _service_fabric(cloud: Cloud, key: str, _resource_id: str) -> dict[str, str]:
    from entrada.local.hosts.certificate import thumbprint

    return {
        "IDENTITY_ENDPOINT": f"{cloud.endpoints.fabric}/metadata/identity/oauth2/token",
        "IDENTITY_HEADER": key,
        "IDENTITY_SERVER_THUMBPRINT": thumbprint(cloud),
    }


def _azure_ml(cloud: Cloud, key: str, resource_id: str) -> dict[str, str]:
    variables = {"MSI_ENDPOINT": f"{cloud.endpoints.hosts}/MSI/auth", "MSI_SECRET": key}
    with contextlib.suppress(LookupError):  # no identity, or several: none is the default
        default = choose(assigned(cloud, resource_id), {})
        variables["DEFAULT_IDENTITY_CLIENT_ID"] = default.client_id
    return variables


def _cloud_shell(cloud: Cloud, key: str, _resource_id: str) -> dict[str, str]:
    return {"MSI_ENDPOINT": f"{cloud.endpoints.hosts}/cloudshell/{key}/oauth2/token"}


_ENVIRONMENT: Mapping[Protocol, Callable[[Cloud, str, str], dict[str, str]]] = {
    "app_service": _app_service,
    "imds": _imds,
    "azure_arc": _azure_arc,
    "service_fabric": _service_fabric,
    "azure_ml": _azure_ml,
    "cloud_shell": _cloud_shell,
}


def host_environment(cloud: Cloud, resource_id: str) -> dict[str, str]:
    """Return the environment variables by which a resource reaches its managed identities.

    Raises ``LookupError`` where there is no such resource.
    """
    resource = cloud.state.get("resource", resource_id.lower())
    if resource is None:
        raise LookupError(f"there is no resource {resource_id}")
    protocol = PROTOCOLS.get(str(resource["type"]).lower(), "imds")
    arm_id = str(resource["id"])
    return _ENVIRONMENT[protocol](cloud, _key(cloud, arm_id, protocol), arm_id)


def host_of(cloud: Cloud, key: str, protocol: Protocol) -> str | None:
    """Return the ARM id of the resource that a key belongs to, or ``None``."""
    document = cloud.state.get("host", key) if _KEY.fullmatch(key) else None
    if document is None or document["protocol"] != protocol:
        return None
    return str(document["resource"])


def _key(cloud: Cloud, resource_id: str, protocol: Protocol) -> str:
    with cloud.state.transaction():
        for key, document in cloud.state.under("host"):
            same = document["resource"].lower() == resource_id.lower()
            if same and document["protocol"] == protocol:
                return key
        key = secrets.token_hex(32)
        cloud.state.put("host", key, {"resource": resource_id, "protocol": protocol})
        return key

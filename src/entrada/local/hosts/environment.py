"""What a resource finds in its environment: the managed identity endpoint that is its own.

A resource's key is made at first use and kept in State (kind ``host``); whoever has it acts as
that resource, so it is a secret.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud

Protocol: TypeAlias = Literal["app_service", "imds"]

APP_SERVICE_TYPES = frozenset(
    {
        "microsoft.web/sites",
        "microsoft.web/sites/slots",
        "microsoft.app/containerapps",
        "microsoft.app/jobs",
    }
)
"""Resource types (lower case) that speak the App Service protocol; all others have IMDS."""

_KEY = re.compile(r"[0-9a-f]{64}")


def _app_service(hosts: str, key: str) -> dict[str, str]:
    return {"IDENTITY_ENDPOINT": f"{hosts}/msi/token", "IDENTITY_HEADER": key}


def _imds(hosts: str, key: str) -> dict[str, str]:
    return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"{hosts}/imds/{key}"}


_ENVIRONMENT: Mapping[Protocol, Callable[[str, str], dict[str, str]]] = {
    "app_service": _app_service,
    "imds": _imds,
}


def host_environment(cloud: Cloud, resource_id: str) -> dict[str, str]:
    """Return the environment variables by which a resource reaches its managed identities.

    Raises ``LookupError`` where there is no such resource.
    """
    resource = cloud.state.get("resource", resource_id.lower())
    if resource is None:
        raise LookupError(f"there is no resource {resource_id}")
    protocol: Protocol = (
        "app_service" if str(resource["type"]).lower() in APP_SERVICE_TYPES else "imds"
    )
    key = _key(cloud, str(resource["id"]), protocol)
    return _ENVIRONMENT[protocol](cloud.endpoints.hosts, key)


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

"""The service principals of Microsoft's own resources, which every tenant has.

They hold no credentials. Permissions of Microsoft Graph are granted at its service principal.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

from entrada.local import directory, graph_permissions
from entrada.local.entra.resources import WELL_KNOWN

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

OWNER_TENANT: Final = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"
"""The tenant in which Microsoft registers its own applications."""

_SETTING = "firstPartyPrincipals"


def ensure(cloud: Cloud) -> None:
    """Create the service principals that are missing."""
    rows = [row for row in WELL_KNOWN if row.app_id]
    setting = cloud.state.get("setting", _SETTING)
    if setting is not None and setting["value"] == len(rows):
        return
    with cloud.state.transaction():
        for row in rows:
            if directory.principal_by_app_id(cloud, row.app_id) is None:
                _create(cloud, row.name, row.app_id, row.uris)
        cloud.state.put("setting", _SETTING, {"value": len(rows)})


def graph_principal(cloud: Cloud) -> Document:
    """Return Microsoft Graph's service principal."""
    ensure(cloud)
    found = directory.principal_by_app_id(cloud, graph_permissions.APP_ID)
    if found is None:
        raise LookupError("the service principal of Microsoft Graph is missing")
    return found


def is_first_party(body: Document) -> bool:
    """Say whether a service principal is one of Microsoft's."""
    return body.get("appOwnerOrganizationId") == OWNER_TENANT


def _create(cloud: Cloud, name: str, app_id: str, uris: tuple[str, ...]) -> None:
    names = [uri for uri in uris if "*" not in uri]
    body: Document = {
        "id": str(uuid.uuid4()),
        "appId": app_id,
        "appOwnerOrganizationId": OWNER_TENANT,
        "tenantId": directory.default_tenant(cloud),
        "displayName": name,
        "servicePrincipalType": "Application",
        "alternativeNames": [],
        "servicePrincipalNames": [app_id, *names],
        "accountEnabled": True,
    }
    cloud.state.put("servicePrincipal", body["id"], body)

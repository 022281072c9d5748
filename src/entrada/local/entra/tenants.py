"""The tenant segment of Entra's URLs: an id, a domain, or a word for many tenants."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from entrada.local import directory
from entrada.local.entra.errors import refuse

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound
    from entrada.local.state import Document

COMMON, CONSUMERS, ORGANIZATIONS = "common", "consumers", "organizations"
ANY_TENANT = "{tenantid}"
"""What stands for the tenant id in the issuer of metadata that holds for many tenants."""

_WELL_FORMED = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|([a-z0-9-]+\.)+[a-z0-9-]+", re.IGNORECASE
)


def named_tenant(
    cloud: Cloud, inbound: Inbound, name: str, *, error: str | None = None
) -> Document | None:
    """Return the tenant of that name, ``None`` for a word that means many; refuse any other."""
    if name.lower() in (COMMON, CONSUMERS, ORGANIZATIONS):
        return None
    if _WELL_FORMED.fullmatch(name) is None:
        raise refuse(cloud, inbound, 900023, error=error, tenant=name)
    tenant = directory.find_tenant(cloud, name)
    if tenant is None:
        raise refuse(cloud, inbound, 90002, error=error, tenant=name)
    return tenant

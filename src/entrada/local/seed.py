"""Service principals that a state has from the start, each with a secret that stays the same.

The secret is kept with the state, which holds the keys that sign every token anyway: whoever
reads it needs no secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrada.local import directory
from entrada.local.provision import ServicePrincipal

if TYPE_CHECKING:
    from entrada.local.provision import Provision
    from entrada.local.state import Document

OPERATOR = "local-admin"
OPERATOR_ROLES = ("Owner", "Storage Blob Data Owner")
_LIFETIME = 100 * 365 * 86400


def seed_principal(cloud: Provision, name: str) -> ServicePrincipal:
    """Return the service principal of that name, created when a state is first asked for it."""
    state = cloud.cloud.state
    with state.transaction():
        kept = state.get("seed", name) or state.put("seed", name, _register(cloud, name))
    return ServicePrincipal(**kept)


def seed_operator(cloud: Provision) -> ServicePrincipal:
    """Return the principal that may do everything in the default subscription."""
    operator = seed_principal(cloud, OPERATOR)
    for role in OPERATOR_ROLES:
        cloud.assign(operator.object_id, role, f"/subscriptions/{cloud.subscription_id}")
    return operator


def _register(cloud: Provision, name: str) -> Document:
    client_id = directory.create_application(cloud.cloud, name)["appId"]
    principal = directory.create_service_principal(cloud.cloud, client_id)
    secret = directory.add_password(cloud.cloud, client_id, display_name="seed", lifetime=_LIFETIME)
    return {
        "tenant_id": cloud.tenant_id,
        "client_id": client_id,
        "object_id": principal["id"],
        "client_secret": secret,
    }

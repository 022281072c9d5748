"""Service principals that a state has from the start, each with a secret that stays the same.

The secret is kept with the state, which holds the keys that sign every token anyway: whoever
reads it needs no secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrada.local import directory, directory_roles
from entrada.local.files import OPERATOR
from entrada.local.provision import ServicePrincipal

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.provision import Provision
    from entrada.local.state import Document

OPERATOR_ROLES = ("Owner", "Storage Blob Data Owner")
LIFETIME = 100 * 365 * 86400
"""How many seconds a seeded secret is good for."""

KIND = "seed"
"""The kind of document that remembers a seeded principal, and outlives a reset."""


def seed_principal(cloud: Provision, name: str) -> ServicePrincipal:
    """Return the service principal of that name, created where the state does not have it.

    One that was deleted comes back with the same ids and the same secret.
    """
    state = cloud.cloud.state
    with state.transaction():
        kept = state.get(KIND, name)
        if kept is None or directory.principal(cloud.cloud, kept["object_id"]) is None:
            kept = state.put(KIND, name, _register(cloud, name, kept or {}))
    return ServicePrincipal(**kept)


def seed_operator(cloud: Provision) -> ServicePrincipal:
    """Return the principal that may do everything in the default subscription and directory."""
    operator = seed_principal(cloud, OPERATOR)
    for role in OPERATOR_ROLES:
        cloud.assign(operator.object_id, role, f"/subscriptions/{cloud.subscription_id}")
    directory_roles.assign(cloud.cloud, operator.object_id, directory_roles.GLOBAL_ADMINISTRATOR)
    return operator


def seed_again(cloud: Provision) -> None:
    """Bring back every principal that was ever seeded, the operator with its roles."""
    for name, _ in cloud.cloud.state.under(KIND):
        if name == OPERATOR:
            seed_operator(cloud)
        else:
            seed_principal(cloud, name)


def is_operator(cloud: Cloud, object_id: str) -> bool:
    """Say whether an object id is the operator's."""
    kept = cloud.state.get(KIND, OPERATOR)
    return kept is not None and kept["object_id"] == object_id


def _register(cloud: Provision, name: str, before: Document) -> Document:
    known = before.get("client_id")
    app = directory.application(cloud.cloud, known) if known else None
    app = app or directory.create_application(cloud.cloud, name, app_id=known)
    client_id = app["appId"]
    principal = directory.create_service_principal(
        cloud.cloud, client_id, object_id=before.get("object_id")
    )
    secret = directory.add_password(
        cloud.cloud,
        client_id,
        display_name="seed",
        lifetime=LIFETIME,
        secret=before.get("client_secret"),
    )
    return {
        "tenant_id": cloud.tenant_id,
        "client_id": client_id,
        "object_id": principal["id"],
        "client_secret": secret,
    }

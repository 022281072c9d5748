"""The identities of one ARM resource, the choice among them, and a token for the chosen one.

What a resource may use is read from its document at each request, so assigning and removing an
identity take effect at once. The hosts' wire shapes are not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entrada.local import app_roles, directory, tokens
from entrada.local.entra.errors import describe
from entrada.local.entra.resources import is_known

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

SELECTORS: Mapping[str, str] = {
    "client_id": "client_id",
    "clientid": "client_id",
    "object_id": "object_id",
    "principal_id": "object_id",
    "mi_res_id": "resource_id",
    "msi_res_id": "resource_id",
    "resource_id": "resource_id",
}
"""Query parameters that select an identity, and the identity's property each is compared with."""


class NoSuchIdentity(LookupError):
    """The resource has no identity, or not the one that was asked for."""


class SeveralIdentities(LookupError):
    """The resource has several user-assigned identities and none was named."""

    def __init__(self) -> None:
        super().__init__(
            "Multiple user assigned identities exist, please specify the clientId / resourceId of"
            " the identity in the token request"
        )


class UnknownResource(LookupError):
    """There is no resource principal of the name that a token was asked for."""

    def __init__(self, resource: str, tenant: str) -> None:
        super().__init__(describe(500011, resource=resource, tenant=tenant))


@dataclass(frozen=True, slots=True)
class Identity:
    """A managed identity as its host sees it; ``resource_id`` is the identity's own ARM id."""

    client_id: str
    object_id: str
    resource_id: str
    system_assigned: bool
    principal: Document = field(repr=False)


def assigned(cloud: Cloud, host_id: str) -> tuple[Identity, ...]:
    """Return the identities that a resource has now; none where the resource is gone."""
    resource = cloud.state.get("resource", host_id.lower())
    described: dict[str, Any] = (resource or {}).get("identity") or {}
    kinds = {kind.strip().lower() for kind in str(described.get("type", "")).split(",")}
    owners: list[tuple[str | None, str, bool]] = []
    if "systemassigned" in kinds:
        owners.append((described.get("principalId"), host_id, True))
    if "userassigned" in kinds:
        for arm_id, ids in (described.get("userAssignedIdentities") or {}).items():
            owners.append(((ids or {}).get("principalId"), arm_id, False))
    found = (_identity(cloud, *owner) for owner in owners)
    return tuple(identity for identity in found if identity is not None)


def choose(identities: tuple[Identity, ...], query: Mapping[str, str]) -> Identity:
    """Return the identity that a query selects, or the one that goes without saying.

    Without a selector that is the system-assigned identity, else the only user-assigned one.
    Raises :class:`NoSuchIdentity` and :class:`SeveralIdentities`.
    """
    wanted = {SELECTORS[name]: value for name, value in query.items() if name in SELECTORS}
    if wanted:
        fitting = [each for each in identities if _fits(each, wanted)]
    else:
        fitting = [each for each in identities if each.system_assigned] or list(identities)
    if not fitting:
        raise NoSuchIdentity
    if len(fitting) > 1 and not wanted:
        raise SeveralIdentities
    return fitting[0]


def answer(cloud: Cloud, host_id: str, query: Mapping[str, str], resource: str) -> dict[str, str]:
    """Return the fields of a managed identity token, all of them strings as on the wire.

    Raises :class:`UnknownResource`, :class:`NoSuchIdentity` and :class:`SeveralIdentities`.
    """
    if not is_known(cloud, resource):
        raise UnknownResource(resource, directory.default_tenant(cloud))
    identity = choose(assigned(cloud, host_id), query)
    now = int(cloud.clock())
    lifetime = tokens.lifetime(cloud, tokens.MANAGED_IDENTITY_LIFETIME)
    token = tokens.issue(
        cloud,
        service_principal=identity.principal,
        resource=resource,
        credential_kind="managed_identity",
        tenant_id=identity.principal["tenantId"],
        lifetime=lifetime,
        xms_mirid=identity.resource_id,
        xms_az_rid=host_id,
        roles=app_roles.granted_at(cloud, identity.object_id, resource),
    )
    return {
        "access_token": token,
        "client_id": identity.client_id,
        "expires_in": str(lifetime),
        "expires_on": str(now + lifetime),
        "ext_expires_in": str(lifetime),
        "not_before": str(now - tokens.CLOCK_SKEW),
        "resource": resource,
        "token_type": "Bearer",
    }


def _identity(
    cloud: Cloud, object_id: str | None, arm_id: str, system_assigned: bool
) -> Identity | None:
    principal = directory.principal(cloud, object_id) if object_id else None
    if principal is None or not principal.get("accountEnabled", True):
        return None
    return Identity(principal["appId"], principal["id"], arm_id, system_assigned, principal)


def _fits(identity: Identity, wanted: Mapping[str, str]) -> bool:
    """Compare in any case of letters: ARM ids and GUIDs have none that matters."""
    return all(getattr(identity, name).lower() == value.lower() for name, value in wanted.items())

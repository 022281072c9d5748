"""The ``identity`` member of a resource: system-assigned and user-assigned managed identities.

Knows no HTTP. A system-assigned identity is a service principal that lives as long as it is
enabled; a user-assigned one is a resource of its own that others refer to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from entrada.local import directory
from entrada.local.arm.errors import ArmError, bad_request
from entrada.local.arm.ids import key
from entrada.local.arm.types import USER_ASSIGNED_IDENTITY

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

_KINDS = {"systemassigned": "SystemAssigned", "userassigned": "UserAssigned", "none": "None"}


def apply(
    cloud: Cloud, resource: Document, asked: Mapping[str, Any], before: Document | None
) -> Document:
    """Return the new identity member, with service principals created or deleted as asked.

    ``before`` is the member so far. Raise :class:`ArmError` for an unknown kind of identity or a
    user-assigned identity that does not exist.
    """
    kinds = _kinds(asked.get("type"))
    before = before or {}
    after: Document = {"type": ", ".join(kinds)}
    if "SystemAssigned" in kinds:
        after["principalId"] = before.get("principalId") or _create(cloud, resource)
        after["tenantId"] = before.get("tenantId") or directory.default_tenant(cloud)
    elif "principalId" in before:
        directory.delete_principal(cloud, before["principalId"])
    if "UserAssigned" in kinds:
        after["userAssignedIdentities"] = {
            identity["id"]: {
                "principalId": identity["properties"]["principalId"],
                "clientId": identity["properties"]["clientId"],
            }
            for identity in _user_assigned(cloud, resource, asked)
        }
    return after


def merge(asked: Mapping[str, Any], before: Document | None) -> Document:
    """Return what a PATCH asks for in full: its user-assigned identities added to those before.

    An identity whose value is ``null`` is taken away.
    """
    ids = {key(name): name for name in (before or {}).get("userAssignedIdentities", {})}
    for name, value in _asked_ids(asked).items():
        ids.pop(key(name), None)
        if value is not None:
            ids[key(name)] = name
    kind = asked.get("type", (before or {}).get("type"))
    return {"type": kind, "userAssignedIdentities": {name: {} for name in ids.values()}}


def added(asked: Mapping[str, Any], before: Document | None) -> list[str]:
    """Return the user-assigned identities that a request adds to a resource."""
    known = {key(name) for name in (before or {}).get("userAssignedIdentities", {})}
    return [
        name
        for name, value in _asked_ids(asked).items()
        if key(name) not in known and value is not None
    ]


def _asked_ids(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    wanted = asked.get("userAssignedIdentities") or {}
    if not isinstance(wanted, Mapping):
        raise bad_request("'userAssignedIdentities' is not a JSON object.", "InvalidRequestContent")
    for name in wanted:
        if not name.lower().startswith("/subscriptions/"):
            raise bad_request(
                f"Property id '{name}' at path 'identity.userAssignedIdentities' is invalid. "
                "Expect fully qualified resource Id that start with '/subscriptions/"
                "{subscriptionId}' or '/providers/{resourceProviderNamespace}/'.",
                "LinkedInvalidPropertyId",
            )
    return wanted


def release(cloud: Cloud, resource: Document) -> None:
    """Delete the service principal that goes with a resource, if it has one."""
    if resource["type"] == USER_ASSIGNED_IDENTITY:
        directory.delete_principal(cloud, resource["properties"]["principalId"])
    principal_id = (resource.get("identity") or {}).get("principalId")
    if principal_id:
        directory.delete_principal(cloud, principal_id)


def _kinds(text: object) -> list[str]:
    names = [part.strip().lower() for part in text.split(",")] if isinstance(text, str) else [""]
    if any(name not in _KINDS for name in names) or ("none" in names and len(names) > 1):
        raise bad_request(
            f"The identity type '{text}' is not one of 'None', 'SystemAssigned', 'UserAssigned' "
            "and 'SystemAssigned, UserAssigned'.",
            "InvalidIdentityType",
        )
    return sorted({_KINDS[name] for name in names})


def _create(cloud: Cloud, resource: Document) -> str:
    principal = directory.create_managed_identity_principal(
        cloud, display_name=resource["name"], resource_id=resource["id"]
    )
    return str(principal["id"])


def _user_assigned(cloud: Cloud, resource: Document, asked: Mapping[str, Any]) -> list[Document]:
    wanted = _asked_ids(asked)
    if not wanted:
        raise bad_request(
            "The identity type 'UserAssigned' needs at least one id in 'userAssignedIdentities'.",
            "LinkedInvalidPropertyId",
        )
    found = []
    for name in wanted:
        identity = cloud.state.get("resource", key(name))
        if identity is None or identity["type"] != USER_ASSIGNED_IDENTITY:
            raise ArmError(
                400,
                "FailedIdentityOperation",
                f"Identity operation for resource '{resource['id']}' failed: the user-assigned "
                f"identity '{name}' was not found.",
            )
        found.append(identity)
    return found

"""Which resources have a user-assigned identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrada.local.arm.ids import ResourceId, key

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document


def list_associated(cloud: Cloud, identity: Document) -> Document:
    """Answer the action ``listAssociatedResources`` of a user-assigned identity."""
    wanted = key(identity["id"])
    value = [
        _view(cloud, body)
        for _, body in cloud.state.under("resource")
        if any(key(name) == wanted for name in _user_assigned(body))
    ]
    return {"totalCount": len(value), "value": value}


def _user_assigned(resource: Document) -> Document:
    identities: Document = (resource.get("identity") or {}).get("userAssignedIdentities") or {}
    return identities


def _view(cloud: Cloud, resource: Document) -> Document:
    place = ResourceId.parse(resource["id"])
    subscription = cloud.state.get("subscription", place.subscription.lower()) or {}
    return {
        **{name: resource[name] for name in ("id", "name", "type")},
        "resourceGroup": place.group,
        "subscriptionId": place.subscription,
        "subscriptionDisplayName": subscription.get("displayName", ""),
    }

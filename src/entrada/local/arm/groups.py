"""Resource groups: creating, finding and deleting them with all below.

Functions over State without HTTP; nothing here asks whether somebody may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from entrada.local import directory
from entrada.local.arm import identity
from entrada.local.arm.errors import ArmError, bad_request, group_not_found, location_required
from entrada.local.arm.ids import group_id, key
from entrada.local.arm.types import resource_type

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

GROUP_TYPE = "Microsoft.Resources/resourceGroups"


def put_resource_group(
    cloud: Cloud,
    name: str,
    location: str = "westeurope",
    *,
    tags: Mapping[str, str] | None = None,
    subscription: str | None = None,
) -> Document:
    """Create or update a resource group; it cannot move to another location."""
    subscription = subscription or directory.default_subscription(cloud)
    if not re.fullmatch(r"[-\w.()]{0,89}[-\w()]", name):
        raise bad_request(
            f"The provided resource group name '{name}' is invalid. The name can only be a letter, "
            "digit, '-', '.', '(', ')' or '_', has at most 90 of them and does not end with '.'.",
            "InvalidResourceGroup",
        )
    with cloud.state.transaction():
        before = cloud.state.get("resource", key(group_id(subscription, name)))
        if before is not None and before["location"] != plain_location(location):
            raise ArmError(
                409,
                "InvalidResourceGroupLocation",
                f"Invalid resource group location '{location}'. The Resource group already "
                f"exists in location '{before['location']}'.",
            )
        body: Document = {
            "id": before["id"] if before else group_id(subscription, name),
            "name": before["name"] if before else name,
            "type": GROUP_TYPE,
            "location": plain_location(location),
            "properties": {"provisioningState": "Succeeded"},
        }
        if tags:
            body["tags"] = dict(tags)
        return cloud.state.put("resource", key(body["id"]), body)


def get_resource_group(cloud: Cloud, subscription: str, name: str) -> Document:
    """Return a resource group."""
    found = cloud.state.get("resource", key(group_id(subscription, name)))
    if found is None:
        raise group_not_found(name)
    return found


def delete_resource_group(cloud: Cloud, subscription: str, name: str) -> None:
    """Delete a group and all below it: resources, their identities, role assignments."""
    with cloud.state.transaction():
        delete_tree(cloud, get_resource_group(cloud, subscription, name)["id"])


def plain_location(location: object) -> str:
    """Return the name of a location that may be given as its display name, "West Europe"."""
    if not isinstance(location, str) or not location:
        raise location_required()
    return location.replace(" ", "").lower()


def delete_tree(cloud: Cloud, root: str) -> None:
    """Delete a group or resource, all below it, their identities and role assignments."""
    below = cloud.state.under("resource", key(root) + "/")
    itself = cloud.state.get("resource", key(root))
    for filed, document in [*below, *([(key(root), itself)] if itself else [])]:
        identity.release(cloud, document)
        row = resource_type(document["type"])
        if row is not None:
            row.deleted(cloud, document)
        cloud.state.delete("resource", filed)
    for filed, _ in cloud.state.under("roleAssignment", key(root) + "/"):
        cloud.state.delete("roleAssignment", filed)

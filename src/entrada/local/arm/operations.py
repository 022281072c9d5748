"""What ARM does, for callers inside the cloud: the seed, the demo, the test fixture.

The HTTP handlers call the same functions. None of them asks whether somebody may: that is the
handlers' part. All raise :class:`ArmError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrada.local import directory
from entrada.local.arm.assignments import assign_role, delete_assignment
from entrada.local.arm.errors import ArmError
from entrada.local.arm.groups import (
    delete_resource_group,
    get_resource_group,
    put_resource_group,
)
from entrada.local.arm.ids import ResourceId
from entrada.local.arm.resources import (
    delete_resource,
    get_resource,
    patch_resource,
    put_resource,
)

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud

__all__ = [
    "ArmError",
    "assign_role",
    "delete_assignment",
    "delete_resource",
    "delete_resource_group",
    "get_resource",
    "get_resource_group",
    "patch_resource",
    "put_resource",
    "put_resource_group",
    "resource_id",
]


def resource_id(cloud: Cloud, group: str, type_name: str, name: str) -> str:
    """Compose the id of a resource in a group of the default subscription.

    ``type_name`` is like ``Microsoft.Storage/storageAccounts``; of a child resource it has more
    segments, and ``name`` as many, slash-separated.
    """
    namespace, *types = type_name.split("/")
    subscription = directory.default_subscription(cloud)
    return str(ResourceId(subscription, group, namespace, tuple(types), tuple(name.split("/"))))

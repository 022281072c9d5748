"""What the chapters share: the cloud, its Resource Manager asked as the operator, the names.

Knows no chapter and prints nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrada.cli.arm import AUTHORIZATION, RESOURCES, STORAGE, WEB, Arm, local_arm
from entrada.local.seed import seed_operator

if TYPE_CHECKING:
    from entrada.cli.story.visit import Visit
    from entrada.local.running import LocalCloud

GROUP = "msdocs-sdk-auth-example"
WEB_APP = "msdocs-web-app"
ACCOUNT = "msdocsauthexample"
ROLE = "Storage Blob Data Contributor"
_LOCATION = "westeurope"


class StoryFailed(Exception):
    """Something did not happen as told; the text says what and why."""


def expect(happened: bool, otherwise: str) -> None:
    """Raise :class:`StoryFailed` where something did not happen as told."""
    if not happened:
        raise StoryFailed(otherwise)


@dataclass(slots=True)
class Scene:
    """A running cloud, and what the chapters so far have found out."""

    cloud: LocalCloud
    arm: Arm
    program: Path
    folder: Path
    blob_url: str = ""
    app_principal: str = ""
    role_id: str = ""
    visits: list[Visit] = field(default_factory=list)

    @property
    def group_id(self) -> str:
        """The ARM id of the resource group."""
        return f"/subscriptions/{self.cloud.subscription_id}/resourceGroups/{GROUP}"

    @property
    def app_id(self) -> str:
        """The ARM id of the web app."""
        return f"{self.group_id}/providers/Microsoft.Web/sites/{WEB_APP}"

    def create_group(self) -> None:
        """Create the resource group."""
        self.arm.put(self.group_id, RESOURCES, {"location": _LOCATION})

    def create_storage(self) -> None:
        """Create the storage account and note its blob endpoint."""
        path = f"{self.group_id}/providers/Microsoft.Storage/storageAccounts/{ACCOUNT}"
        body = {"location": _LOCATION, "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
        account = self.arm.put(path, STORAGE, body)
        self.blob_url = account["properties"]["primaryEndpoints"]["blob"].rstrip("/")

    def create_app(self) -> None:
        """Create the web app, without an identity."""
        self.arm.put(self.app_id, WEB, {"location": _LOCATION, "kind": "app", "properties": {}})

    def assign(self, principal_id: str) -> str:
        """Assign the role to a principal at the group; return the assignment's id."""
        path = f"{self.group_id}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        properties: dict[str, Any] = {
            "roleDefinitionId": self.role_id,
            "principalId": principal_id,
            "principalType": "ServicePrincipal",
        }
        return str(self.arm.put(path, AUTHORIZATION, {"properties": properties})["id"])


@contextmanager
def open_scene(cloud: LocalCloud, program: Path, folder: Path) -> Iterator[Scene]:
    """Sign the operator in to a running cloud; ``folder`` is where processes have their home."""
    operator = seed_operator(cloud).environment()
    with local_arm(cloud.endpoints, str(cloud.ca_file), operator) as arm:
        yield Scene(cloud, arm, program, folder)

"""Directory roles: who administers the tenant, as opposed to what is in its subscriptions.

A role of Azure's (Owner, Reader ...) says nothing here, and a directory role nothing there. The
roles are Entra's built-in ones with their template ids; what each permits, Graph knows.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING

from entrada.local import rbac

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

GLOBAL_ADMINISTRATOR = "Global Administrator"
TENANT_SCOPE = "/"

TEMPLATES: Mapping[str, str] = {
    GLOBAL_ADMINISTRATOR: "62e90394-69f5-4237-9190-012177145e10",
    "Global Reader": "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "Privileged Role Administrator": "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "Application Administrator": "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "Cloud Application Administrator": "158c047a-c907-4556-b7ef-446551a6b5f7",
    "Application Developer": "cf1c38e5-3621-4004-a7cb-879624dced7c",
    "User Administrator": "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "Groups Administrator": "fdd7a751-b60b-444a-984c-02652fe8fa1c",
    "Directory Readers": "88d8e3e3-8f55-4a1e-953a-9b9898b8876b",
    "Directory Writers": "9360feb5-f418-4baa-8175-e2a00bac4301",
}
"""The roles that can be assigned, and the ids that they have in every tenant."""

_NAMES = {template: name for name, template in TEMPLATES.items()}


def find_role(name_or_id: str) -> tuple[str, str] | None:
    """Return name and template id of the role of that name or id, ``None`` for none."""
    wanted = name_or_id.lower()
    for name, template in TEMPLATES.items():
        if wanted in (name.lower(), template):
            return name, template
    return None


def assign(cloud: Cloud, principal_id: str, role: str) -> Document:
    """Assign a role (name or template id) to a principal; raise ``LookupError`` for no such role.

    An assignment that is there already is returned as it is.
    """
    found = find_role(role)
    if found is None:
        raise LookupError(f"there is no directory role {role!r}")
    wanted: Document = {"principalId": principal_id, "roleDefinitionId": found[1]}
    with cloud.state.transaction():
        standing = cloud.state.find("directoryRoleAssignment", **wanted)
        if standing:
            return standing[0]
        body: Document = {"id": str(uuid.uuid4()), **wanted, "directoryScopeId": TENANT_SCOPE}
        return cloud.state.put("directoryRoleAssignment", body["id"], body)


def assignments(cloud: Cloud) -> list[Document]:
    """Return every assignment, in order of id."""
    return [body for _, body in cloud.state.under("directoryRoleAssignment")]


def assignment(cloud: Cloud, assignment_id: str) -> Document | None:
    """Return the assignment with that id, or ``None``."""
    return cloud.state.get("directoryRoleAssignment", assignment_id)


def unassign(cloud: Cloud, assignment_id: str) -> bool:
    """Take an assignment back; say whether it was there."""
    return cloud.state.delete("directoryRoleAssignment", assignment_id)


def forget(cloud: Cloud, object_id: str) -> None:
    """Take back every role of a principal that is going away."""
    for body in assignments(cloud):
        if body["principalId"].lower() == object_id.lower():
            unassign(cloud, body["id"])


def roles_of(cloud: Cloud, principal_id: str) -> set[str]:
    """Return the names of the roles that a principal has, itself or by a group."""
    holders = {principal_id.lower(), *rbac.groups_of(cloud, principal_id)}
    return {
        _NAMES[body["roleDefinitionId"]]
        for body in assignments(cloud)
        if body["principalId"].lower() in holders
    }

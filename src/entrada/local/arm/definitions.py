"""Role definitions as ARM shows them, and custom ones as it keeps them.

Functions over State without HTTP; nothing here asks whether somebody may.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from entrada.local import keys
from entrada.local.arm.assignments import definition_id
from entrada.local.arm.errors import ArmError, bad_request
from entrada.local.arm.ids import is_guid
from entrada.local.roles import BUILT_IN, role_by_id, role_by_name

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.roles import Permission, RoleDefinition
    from entrada.local.state import Document

DEFINITION_TYPE = "Microsoft.Authorization/roleDefinitions"
_LISTS = ("actions", "notActions", "dataActions", "notDataActions")


def definitions(cloud: Cloud) -> list[Document]:
    """Return all role definitions, built-in ones first."""
    custom = [document for _, document in cloud.state.under("roleDefinition")]
    return [_view(cloud, role) for role in BUILT_IN] + custom


def get_definition(cloud: Cloud, guid: str) -> Document | None:
    """Return one role definition by its GUID, or ``None``."""
    built_in = role_by_id(guid)
    return _view(cloud, built_in) if built_in else cloud.state.get("roleDefinition", guid.lower())


def put_definition(
    cloud: Cloud, guid: str, properties: Mapping[str, Any], *, author: str | None = None
) -> tuple[Document, bool]:
    """Create or replace a custom role; also say whether it is new."""
    name = properties.get("roleName")
    scopes = properties.get("assignableScopes")
    permissions: Any = properties.get("permissions")
    complete = _texts([name]) and _texts(scopes) and isinstance(permissions, list)
    if not is_guid(guid) or not name or not complete:
        raise bad_request(
            "A custom role needs a GUID as its ID, and roleName, permissions and assignableScopes.",
            "InvalidRoleDefinition",
        )
    with cloud.state.transaction():
        before = cloud.state.get("roleDefinition", guid.lower())
        _check_name(cloud, guid, str(name))
        now = keys.iso_time(cloud.clock())
        body: Document = {
            "id": definition_id(cloud, guid.lower()),
            "type": DEFINITION_TYPE,
            "name": guid.lower(),
            "properties": {
                "roleName": name,
                "type": "CustomRole",
                "description": str(properties.get("description") or ""),
                "assignableScopes": scopes,
                "permissions": [_permission(permission) for permission in permissions],
                "createdOn": before["properties"]["createdOn"] if before else now,
                "updatedOn": now,
                "createdBy": before["properties"]["createdBy"] if before else author,
                "updatedBy": author,
            },
        }
        return cloud.state.put("roleDefinition", guid.lower(), body), before is None


def delete_definition(cloud: Cloud, guid: str) -> Document | None:
    """Delete a custom role that nobody has; return what it was, or ``None``."""
    _check_custom(guid)
    with cloud.state.transaction():
        document = cloud.state.get("roleDefinition", guid.lower())
        for _, assignment in cloud.state.under("roleAssignment"):
            if assignment["properties"]["roleDefinitionId"].lower().endswith("/" + guid.lower()):
                raise bad_request(
                    "There are existing role assignments referencing role "
                    "(code: RoleDefinitionHasAssignments).",
                    "RoleDefinitionHasAssignments",
                )
        cloud.state.delete("roleDefinition", guid.lower())
        return document


def permission_view(permission: Permission) -> Document:
    """Write a permission as ARM shows it."""
    return {
        "actions": list(permission.actions),
        "notActions": list(permission.not_actions),
        "dataActions": list(permission.data_actions),
        "notDataActions": list(permission.not_data_actions),
    }


def _check_custom(guid: str) -> None:
    if role_by_id(guid):
        raise ArmError(
            403, "RoleDefinitionNotModifiable", "A built-in role cannot be changed or deleted."
        )


def _check_name(cloud: Cloud, guid: str, name: str) -> None:
    _check_custom(guid)
    others = [
        document["properties"]["roleName"].lower()
        for filed, document in cloud.state.under("roleDefinition")
        if filed != guid.lower()
    ]
    if role_by_name(name) or name.lower() in others:
        raise ArmError(
            409,
            "RoleDefinitionWithSameNameExists",
            f"A role with the name '{name}' already exists in this directory. "
            "Use a different name.",
        )


def _permission(body: object) -> Document:
    lists = {name: body.get(name) or [] for name in _LISTS} if isinstance(body, Mapping) else {}
    if not lists or not all(_texts(each) or each == [] for each in lists.values()):
        raise bad_request("A permission has lists of actions only.", "InvalidRoleDefinition")
    return lists


def _texts(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(x, str) for x in value)


def _view(cloud: Cloud, role: RoleDefinition) -> Document:
    return {
        "id": definition_id(cloud, role.id),
        "type": DEFINITION_TYPE,
        "name": role.id,
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": role.description,
            "assignableScopes": list(role.assignable_scopes),
            "permissions": [permission_view(permission) for permission in role.permissions],
            "createdOn": None,
            "updatedOn": None,
            "createdBy": None,
            "updatedBy": None,
        },
    }

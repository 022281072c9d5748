"""Role assignments: who has which role where.

Functions over State without HTTP; nothing here asks whether somebody may. Conditions are not
evaluated, so an assignment that has one is refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from entrada.local import directory, keys, rbac
from entrada.local.arm.errors import (
    ArmError,
    bad_request,
    resource_not_found,
    subscription_not_found,
)
from entrada.local.arm.groups import get_resource_group
from entrada.local.arm.ids import ResourceId, is_guid, key
from entrada.local.roles import role_by_name

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.roles import RoleDefinition
    from entrada.local.state import Document

ASSIGNMENT_TYPE = "Microsoft.Authorization/roleAssignments"
_PRINCIPAL_KINDS = {"servicePrincipal": "ServicePrincipal", "user": "User", "group": "Group"}


def assign_role(cloud: Cloud, *, principal_id: str, role: str, scope: str) -> Document:
    """Give a principal a role, by name or GUID, at a scope; an assignment there is returned."""
    definition = role_by_name(role) or rbac.role_definition(cloud, role) or _custom(cloud, role)
    if definition is None:
        raise role_does_not_exist(role)
    existing = _same(cloud, scope, definition.id, principal_id)
    if existing is not None:
        return existing
    content = {"roleDefinitionId": definition.id, "principalId": principal_id}
    return put_assignment(cloud, scope, str(uuid.uuid4()), content)[0]


def put_assignment(
    cloud: Cloud, scope: str, name: str, properties: Mapping[str, Any], *, author: str | None = None
) -> tuple[Document, bool]:
    """Create an assignment of that name at a scope; also say whether it is new."""
    if not is_guid(name):
        raise bad_request(
            f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID.",
            "InvalidRoleAssignmentId",
        )
    if properties.get("condition"):
        raise bad_request(
            "The local cloud evaluates no conditions, so it takes no role assignment that has one: "
            "leave the condition out, or assign the role at a narrower scope.",
            "RoleAssignmentConditionNotSupported",
        )
    if not is_guid(str(properties.get("principalId"))):
        raise bad_request(
            f"The Principal ID '{properties.get('principalId')}' is not valid. Principal ID must "
            "be a GUID.",
            "InvalidPrincipalId",
        )
    with cloud.state.transaction():
        scope = existing_scope(cloud, scope)
        role = _assignable(cloud, str(properties.get("roleDefinitionId") or ""), scope)
        principal_id = str(properties["principalId"]).lower()
        kind = _principal_kind(cloud, principal_id, properties.get("principalType"))
        before = cloud.state.get("roleAssignment", key(assignment_id(scope, name)))
        if before is not None:
            return _unchanged(before, role, principal_id), False
        if _same(cloud, scope, role.id, principal_id):
            raise ArmError(409, "RoleAssignmentExists", "The role assignment already exists.")
        now = keys.iso_time(cloud.clock())
        body: Document = {
            "id": assignment_id(scope, name),
            "name": name,
            "type": ASSIGNMENT_TYPE,
            "properties": {
                "roleDefinitionId": definition_id(cloud, role.id),
                "principalId": principal_id,
                "principalType": kind,
                "scope": scope or "/",
                "condition": None,
                "conditionVersion": None,
                "createdOn": now,
                "updatedOn": now,
                "createdBy": author,
                "updatedBy": author,
                "delegatedManagedIdentityResourceId": None,
                "description": properties.get("description"),
            },
        }
        return cloud.state.put("roleAssignment", key(body["id"]), body), True


def get_assignment(cloud: Cloud, scope: str, name: str) -> Document | None:
    """Return an assignment by its name at a scope, or ``None``."""
    return cloud.state.get("roleAssignment", key(assignment_id(scope, name)))


def delete_assignment(cloud: Cloud, full_id: str) -> Document | None:
    """Delete an assignment by its full id; return what it was, or ``None``."""
    with cloud.state.transaction():
        document = cloud.state.get("roleAssignment", key(full_id))
        cloud.state.delete("roleAssignment", key(full_id))
        return document


def assignment_id(scope: str, name: str) -> str:
    """Compose the id of an assignment."""
    return f"{scope.rstrip('/')}{rbac.ASSIGNMENTS}{name}"


def definition_id(cloud: Cloud, guid: str) -> str:
    """Compose the id of a role definition, which is the same at every scope."""
    subscription = directory.default_subscription(cloud)
    return f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{guid}"


def role_does_not_exist(role: str) -> ArmError:
    """Return the error for a role definition that is not there."""
    guid = role.rstrip("/").rpartition("/")[2].replace("-", "")
    return ArmError(
        404,
        "RoleDefinitionDoesNotExist",
        f"The specified role definition with ID '{guid}' does not exist.",
    )


def existing_scope(cloud: Cloud, scope: str) -> str:
    """Return a scope with the casing of what it names; raise where that does not exist.

    Below a resource anything goes: containers, queues and the like are known to their service.
    """
    parts = [part.lower() for part in scope.split("/") if part]
    if not parts or rbac.is_management_group(scope):
        return scope.rstrip("/")
    if parts[0] != "subscriptions" or len(parts) < 2:
        raise bad_request(f"The scope '{scope}' is invalid.", "InvalidScope")
    if cloud.state.get("subscription", parts[1]) is None:
        raise subscription_not_found(parts[1])
    if len(parts) == 2:
        return scope.rstrip("/")
    if len(parts) == 4 and parts[2] == "resourcegroups":
        return str(get_resource_group(cloud, parts[1], parts[3])["id"])
    try:
        wanted = ResourceId.parse(scope)
    except ValueError as error:
        raise bad_request(f"The scope is invalid: {error}.", "InvalidScope") from None
    get_resource_group(cloud, wanted.subscription, wanted.group)
    top = cloud.state.get("resource", key(str(wanted.top)))
    if top is None:
        raise resource_not_found(wanted.top.type, wanted.top.name, wanted.group)
    return str(top["id"]) + str(wanted)[len(str(wanted.top)) :]


def _assignable(cloud: Cloud, role_id: str, scope: str) -> RoleDefinition:
    role = rbac.role_definition(cloud, role_id)
    if role is None or not rbac.is_assignable(cloud, role.assignable_scopes, scope):
        raise role_does_not_exist(role_id)
    return role


def _principal_kind(cloud: Cloud, principal_id: str, asked: object) -> str:
    for kind, name in _PRINCIPAL_KINDS.items():
        if cloud.state.get(kind, principal_id) is not None:
            if asked and str(asked).lower() != name.lower():
                raise bad_request(
                    f"The PrincipalId '{principal_id.replace('-', '')}' has type '{name}' , which "
                    f"is different from specified PrinciaplType '{asked}'.",
                    "UnmatchedPrincipalType",
                )
            return name
    raise bad_request(
        f"Principal {principal_id.replace('-', '')} does not exist in the directory "
        f"{directory.default_tenant(cloud)}. Check that you have the correct principal ID. If you "
        "are creating this principal and then immediately assigning a role, this error might be "
        "related to a replication delay. In this case, set the role assignment principalType "
        "property to a value, such as ServicePrincipal, User, or Group.  See "
        "https://aka.ms/docs-principaltype",
        "PrincipalNotFound",
    )


def _unchanged(before: Document, role: RoleDefinition, principal_id: str) -> Document:
    properties = before["properties"]
    same_role = properties["roleDefinitionId"].lower().endswith("/" + role.id)
    if not same_role or properties["principalId"] != principal_id:
        raise ArmError(
            409,
            "RoleAssignmentUpdateNotPermitted",
            "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
        )
    return before


def _same(cloud: Cloud, scope: str, role_guid: str, principal_id: str) -> Document | None:
    for assignment in rbac.assignments_at(cloud, scope):
        properties = assignment["properties"]
        if properties["principalId"] == principal_id.lower() and properties[
            "roleDefinitionId"
        ].lower().endswith("/" + role_guid):
            return assignment
    return None


def _custom(cloud: Cloud, name: str) -> RoleDefinition | None:
    for _, document in cloud.state.under("roleDefinition"):
        if document["properties"]["roleName"].lower() == name.lower():
            return rbac.custom_role(document)
    return None

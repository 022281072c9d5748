"""App roles: what an application offers to be allowed at it, and who was allowed what.

A role is offered by an application (``appRoles``) and assigned to a user, a group or a service
principal at the offering application's service principal. Tokens carry it as ``roles``.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from entrada.local import directory, graph_permissions, rbac
from entrada.local.entra.resources import find_well_known
from entrada.local.keys import iso_time

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

DEFAULT_ROLE = "00000000-0000-0000-0000-000000000000"
"""Assigned where an application offers no role, to say that somebody may use it at all."""


def offered(cloud: Cloud, principal: Document) -> list[Document]:
    """Return the app roles that a service principal's application offers."""
    if principal["appId"] == graph_permissions.APP_ID:
        return graph_permissions.app_roles()
    application = directory.application(cloud, principal["appId"])
    return list((application or {}).get("appRoles") or ())


def assign(cloud: Cloud, principal: Document, kind: str, resource: Document, role: str) -> Document:
    """Assign an app role (its id) to a principal of a kind, like ``ServicePrincipal``.

    Raises ``LookupError`` where the resource offers no such role and ``ValueError`` where it is
    assigned already.
    """
    known = {each["id"] for each in offered(cloud, resource) if each.get("isEnabled", True)}
    if role not in known and not (role == DEFAULT_ROLE and not known):
        raise LookupError(f"{resource['displayName']} offers no enabled app role {role}")
    wanted = {"principalId": principal["id"], "resourceId": resource["id"], "appRoleId": role}
    with cloud.state.transaction():
        if cloud.state.find("appRoleAssignment", **wanted):
            raise ValueError("the app role is assigned already")
        body: Document = {
            "id": str(uuid.uuid4()),
            **wanted,
            "principalType": kind,
            "createdDateTime": iso_time(cloud.clock()),
        }
        return cloud.state.put("appRoleAssignment", body["id"], body)


def assignments(cloud: Cloud, **fields: str) -> list[Document]:
    """Return the assignments whose fields equal those given."""
    return cloud.state.find("appRoleAssignment", **fields)


def unassign(cloud: Cloud, assignment_id: str) -> bool:
    """Take an assignment back; say whether it was there."""
    return cloud.state.delete("appRoleAssignment", assignment_id)


def forget(cloud: Cloud, object_id: str) -> None:
    """Take back all that was assigned to or at an object, which is going away."""
    for body in assignments(cloud):
        if object_id in (body["principalId"], body["resourceId"]):
            unassign(cloud, body["id"])


def granted_at(cloud: Cloud, principal_id: str, resource: str) -> list[str]:
    """Return the values of the app roles that a principal has at a resource, sorted.

    ``resource`` is named as in a token request. A role counts that came by a group.
    """
    app_id = _app_id(cloud, resource)
    target = directory.principal_by_app_id(cloud, app_id) if app_id else None
    return granted(cloud, principal_id, target) if target else []


def granted(cloud: Cloud, principal_id: str, resource: Document) -> list[str]:
    """Return the values of the app roles that a principal has at a service principal, sorted."""
    standing = assignments(cloud, resourceId=resource["id"])
    if not standing:
        return []
    holders = {principal_id.lower(), *rbac.groups_of(cloud, principal_id)}
    ids = {each["appRoleId"] for each in standing if each["principalId"].lower() in holders}
    return sorted(
        str(role["value"])
        for role in offered(cloud, resource)
        if role["id"] in ids and role.get("isEnabled", True) and role.get("value")
    )


def _app_id(cloud: Cloud, resource: str) -> str:
    known = find_well_known(cloud, resource)
    if known is not None:
        return known.app_id
    application = directory.application_for(cloud, resource)
    return str(application["appId"]) if application else ""

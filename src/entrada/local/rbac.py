"""Azure role-based access control: whether a principal may perform an action at a scope.

Reads role assignments, role definitions and groups from the state; knows no HTTP. Everything is
denied unless an assignment at the scope or above it grants it (Azure RBAC's rules without deny
assignments and conditions).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from entrada.local.cloud import Cloud
from entrada.local.roles import Permission, RoleDefinition, role_by_id, smallest_role
from entrada.local.state import Document

ASSIGNMENTS = "/providers/Microsoft.Authorization/roleAssignments/"
MANAGEMENT_GROUPS = "/providers/Microsoft.Management/managementGroups/"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer, why it is so, and the command that would change a refusal."""

    allowed: bool
    action: str
    scope: str
    principal_id: str
    data: bool
    reason: str
    remedy: str = ""


def decide(
    cloud: Cloud, principal_id: str, action: str, scope: str, *, data: bool = False
) -> Verdict:
    """Say whether a principal may perform an action (a data action with ``data``) at a scope."""
    found = [
        (role, assignment["properties"]["scope"])
        for assignment in assignments_of(cloud, principal_id, scope)
        if (role := role_definition(cloud, assignment["properties"]["roleDefinitionId"]))
    ]
    for role, assigned_at in found:
        if role.allows(action, data=data):
            reason = f"{role.name} at {assigned_at} grants it."
            return Verdict(True, action, scope, principal_id, data, reason)
    reason = _why_not(found, action, scope, data=data)
    remedy = _remedy(principal_id, action, scope, data=data)
    return Verdict(False, action, scope, principal_id, data, reason, remedy)


def assignments_of(cloud: Cloud, principal_id: str, scope: str) -> Iterator[Document]:
    """Yield a principal's own and its groups' assignments at a scope and above, nearest first."""
    holders = {principal_id.lower(), *groups_of(cloud, principal_id)}
    for place in scopes_from(cloud, scope):
        for assignment in assignments_at(cloud, place):
            if assignment["properties"]["principalId"].lower() in holders:
                yield assignment


def assignments_at(cloud: Cloud, scope: str) -> list[Document]:
    """Return the assignments made at exactly one scope."""
    prefix = scope.rstrip("/").lower() + ASSIGNMENTS.lower()
    return [document for _, document in cloud.state.under("roleAssignment", prefix)]


def groups_of(cloud: Cloud, principal_id: str) -> set[str]:
    """Return the object ids, in lower case, of the groups a principal is in, however deep."""
    groups = {
        group_id.lower(): {member.lower() for member in group.get("members", ())}
        for group_id, group in cloud.state.under("group")
    }
    found: set[str] = set()
    new = {principal_id.lower()}
    while new:
        new = {group for group, members in groups.items() if members & new} - found
        found |= new
    return found


def scopes_from(cloud: Cloud, scope: str) -> Iterator[str]:
    """Yield a scope and all above it: resources, group, subscription, management groups, ``/``."""
    parts = [part for part in scope.split("/") if part]
    while parts:
        yield "/" + "/".join(parts)
        if len(parts) == 2 and parts[0].lower() == "subscriptions":
            yield from _management_groups(cloud)
        parts = _parent(parts)
    if is_management_group(scope):
        yield from _groups_above(cloud, scope)
    yield "/"


def is_assignable(cloud: Cloud, assignable_scopes: Iterable[str], scope: str) -> bool:
    """Say whether a role with those assignable scopes may be assigned at a scope."""
    above = {place.lower() for place in scopes_from(cloud, scope)}
    return any(place == "/" or place.rstrip("/").lower() in above for place in assignable_scopes)


def is_management_group(scope: str) -> bool:
    """Say whether a scope is a management group itself."""
    prefix, _, name = scope.rstrip("/").lower().rpartition("/")
    return prefix + "/" == MANAGEMENT_GROUPS.lower() and bool(name)


def _parent(parts: list[str]) -> list[str]:
    above = parts[:-2]
    return above[:-2] if len(above) >= 2 and above[-2].lower() == "providers" else above


def _management_groups(cloud: Cloud) -> list[str]:
    """Return the management groups above the subscriptions; the last is the tenant's root group."""
    names = [cloud.state.get("setting", name) for name in ("managementGroup", "tenant")]
    return list(
        dict.fromkeys(f"{MANAGEMENT_GROUPS}{name['value']}" for name in names if name is not None)
    )


def _groups_above(cloud: Cloud, group: str) -> list[str]:
    groups = _management_groups(cloud)
    known = [each.lower() for each in groups]
    wanted = group.rstrip("/").lower()
    return groups[known.index(wanted) + 1 :] if wanted in known else groups[-1:]


def role_definition(cloud: Cloud, id_or_guid: str) -> RoleDefinition | None:
    """Return a built-in or custom role by its GUID or full id, or ``None``."""
    guid = id_or_guid.rstrip("/").rpartition("/")[2].lower()
    built_in = role_by_id(guid)
    if built_in is not None:
        return built_in
    document = cloud.state.get("roleDefinition", guid)
    return custom_role(document) if document is not None else None


def custom_role(document: Document) -> RoleDefinition:
    """Read a custom role from the body ARM keeps of it."""
    properties = document["properties"]
    return RoleDefinition(
        document["name"].lower(),
        properties["roleName"],
        properties.get("description") or "",
        tuple(Permission.of(body) for body in properties["permissions"]),
        tuple(properties["assignableScopes"]),
        custom=True,
    )


def _why_not(
    found: list[tuple[RoleDefinition, str]], action: str, scope: str, *, data: bool
) -> str:
    kind = "data action" if data else "action"
    if not found:
        return f"The principal and its groups have no role assignment at {scope} or above it."
    seen = ", ".join(f"{role.name} at {place}" for role, place in found)
    return f"None of the {len(found)} role assignments ({seen}) grants the {kind} {action}."


def _remedy(principal_id: str, action: str, scope: str, *, data: bool) -> str:
    role = smallest_role(action, data=data)
    if role is None:
        return ""
    return (
        f"entrada role assign --assignee {principal_id} "
        f'--role "{role.name}" --scope {_group_of(scope)}'
    )


def _group_of(scope: str) -> str:
    parts = scope.split("/")
    in_a_group = len(parts) > 5 and parts[3].lower() == "resourcegroups"
    return "/".join(parts[:5]) if in_a_group else scope

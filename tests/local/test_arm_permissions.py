"""What the caller may do, and the lists that the local cloud always has empty, through ARM."""

from __future__ import annotations

from test_arm_resources import ArmWorld, arm

from entrada.local import rbac, roles
from entrada.local.arm import operations

__all__ = ["arm"]

AUTHORIZATION = "providers/Microsoft.Authorization"


def test_the_callers_permissions_are_those_of_its_roles(arm: ArmWorld) -> None:
    """Assigned at the scope or above it, not below."""
    reader = arm.principal("reader")
    operations.assign_role(arm.cloud, principal_id=reader, role="Reader", scope=arm.group)
    assert arm.ok("GET", f"{arm.group}/{AUTHORIZATION}/permissions", as_=reader)["value"] == [
        {"actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []}
    ]
    above = f"{arm.scope}/{AUTHORIZATION}/permissions"
    assert arm.error("GET", above, as_=reader) == (403, "AuthorizationFailed")
    contributor = "Storage Blob Data Contributor"
    operations.assign_role(arm.cloud, principal_id=reader, role=contributor, scope=arm.scope)
    value = arm.ok("GET", f"{arm.group}/{AUTHORIZATION}/permissions", as_=reader)["value"]
    role = roles.role_by_name(contributor)
    assert role is not None
    assert [each["dataActions"] for each in value] == [[], list(role.permissions[0].data_actions)]


def test_nothing_is_denied_and_nobody_is_a_classic_administrator(arm: ArmWorld) -> None:
    paths = (
        f"{arm.group}/{AUTHORIZATION}/denyAssignments",
        f"{arm.scope}/{AUTHORIZATION}/classicAdministrators",
    )
    for path in paths:
        assert arm.ok("GET", path) == {"value": []}
        assert arm.error("GET", path, as_=arm.principal("nobody")) == (403, "AuthorizationFailed")


def test_a_custom_role_takes_data_actions_away_from_those_it_gives(arm: ArmWorld) -> None:
    """By patterns, and among its own permission's only."""
    blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"
    permissions: list[dict[str, list[str]]] = [
        {"dataActions": [f"{blobs}/*"], "notDataActions": [f"{blobs}/delete", "*/tags/*"]}
    ]
    guid = "5f4d0b1e-0000-4000-8000-000000000001"
    content = {"roleName": "Writer", "permissions": permissions, "assignableScopes": [arm.scope]}
    path = f"{arm.scope}/{AUTHORIZATION}/roleDefinitions/{guid}"
    arm.ok("PUT", path, {"properties": content})
    worker = arm.principal("worker")
    operations.assign_role(arm.cloud, principal_id=worker, role="Writer", scope=arm.group)

    def may(action: str) -> bool:
        return rbac.decide(arm.cloud, worker, f"{blobs}/{action}", arm.group, data=True).allowed

    allowed = {action: may(action) for action in ("read", "write", "delete", "tags/read")}
    assert allowed == {"read": True, "write": True, "delete": False, "tags/read": False}
    permissions.append({"dataActions": [f"{blobs}/delete"]})
    arm.ok("PUT", path, {"properties": content})
    assert may("delete")

"""May the caller do this: Azure RBAC on the Blob service's data plane.

Knows no operation. Container operations need control actions, blob operations data actions, and
both are decided at the container, or at the account above it.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrada.local import rbac
from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.errors import StorageError

_SERVICE = "Microsoft.Storage/storageAccounts/blobServices"
_CONTAINERS = f"{_SERVICE}/containers"


@dataclass(frozen=True, slots=True)
class Permission:
    """An RBAC operation that a request needs; ``account_wide`` where no container will do."""

    action: str
    data: bool = False
    account_wide: bool = False


SERVICE_INFO = Permission(f"{_SERVICE}/getInfo/action", account_wide=True)
SERVICE_READ = Permission(f"{_SERVICE}/read", account_wide=True)
CONTAINER_LIST = Permission(f"{_CONTAINERS}/read", account_wide=True)
CONTAINER_READ = Permission(f"{_CONTAINERS}/read")
CONTAINER_WRITE = Permission(f"{_CONTAINERS}/write")
CONTAINER_DELETE = Permission(f"{_CONTAINERS}/delete")
BLOB_READ = Permission(f"{_CONTAINERS}/blobs/read", data=True)
BLOB_WRITE = Permission(f"{_CONTAINERS}/blobs/write", data=True)
BLOB_ADD = Permission(f"{_CONTAINERS}/blobs/add/action", data=True)
BLOB_DELETE = Permission(f"{_CONTAINERS}/blobs/delete", data=True)
BLOB_TAGS_READ = Permission(f"{_CONTAINERS}/blobs/tags/read", data=True)
BLOB_TAGS_WRITE = Permission(f"{_CONTAINERS}/blobs/tags/write", data=True)


def authorize(context: Context, permission: Permission) -> None:
    """Return if a permission is granted; else raise :class:`StorageError`."""
    verdict = _decide(context, permission)
    if not verdict.allowed:
        raise _refused(verdict)


def is_granted(context: Context, permission: Permission) -> bool:
    """Say whether the caller has a permission."""
    return _decide(context, permission).allowed


def _decide(context: Context, permission: Permission) -> rbac.Verdict:
    scope = context.scope("" if permission.account_wide else context.container)
    return rbac.decide(
        context.cloud, context.principal_id, permission.action, scope, data=permission.data
    )


def _refused(verdict: rbac.Verdict) -> StorageError:
    lines = [
        f"{'Data action' if verdict.data else 'Action'}: {verdict.action}",
        f"Scope: {verdict.scope}",
        f"Principal: {verdict.principal_id}",
        verdict.reason,
    ]
    if verdict.remedy:
        lines.append(f"To allow it: {verdict.remedy}")
    return StorageError("AuthorizationPermissionMismatch", "\n".join(lines))

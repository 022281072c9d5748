"""The Blob service's operations as a table: what a request selects, needs and runs.

An operation is selected by the URL's level, the method, ``restype`` and ``comp``. What Azure has
and the local cloud does not is a table too, so that a client reads what it is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from entrada._engine.effects import Response
from entrada.local.resources.blob import (
    account,
    authorization,
    blobs,
    blocks,
    containers,
    copying,
    listing,
)
from entrada.local.resources.blob.authorization import Permission
from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.entries import find_blob
from entrada.local.resources.blob.errors import StorageError, invalid_query, not_built

Run: TypeAlias = Callable[[Context], Response]


@dataclass(frozen=True, slots=True)
class Operation:
    """One row: ``if_new`` is a permission that is enough where ``exists`` finds no such blob."""

    level: str
    methods: str
    restype: str
    comp: str
    permission: Permission
    run: Run
    if_new: Permission | None = None
    exists: Callable[[Context], bool] = lambda context: find_blob(context) is not None

    def authorize(self, context: Context) -> None:
        """Return if the caller may; raise :class:`StorageError` otherwise."""
        if authorization.is_granted(context, self.permission):
            return
        may_create = self.if_new is not None and authorization.is_granted(context, self.if_new)
        if not may_create or self.exists(context):
            authorization.authorize(context, self.permission)


_A = authorization
_INFORMATION = ("GET HEAD", "account", "properties", _A.SERVICE_INFO, account.account_information)

OPERATIONS: tuple[Operation, ...] = (
    Operation("account", "GET", "", "list", _A.CONTAINER_LIST, account.list_containers),
    Operation(
        "account", "GET", "service", "properties", _A.SERVICE_READ, account.service_properties
    ),
    Operation("account", *_INFORMATION),
    Operation("container", *_INFORMATION),
    Operation("blob", *_INFORMATION),
    Operation("container", "PUT", "container", "", _A.CONTAINER_WRITE, containers.create_container),
    Operation(
        "container", "GET HEAD", "container", "", _A.CONTAINER_READ, containers.container_properties
    ),
    Operation(
        "container",
        "GET HEAD",
        "container",
        "metadata",
        _A.CONTAINER_READ,
        containers.container_properties,
    ),
    Operation(
        "container",
        "PUT",
        "container",
        "metadata",
        _A.CONTAINER_WRITE,
        containers.set_container_metadata,
    ),
    Operation(
        "container", "DELETE", "container", "", _A.CONTAINER_DELETE, containers.delete_container
    ),
    Operation("container", "GET", "container", "list", _A.BLOB_READ, listing.list_blobs),
    Operation("blob", "PUT", "", "", _A.BLOB_WRITE, blobs.put_blob, _A.BLOB_ADD),
    Operation("blob", "PUT", "", "copy-source", _A.BLOB_WRITE, copying.copy_blob, _A.BLOB_ADD),
    Operation("blob", "GET", "", "", _A.BLOB_READ, blobs.get_blob),
    Operation("blob", "HEAD", "", "", _A.BLOB_READ, blobs.blob_properties),
    Operation("blob", "DELETE", "", "", _A.BLOB_DELETE, blobs.delete_blob),
    Operation("blob", "GET HEAD", "", "metadata", _A.BLOB_READ, blobs.blob_metadata),
    Operation("blob", "PUT", "", "metadata", _A.BLOB_WRITE, blobs.set_blob_metadata),
    Operation("blob", "PUT", "", "properties", _A.BLOB_WRITE, blobs.set_blob_properties),
    Operation("blob", "PUT", "", "block", _A.BLOB_WRITE, blocks.put_block),
    Operation("blob", "PUT", "", "blocklist", _A.BLOB_WRITE, blocks.put_block_list),
    Operation("blob", "GET", "", "blocklist", _A.BLOB_READ, blocks.get_block_list),
)

_NOT_BUILT_COMP = {
    "acl": "container access policies",
    "appendblock": "append blobs",
    "batch": "batches",
    "blobs": "blob tags",
    "copy": "aborting a copy (a copy is complete when it is answered)",
    "expiry": "blob expiry",
    "immutabilitypolicies": "immutability policies",
    "incrementalcopy": "page blobs",
    "lease": "leases",
    "legalhold": "legal holds",
    "page": "page blobs",
    "pagelist": "page blobs",
    "query": "queries of blob contents",
    "rename": "renaming",
    "seal": "append blobs",
    "snapshot": "snapshots",
    "stats": "replication statistics",
    "tags": "blob tags",
    "tier": "access tiers but Hot",
    "undelete": "soft delete",
    "userdelegationkey": "user delegation keys and SAS",
}
_NOT_BUILT_QUERY = {
    "snapshot": "snapshots",
    "versionid": "versions",
    "deletetype": "soft delete",
    "startfrom": "listing from a name on (use marker)",
}
_NOT_BUILT_HEADERS = {
    "x-ms-default-encryption-scope": "encryption scopes",
    "x-ms-encryption-": "customer-provided keys and encryption scopes",
    "x-ms-expiry-": "blob expiry",
    "x-ms-if-tags": "blob tags",
    "x-ms-immutability-policy-": "immutability policies",
    "x-ms-legal-hold": "legal holds",
    "x-ms-seal-blob": "append blobs",
    "x-ms-source-": "writing from a URL, or conditions on a copy's source",
    "x-ms-structured-body": "structured bodies (validate_content='crc64')",
    "x-ms-tags": "blob tags",
}


def select(
    context: Context,
    table: tuple[Operation, ...] = OPERATIONS,
    built: frozenset[str] = frozenset(),
) -> Operation:
    """Return the operation that a request asks for; raise :class:`StorageError` for none.

    ``built`` names what a table has and the embedded store has not.
    """
    _refuse_what_is_not_built(context, built)
    restype, comp = context.query("restype").lower(), context.query("comp").lower()
    if not comp and context.level == "blob" and context.inbound.method == "PUT":
        comp = _comp_of_put(context)
    found = [
        row for row in table if (row.level, row.restype, row.comp) == (context.level, restype, comp)
    ]
    for row in found:
        if context.inbound.method in row.methods.split():
            return row
    raise _unknown(context, found)


def _comp_of_put(context: Context) -> str:
    if not context.header(copying.SOURCE):
        return ""
    if context.header("x-ms-blob-type"):
        raise not_built("UnsupportedHeader", "writing a blob from a URL (copy it instead)")
    return "copy-source"


def _unknown(context: Context, found: list[Operation]) -> StorageError:
    if found:
        allowed = ", ".join(sorted({method for row in found for method in row.methods.split()}))
        return StorageError("UnsupportedHttpVerb", headers={"allow": allowed})
    name = "comp" if context.query("comp") else "restype"
    reason = f"No operation on a URL of this kind ({context.level}) is selected by it."
    return invalid_query(name, context.query(name), reason)


def _refuse_what_is_not_built(context: Context, built: frozenset[str]) -> None:
    comp = context.query("comp").lower()
    if comp in _NOT_BUILT_COMP and comp not in built:
        raise not_built("UnsupportedQueryParameter", _NOT_BUILT_COMP[comp])
    for name, what in _NOT_BUILT_QUERY.items():
        if context.query(name) and name not in built:
            raise not_built("UnsupportedQueryParameter", what)
    for start, what in _NOT_BUILT_HEADERS.items():
        if any(name.startswith(start) for name in context.inbound.headers):
            raise not_built("UnsupportedHeader", what)
    tier = "" if "x-ms-access-tier" in built else context.header("x-ms-access-tier")
    if tier.lower() not in ("", "hot"):
        raise not_built("UnsupportedHeader", "access tiers but Hot")
    if context.header("x-ms-lease-id") and "x-ms-lease-id" not in built:
        target = "Blob" if context.level == "blob" else "Container"
        raise StorageError(f"LeaseNotPresentWith{target}Operation")

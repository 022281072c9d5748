"""Operations on one container but its listing: create, properties, metadata, delete."""

from __future__ import annotations

from dataclasses import replace

from entrada._engine.effects import Response
from entrada.local.resources.blob import content, entries
from entrada.local.resources.blob.conditions import check_conditions
from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.entries import Entry, new_etag
from entrada.local.resources.blob.errors import StorageError

_ALWAYS = {
    "x-ms-lease-status": "unlocked",
    "x-ms-lease-state": "available",
    "x-ms-has-immutability-policy": "false",
    "x-ms-has-legal-hold": "false",
    "x-ms-default-encryption-scope": "$account-encryption-key",
    "x-ms-deny-encryption-scope-override": "false",
}


def create_container(context: Context) -> Response:
    """Create Container."""
    if context.header("x-ms-blob-public-access"):
        raise StorageError("PublicAccessNotPermitted")
    if entries.find_container(context) is not None:
        raise StorageError("ContainerAlreadyExists")
    container = Entry(context.now, context.now, new_etag(), content.metadata(context))
    entries.put_container(context, container)
    return Response(201, container.validators())


def container_properties(context: Context) -> Response:
    """Get Container Properties, and Get Container Metadata with them."""
    container = entries.need_container(context)
    metadata = content.metadata_headers(container.metadata)
    return Response(200, {**container.validators(), **metadata, **_ALWAYS, "content-length": "0"})


def set_container_metadata(context: Context) -> Response:
    """Set Container Metadata."""
    container = entries.need_container(context)
    check_conditions(context, container)
    metadata = content.metadata(context)
    changed = replace(container, modified=context.now, etag=new_etag(), metadata=metadata)
    entries.put_container(context, changed)
    return Response(200, changed.validators())


def delete_container(context: Context) -> Response:
    """Delete Container, and all blobs in it."""
    check_conditions(context, entries.need_container(context))
    entries.delete_container(context)
    return Response(202)

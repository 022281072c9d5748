"""Operations on one blob: put, get, properties, metadata, delete. Block blobs only."""

from __future__ import annotations

from dataclasses import replace

from entrada._engine.effects import Response
from entrada.local.resources.blob import content, entries
from entrada.local.resources.blob.conditions import check_conditions
from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.entries import Blob, http_date, new_etag
from entrada.local.resources.blob.errors import StorageError, invalid_header, not_built

ENCRYPTED = {"x-ms-request-server-encrypted": "true"}
LARGEST_PAYLOAD = 900 * 1024 * 1024
"""Bytes of one request's body; SQLite keeps no value of a billion bytes or more."""

_ALWAYS = {
    "accept-ranges": "bytes",
    "x-ms-blob-type": "BlockBlob",
    "x-ms-lease-status": "unlocked",
    "x-ms-lease-state": "available",
    "x-ms-server-encrypted": "true",
}
_TIER = {"x-ms-access-tier": "Hot", "x-ms-access-tier-inferred": "true"}


def put_blob(context: Context) -> Response:
    """Put Blob."""
    _check_type(context)
    check_size(context)
    entries.need_container(context)
    check_conditions(context, entries.find_blob(context), creating=True)
    digest = content.checked_md5(context, "content-md5", "x-ms-blob-content-md5")
    headers = content.kept_headers(context, standard=True)
    metadata = content.metadata(context)
    segments = (entries.store_payload(context.state, context.body),) if context.body else ()
    blob = new_blob(context, {**headers, "content-md5": digest}, metadata, segments)
    entries.replace_blob(context, blob)
    return Response(201, {**blob.validators(), "content-md5": digest, **ENCRYPTED})


def new_blob(
    context: Context,
    headers: dict[str, str],
    metadata: dict[str, str],
    segments: tuple[entries.Segment, ...],
) -> Blob:
    """Build a blob that is created now."""
    now, kept = context.now, _with_type(headers)
    return Blob(now, now, new_etag(), metadata, headers=kept, segments=segments)


def get_blob(context: Context) -> Response:
    """Get Blob, whole or a range of it."""
    blob = entries.need_blob(context)
    check_conditions(context, blob, reading=True)
    wanted = content.byte_range(context, blob)
    start, end = wanted or (0, blob.size)
    body = b"".join(entries.read_bytes(context.state, blob, start, end))
    headers = {**_described(blob), "content-length": str(len(body))}
    if wanted is None:
        return Response(200, headers, body)
    headers["content-range"] = f"bytes {start}-{end - 1}/{blob.size}"
    whole = headers.pop("content-md5", None)
    if whole:
        headers["x-ms-blob-content-md5"] = whole
    if context.header("x-ms-range-get-content-md5").lower() == "true":
        headers["content-md5"] = content.md5(body)
    return Response(206, headers, body)


def blob_properties(context: Context) -> Response:
    """Get Blob Properties."""
    blob = entries.need_blob(context)
    check_conditions(context, blob, reading=True)
    return Response(200, {**_described(blob), **_TIER, "content-length": str(blob.size)})


def blob_metadata(context: Context) -> Response:
    """Get Blob Metadata."""
    blob = entries.need_blob(context)
    check_conditions(context, blob, reading=True)
    metadata = content.metadata_headers(blob.metadata)
    return Response(200, {**blob.validators(), **metadata, "content-length": "0"})


def set_blob_metadata(context: Context) -> Response:
    """Set Blob Metadata."""
    changed = _changed(context, metadata=content.metadata(context))
    return Response(200, {**changed.validators(), **ENCRYPTED})


def set_blob_properties(context: Context) -> Response:
    """Set Blob Properties; a header that is not sent is cleared."""
    for name in ("x-ms-blob-content-length", "x-ms-sequence-number-action"):
        if context.header(name):
            raise not_built("UnsupportedHeader", f"{name}: it is for page blobs")
    changed = _changed(context, headers=_with_type(content.kept_headers(context)))
    return Response(200, changed.validators())


def delete_blob(context: Context) -> Response:
    """Delete Blob."""
    snapshots = context.header("x-ms-delete-snapshots")
    if snapshots not in ("", "include"):
        raise not_built("UnsupportedHeader", "snapshots")
    blob = entries.need_blob(context)
    check_conditions(context, blob)
    entries.delete_blob(context, blob)
    return Response(202, {"x-ms-delete-type-permanent": "true"})


def check_size(context: Context) -> None:
    """Raise where a body is too large to keep."""
    if len(context.body) > LARGEST_PAYLOAD:
        elements = {"MaxLimit": str(LARGEST_PAYLOAD)}
        raise StorageError("RequestBodyTooLarge", elements=elements)


def _changed(
    context: Context,
    *,
    metadata: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Blob:
    blob = entries.need_blob(context)
    check_conditions(context, blob)
    changed = replace(
        blob,
        modified=context.now,
        etag=new_etag(),
        metadata=blob.metadata if metadata is None else metadata,
        headers=blob.headers if headers is None else headers,
    )
    entries.put_blob(context, changed)
    return changed


def _with_type(headers: dict[str, str]) -> dict[str, str]:
    return {"content-type": content.DEFAULT_CONTENT_TYPE, **headers}


def _described(blob: Blob) -> dict[str, str]:
    return {
        **blob.validators(),
        **blob.headers,
        **content.metadata_headers(blob.metadata),
        **_ALWAYS,
        **blob.copy,
        "x-ms-creation-time": http_date(blob.created),
    }


def _check_type(context: Context) -> None:
    name = "x-ms-blob-type"
    kind = context.header(name)
    if not kind:
        raise StorageError("MissingRequiredHeader", elements={"HeaderName": name})
    if kind != "BlockBlob":
        raise invalid_header(name, kind, "The local cloud keeps block blobs only: send BlockBlob.")

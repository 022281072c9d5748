"""Containers and blobs as the local cloud keeps them: documents, and payloads beside them.

Knows no HTTP. A blob is a list of segments (its committed blocks, or one unnamed segment), each
a payload of its own, so that committing blocks copies no bytes and a range reads only its part.
Every function expects to run in one transaction with what it belongs to.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate

from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.errors import StorageError
from entrada.local.state import Document, State

LENT = "azuritePlace"
"""The kind of documents that say which account of Azurite an account of ours is lent."""

_BLOCK_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Segment:
    """Some bytes of a blob: the id of their block (or nothing), their number, their payload."""

    block: str
    size: int
    payload: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What containers and blobs share. Times are epoch seconds; the ETag has no quotes."""

    created: float
    modified: float
    etag: str
    metadata: dict[str, str] = field(default_factory=dict)

    def validators(self) -> dict[str, str]:
        """Return the headers by which a client recognises this version."""
        return {"etag": f'"{self.etag}"', "last-modified": http_date(self.modified)}


@dataclass(frozen=True, slots=True)
class Blob(Entry):
    """A block blob: its HTTP headers by their standard names, its copy's ``x-ms-copy-*`` ones."""

    headers: dict[str, str] = field(default_factory=dict)
    segments: tuple[Segment, ...] = ()
    copy: dict[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """The blob's length in bytes."""
        return sum(segment.size for segment in self.segments)


def http_date(time: float) -> str:
    """Write epoch seconds as an RFC 1123 date."""
    return formatdate(time, usegmt=True)


def new_etag() -> str:
    """Return an ETag, without quotes, that no other version has."""
    return f"0x8D{uuid.uuid4().hex[:13].upper()}"


def store_payload(state: State, data: bytes, block: str = "") -> Segment:
    """Write bytes under a fresh id."""
    segment = Segment(block, len(data), uuid.uuid4().hex)
    state.store(segment.payload, data)
    return segment


def find_container(context: Context) -> Entry | None:
    """Return the request's container, or ``None``."""
    document = context.state.get("container", context.container_id)
    return None if document is None else container_of(document)


def need_container(context: Context) -> Entry:
    """Return the request's container; raise :class:`StorageError` where it is not."""
    container = find_container(context)
    if container is None:
        raise StorageError("ContainerNotFound")
    return container


def put_container(context: Context, entry: Entry) -> None:
    """Write the request's container."""
    context.state.put("container", context.container_id, _shared_fields(entry))


def delete_container(context: Context) -> None:
    """Delete the request's container with everything in it."""
    _delete_blobs(context.state, f"{context.container_id}/")
    context.state.delete("container", context.container_id)


def forget_account(state: State, name: str) -> None:
    """Remove all that is kept of an account that is deleted."""
    prefix = f"{name.lower()}/"
    _delete_blobs(state, prefix)
    for key, _ in state.under("container", prefix):
        state.delete("container", key)
    state.delete(LENT, name.lower())


def find_blob(context: Context) -> Blob | None:
    """Return the request's blob, or ``None``."""
    document = context.state.get("blob", context.blob_id)
    return None if document is None else blob_of(document)


def need_blob(context: Context) -> Blob:
    """Return the request's blob; raise :class:`StorageError` where it or its container is not."""
    need_container(context)
    blob = find_blob(context)
    if blob is None:
        raise StorageError("BlobNotFound")
    return blob


def put_blob(context: Context, blob: Blob) -> None:
    """Write a blob's properties; its bytes stay where they are."""
    body = {
        **_shared_fields(blob),
        "headers": blob.headers,
        "size": blob.size,
        "segments": [[part.block, part.size, part.payload] for part in blob.segments],
        "copy": blob.copy,
    }
    context.state.put("blob", context.blob_id, body)


def replace_blob(context: Context, blob: Blob) -> None:
    """Write a blob, then drop the bytes and uncommitted blocks that it leaves behind."""
    state, old = context.state, find_blob(context)
    put_blob(context, blob)
    kept = {segment.payload for segment in blob.segments}
    _discard(state, () if old is None else old.segments, kept)
    _delete_blocks(state, _block_prefix(context), kept)


def delete_blob(context: Context, blob: Blob) -> None:
    """Delete a blob with its uncommitted blocks."""
    _discard(context.state, blob.segments)
    _delete_blocks(context.state, _block_prefix(context))
    context.state.delete("blob", context.blob_id)


def read_bytes(state: State, blob: Blob, start: int, end: int) -> Iterator[bytes]:
    """Yield a blob's bytes from ``start`` up to, not including, ``end``."""
    offset = 0
    for segment in blob.segments:
        first, last = max(start - offset, 0), min(end - offset, segment.size)
        if first < last:
            yield (state.load(segment.payload) or b"")[first:last]
        offset += segment.size


def put_block(context: Context, segment: Segment) -> None:
    """Keep an uncommitted block, replacing one of the same id."""
    key = _block_prefix(context) + segment.block
    old = context.state.get("block", key)
    context.state.put("block", key, {"size": segment.size, "payload": segment.payload})
    if old is not None:
        context.state.discard(old["payload"])


def uncommitted_blocks(context: Context, limit: int = -1) -> list[Segment]:
    """Return the blocks that wait to be committed, in order of their ids; -1 for no limit."""
    prefix = _block_prefix(context)
    return [
        Segment(key.removeprefix(prefix), block["size"], block["payload"])
        for key, block in context.state.under("block", prefix, limit=limit)
    ]


def container_of(document: Document) -> Entry:
    """Read a container's document."""
    return Entry(**{name: document[name] for name in _SHARED})


def blob_of(document: Document) -> Blob:
    """Read a blob's document."""
    return Blob(
        **{name: document[name] for name in _SHARED},
        headers=document["headers"],
        segments=tuple(Segment(*segment) for segment in document["segments"]),
        copy=document["copy"],
    )


_SHARED = ("created", "modified", "etag", "metadata")


def _shared_fields(entry: Entry) -> Document:
    return {name: getattr(entry, name) for name in _SHARED}


def _block_prefix(context: Context) -> str:
    return context.blob_id + _BLOCK_SEPARATOR


def _discard(state: State, segments: Iterable[Segment], kept: Iterable[str] = ()) -> None:
    for payload in {segment.payload for segment in segments}.difference(kept):
        state.discard(payload)


def _delete_blobs(state: State, prefix: str) -> None:
    for key, document in state.under("blob", prefix):
        _discard(state, blob_of(document).segments)
        state.delete("blob", key)
    _delete_blocks(state, prefix)


def _delete_blocks(state: State, prefix: str, kept: Iterable[str] = ()) -> None:
    for key, block in state.under("block", prefix):
        if block["payload"] not in kept:
            state.discard(block["payload"])
        state.delete("block", key)

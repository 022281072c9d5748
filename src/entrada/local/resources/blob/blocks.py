"""Blocks of a blob: put them, commit a list of them, list them."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from entrada._engine.effects import Response
from entrada.local.resources.blob import content, entries, markup
from entrada.local.resources.blob.account import XML
from entrada.local.resources.blob.blobs import ENCRYPTED, check_size, new_blob
from entrada.local.resources.blob.conditions import check_conditions
from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.entries import Segment
from entrada.local.resources.blob.errors import StorageError, invalid_header, invalid_query
from entrada.local.resources.blob.markup import element

_MOST_BLOCKS = 50_000
_BLOCK_LIST_TYPES = ("committed", "uncommitted", "all")


def put_block(context: Context) -> Response:
    """Put Block."""
    block = content.block_id(context)
    check_size(context)
    entries.need_container(context)
    if not context.body:
        raise invalid_header("content-length", "0", "A block has at least one byte.")
    digest = content.checked_md5(context, "content-md5")
    others = entries.uncommitted_blocks(context, limit=1)
    if any(len(other.block) != len(block) for other in others):
        raise StorageError("InvalidBlobOrBlock", "All block ids of a blob have the same length.")
    entries.put_block(context, entries.store_payload(context.state, context.body, block))
    return Response(201, {"content-md5": digest, **ENCRYPTED})


def put_block_list(context: Context) -> Response:
    """Put Block List: the blob becomes the blocks named, in that order."""
    entries.need_container(context)
    content.checked_md5(context, "content-md5")
    current = entries.find_blob(context)
    check_conditions(context, current, creating=True)
    committed = {part.block: part for part in _committed(current)}
    uncommitted = {part.block: part for part in entries.uncommitted_blocks(context)}
    sources = {
        "Committed": committed,
        "Uncommitted": uncommitted,
        "Latest": {**committed, **uncommitted},
    }
    segments = _chosen(context.body, sources)
    metadata = content.metadata(context)
    blob = new_blob(context, content.kept_headers(context), metadata, segments)
    entries.replace_blob(context, blob)
    return Response(201, {**blob.validators(), **ENCRYPTED})


def get_block_list(context: Context) -> Response:
    """Get Block List, of committed blocks, uncommitted ones, or both."""
    wanted = context.query("blocklisttype").lower() or "committed"
    if wanted not in _BLOCK_LIST_TYPES:
        known = ", ".join(_BLOCK_LIST_TYPES)
        raise invalid_query("blocklisttype", wanted, f"Known are {known}.")
    entries.need_container(context)
    blob = entries.find_blob(context)
    waiting = entries.uncommitted_blocks(context)
    if blob is None and not waiting:
        raise StorageError("BlobNotFound")
    check_conditions(context, blob, reading=True)
    lists: list[Element] = []
    if wanted != "uncommitted":
        lists.append(_blocks("CommittedBlocks", _committed(blob)))
    if wanted != "committed":
        lists.append(_blocks("UncommittedBlocks", waiting))
    headers = dict(XML)
    if blob is not None:
        headers |= {**blob.validators(), "x-ms-blob-content-length": str(blob.size)}
    return Response(200, headers, markup.document(element("BlockList", *lists)))


def _chosen(body: bytes, sources: Mapping[str, Mapping[str, Segment]]) -> tuple[Segment, ...]:
    try:
        wanted = markup.block_list(body)
    except markup.MalformedDocument as error:
        raise StorageError("InvalidXmlDocument", str(error)) from error
    if len(wanted) > _MOST_BLOCKS:
        raise StorageError("BlockListTooLong")
    chosen = [sources[kind].get(block) for kind, block in wanted]
    if None in chosen:
        kind, block = wanted[chosen.index(None)]
        raise StorageError("InvalidBlockList", f"There is no {kind.lower()} block {block!r}.")
    return tuple(segment for segment in chosen if segment is not None)


def _committed(blob: entries.Blob | None) -> list[Segment]:
    return [] if blob is None else [part for part in blob.segments if part.block]


def _blocks(title: str, segments: list[Segment]) -> Element:
    blocks = (
        element("Block", element("Name", part.block), element("Size", str(part.size)))
        for part in segments
    )
    return element(title, *blocks)

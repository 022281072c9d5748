"""List Blobs, flat and by hierarchy.

With a delimiter, names that share what stands before it become one prefix; the listing then
jumps past all of them, so that a page costs what it shows.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from entrada._engine.effects import Response
from entrada.local.resources.blob.account import XML
from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.entries import Blob, blob_of, http_date, need_container
from entrada.local.resources.blob.markup import element, elements
from entrada.local.resources.blob.paging import (
    AFTER_ALL_WITH_PREFIX,
    Page,
    enumeration,
    first,
)

# Nothing is ever deleted softly, tagged, versioned or held, so most of these add nothing.
_INCLUDE = frozenset(
    {
        "copy",
        "deleted",
        "deletedwithversions",
        "immutabilitypolicy",
        "legalhold",
        "metadata",
        "permissions",
        "snapshots",
        "tags",
        "uncommittedblobs",
        "versions",
    }
)
_CONTENT_ELEMENTS = {
    "content-type": "Content-Type",
    "content-encoding": "Content-Encoding",
    "content-language": "Content-Language",
    "content-md5": "Content-MD5",
    "content-disposition": "Content-Disposition",
    "cache-control": "Cache-Control",
}
_COPY_ELEMENTS = {
    "x-ms-copy-id": "CopyId",
    "x-ms-copy-source": "CopySource",
    "x-ms-copy-status": "CopyStatus",
    "x-ms-copy-progress": "CopyProgress",
    "x-ms-copy-completion-time": "CopyCompletionTime",
}
_ALWAYS = {
    "BlobType": "BlockBlob",
    "AccessTier": "Hot",
    "AccessTierInferred": "true",
    "LeaseStatus": "unlocked",
    "LeaseState": "available",
    "ServerEncrypted": "true",
}
_CHUNK = 256


def list_blobs(context: Context) -> Response:
    """List Blobs."""
    need_container(context)
    page = Page.of(context, include=_INCLUDE)
    found, next_marker = first(_names(context, page), page.size)
    shown = [
        element("BlobPrefix", element("Name", name)) if blob is None else _entry(name, blob, page)
        for name, blob in found
    ]
    return Response(200, XML, enumeration(context, page, "Blobs", shown, next_marker))


def _names(context: Context, page: Page) -> Iterator[tuple[str, Blob | None]]:
    """Yield blobs with their names, and ``None`` with the prefixes that stand for several."""
    base = f"{context.container_id}/"
    after = page.after
    if page.delimiter and after.endswith(page.delimiter):
        after = _past(after, page)
    while True:
        chunk = context.state.under("blob", base + page.prefix, base + after, _CHUNK)
        for key, body in chunk:
            name = key.removeprefix(base)
            shared = _shared_prefix(name, page)
            if shared:
                yield shared, None
                after = shared + AFTER_ALL_WITH_PREFIX
                break
            yield name, blob_of(body)
            after = name
        else:
            if len(chunk) < _CHUNK:
                return


def _past(after: str, page: Page) -> str:
    """Return where a listing goes on whose last page ended with a shared prefix."""
    is_shared = _shared_prefix(after, page) == after
    return after + AFTER_ALL_WITH_PREFIX if is_shared else after


def _shared_prefix(name: str, page: Page) -> str:
    if not page.delimiter:
        return ""
    head, found, _ = name[len(page.prefix) :].partition(page.delimiter)
    return page.prefix + head + found if found else ""


def _entry(name: str, blob: Blob, page: Page) -> Element:
    shown = {
        "Creation-Time": http_date(blob.created),
        "Last-Modified": http_date(blob.modified),
        "Etag": blob.etag,
        "Content-Length": str(blob.size),
        **{title: blob.headers.get(key, "") for key, title in _CONTENT_ELEMENTS.items()},
        **_ALWAYS,
    }
    if "copy" in page.include:
        shown |= {_COPY_ELEMENTS[key]: value for key, value in blob.copy.items()}
    parts = [element("Name", name), element("Properties", *elements(shown))]
    if "metadata" in page.include:
        parts.append(element("Metadata", *elements(blob.metadata)))
    return element("Blob", *parts)

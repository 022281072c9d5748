"""What a request says about content: HTTP headers to keep, metadata, MD5, byte ranges.

Knows no state. Raises :class:`StorageError` for what the Blob service would refuse.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.entries import Blob
from entrada.local.resources.blob.errors import StorageError, invalid_header

METADATA_PREFIX = "x-ms-meta-"
DEFAULT_CONTENT_TYPE = "application/octet-stream"
_KEPT_HEADERS = (
    "content-type",
    "content-encoding",
    "content-language",
    "content-disposition",
    "cache-control",
    "content-md5",
)
_ALSO_IN_STANDARD_FORM = frozenset(_KEPT_HEADERS) - {"content-disposition", "content-md5"}
_BLOB_HEADER = {name: f"x-ms-blob-{name}" for name in _KEPT_HEADERS}
_METADATA_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_LARGEST_METADATA = 8 * 1024
_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{1,18})?", re.ASCII)


def kept_headers(context: Context, *, standard: bool = False) -> dict[str, str]:
    """Return the HTTP headers to keep with a blob, by their standard names.

    They come from ``x-ms-blob-*``; with ``standard`` also from the request's own headers.
    """
    found = {name: context.header(_BLOB_HEADER[name]) for name in _KEPT_HEADERS}
    if found["content-md5"]:
        _decoded_md5(found["content-md5"])
    if standard:
        for name in _ALSO_IN_STANDARD_FORM:
            found[name] = found[name] or context.header(name)
    return {name: value for name, value in found.items() if value}


def metadata(context: Context) -> dict[str, str]:
    """Return the request's metadata; names are in lower case."""
    names = [name for name in context.inbound.headers if name.startswith(METADATA_PREFIX)]
    found = {name.removeprefix(METADATA_PREFIX): context.header(name) for name in names}
    if "" in found:
        raise StorageError("EmptyMetadataKey")
    if not all(_METADATA_NAME.fullmatch(name) for name in found):
        raise StorageError("InvalidMetadata", "A name has letters, digits and underscores only.")
    if sum(len(name) + len(value) for name, value in found.items()) > _LARGEST_METADATA:
        raise StorageError("MetadataTooLarge", f"At most {_LARGEST_METADATA} bytes.")
    return found


def metadata_headers(found: dict[str, str]) -> dict[str, str]:
    """Return metadata as response headers."""
    return {f"{METADATA_PREFIX}{name}": value for name, value in found.items()}


def md5(data: bytes) -> str:
    """Return the MD5 of bytes as headers carry it."""
    digest = hashlib.md5(data, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def checked_md5(context: Context, *names: str) -> str:
    """Return the MD5 of the body; raise where a header among ``names`` says another."""
    actual = md5(context.body)
    for name in names:
        claimed = context.header(name)
        if claimed and base64.b64encode(_decoded_md5(claimed)).decode() != actual:
            elements = {"UserSpecifiedMd5": claimed, "ServerCalculatedMd5": actual}
            raise StorageError("Md5Mismatch", elements=elements)
    return actual


def block_id(context: Context) -> str:
    """Return the ``blockid`` parameter, base64 of 1 to 64 bytes."""
    value = context.query("blockid")
    try:
        size = len(base64.b64decode(value, validate=True))
    except ValueError:
        size = 0
    if not 0 < size <= 64:
        raise StorageError(
            "InvalidQueryParameterValue",
            "A block id is the base64 of 1 to 64 bytes.",
            elements={"QueryParameterName": "blockid", "QueryParameterValue": value},
        )
    return value


def byte_range(context: Context, blob: Blob) -> tuple[int, int] | None:
    """Return the first byte wanted and the one after the last, or ``None`` for all of them.

    ``x-ms-range`` goes before ``Range``; a ``Range`` that cannot be read is ignored, as RFC 9110
    has it.
    """
    own = context.header("x-ms-range")
    text = own or context.header("range")
    if not text:
        return None
    found = _RANGE.fullmatch(text)
    start, end = (int(found[1]), int(found[2] or blob.size)) if found else (1, 0)
    if found is None or (found[2] and end < start):
        if own:
            raise invalid_header("x-ms-range", own)
        return None
    if start >= blob.size:
        raise StorageError("InvalidRange", headers={"content-range": f"bytes */{blob.size}"})
    return start, min(end + 1, blob.size)


def _decoded_md5(text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        digest = b""
    if len(digest) != hashlib.md5(usedforsecurity=False).digest_size:
        raise StorageError("InvalidMd5")
    return digest

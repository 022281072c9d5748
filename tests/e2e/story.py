"""What everybody does with Blob Storage, told once for azure-storage-blob's two colours.

Whose credential the client holds and which server answers is not known here.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from e2e.peers import each, settle

SMALL = 64 * 1024
LARGE = 16 * SMALL + 1000
LIMITS = {
    "max_single_put_size": SMALL,
    "max_block_size": SMALL,
    "max_single_get_size": SMALL,
    "max_chunk_get_size": SMALL,
    "retry_total": 0,
}
"""A client's limits that make a megabyte a large blob; nothing on loopback is worth a retry."""

_TEXT = b"the quick brown fox"


async def use(service: Any, container_name: str) -> None:
    """Do with a fresh container all that the story consists of, and delete it."""
    container = await settle(service.create_container(container_name))
    with pytest.raises(ResourceExistsError):
        await settle(service.create_container(container_name))
    await _upload_and_read(container)
    await _do_not_overwrite(container)
    await _large(container)
    await _delete(container)
    await settle(container.delete_container())


def error_code(error: Any) -> str:
    """Return Storage's code of an error, which the client sets and its classes do not declare."""
    return str(error.error_code)


async def _upload_and_read(container: Any) -> None:
    for name in ("notes/a.txt", "notes/ä b.txt", "other.txt"):
        await settle(container.upload_blob(name, _TEXT, metadata={"kind": "note"}))
    assert await _names(container.list_blobs()) == ["notes/a.txt", "notes/ä b.txt", "other.txt"]
    assert await _names(container.list_blobs(name_starts_with="notes/", results_per_page=1)) == [
        "notes/a.txt",
        "notes/ä b.txt",
    ]
    assert await _names(container.walk_blobs()) == ["notes/", "other.txt"]
    blob = container.get_blob_client("notes/ä b.txt")
    properties = await settle(blob.get_blob_properties())
    assert (properties.size, properties.metadata) == (len(_TEXT), {"kind": "note"})
    assert await _read(blob) == _TEXT
    assert await _read(blob, offset=4, length=5) == b"quick"
    assert await _read(blob, offset=16) == b"fox"


async def _do_not_overwrite(container: Any) -> None:
    blob = container.get_blob_client("other.txt")
    with pytest.raises(ResourceExistsError) as refused:
        await settle(blob.upload_blob(b"other"))
    assert error_code(refused.value) == "BlobAlreadyExists"
    assert await _read(blob) == _TEXT
    await settle(blob.upload_blob(b"other", overwrite=True))
    assert await _read(blob) == b"other"


async def _large(container: Any) -> None:
    content = random.Random(20).randbytes(LARGE)
    blob = container.get_blob_client("large.bin")
    await settle(blob.upload_blob(content, max_concurrency=4))
    committed, uncommitted = await settle(blob.get_block_list("all"))
    assert [block.size for block in committed] == [SMALL] * 16 + [1000]
    assert uncommitted == []
    assert await _read(blob, max_concurrency=4) == content


async def _delete(container: Any) -> None:
    blob = container.get_blob_client("large.bin")
    await settle(blob.delete_blob())
    with pytest.raises(ResourceNotFoundError) as gone:
        await _read(blob)
    assert error_code(gone.value) == "BlobNotFound"
    assert not await settle(blob.exists())


async def _names(listing: Any) -> list[str]:
    return [found.name async for found in each(listing)]


async def _read(blob: Any, **options: Any) -> bytes:
    downloader = await settle(blob.download_blob(**options))
    content: bytes = await settle(downloader.readall())
    return content

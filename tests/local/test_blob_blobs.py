"""Blobs: put, get, ranges, metadata, properties, delete, copy, and what is not built."""

from __future__ import annotations

import base64
import hashlib

import pytest
from test_blob_world import Caller, World, failed, owner, world

__all__ = ["owner", "world"]

MODIFIED = "Fri, 15 Jan 2027 08:00:00 GMT"


def md5(data: bytes) -> str:
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def test_a_blob_comes_back_with_its_bytes_and_headers(owner: Caller) -> None:
    put = owner.put("dir/a b", b"hello", content_type="text/plain", x_ms_meta_Colour="red")
    assert (put.status, put.headers["content-md5"]) == (201, md5(b"hello"))
    assert put.headers["x-ms-request-server-encrypted"] == "true"
    got = owner.get("dir/a b")
    assert (got.status, got.body) == (200, b"hello")
    expected = {
        "etag": put.headers["etag"],
        "last-modified": MODIFIED,
        "content-type": "text/plain",
        "content-length": "5",
        "content-md5": md5(b"hello"),
        "accept-ranges": "bytes",
        "x-ms-blob-type": "BlockBlob",
        "x-ms-meta-colour": "red",
        "x-ms-creation-time": MODIFIED,
        "x-ms-lease-status": "unlocked",
        "x-ms-lease-state": "available",
        "x-ms-server-encrypted": "true",
    }
    assert expected.items() <= got.headers.items()
    head = owner("HEAD", "/box/dir/a%20b")
    assert (head.status, head.body) == (200, b"")
    assert (expected | {"x-ms-access-tier": "Hot"}).items() <= head.headers.items()


def test_blob_headers_go_before_the_requests_own(owner: Caller) -> None:
    owner.put("a", content_type="text/plain", x_ms_blob_content_type="text/html")
    assert owner.get("a").headers["content-type"] == "text/html"
    owner.put("b")
    assert owner.get("b").headers["content-type"] == "application/octet-stream"


def test_an_etag_is_quoted_hexadecimal_and_new_with_every_write(owner: Caller) -> None:
    first, second = owner.put("a").headers["etag"], owner.put("a").headers["etag"]
    assert first.startswith('"0x8D') and first.endswith('"') and first != second


def test_names_are_case_sensitive_and_keep_their_slashes(owner: Caller) -> None:
    for name in ("A", "a", "a/", "a//b"):
        owner.put(name, name.encode())
    assert [owner.get(name).body for name in ("A", "a", "a/", "a//b")] == [
        b"A",
        b"a",
        b"a/",
        b"a//b",
    ]


def test_a_replaced_or_deleted_blob_leaves_no_bytes_behind(world: World, owner: Caller) -> None:
    owner.put("a", b"one")
    owner.put("a", b"two")
    assert (owner.get("a").body, world.payloads()) == (b"two", 1)
    deleted = owner("DELETE", "/box/a", b"", {"x-ms-delete-snapshots": "include"})
    assert (deleted.status, deleted.headers["x-ms-delete-type-permanent"]) == (202, "true")
    assert world.payloads() == 0
    failed(owner.get("a"), 404, "BlobNotFound")
    failed(owner("DELETE", "/box/a"), 404, "BlobNotFound")


def test_a_blob_needs_its_container(owner: Caller) -> None:
    response = owner("PUT", "/none/a", b"", {"x-ms-blob-type": "BlockBlob"})
    failed(response, 404, "ContainerNotFound")


def test_an_error_of_head_has_its_code_in_a_header_and_no_body(owner: Caller) -> None:
    response = owner("HEAD", "/box/none")
    assert (response.status, response.body) == (404, b"")
    assert response.headers["x-ms-error-code"] == "BlobNotFound"


@pytest.mark.parametrize(
    ("asked", "body", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-4", b"4", "bytes 4-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=8-100", b"89", "bytes 8-9/10"),
    ],
)
@pytest.mark.parametrize("header", ["range", "x_ms_range"])
def test_a_range_is_partial_content(
    owner: Caller, header: str, asked: str, body: bytes, content_range: str
) -> None:
    owner.put("a", b"0123456789")
    got = owner.get("a", **{header: asked})
    assert (got.status, got.body, got.headers["content-range"]) == (206, body, content_range)
    assert got.headers["content-length"] == str(len(body))
    assert "content-md5" not in got.headers
    assert got.headers["x-ms-blob-content-md5"] == md5(b"0123456789")


def test_a_ranges_md5_is_given_when_asked_for(owner: Caller) -> None:
    owner.put("a", b"0123456789")
    got = owner.get("a", x_ms_range="bytes=2-4", x_ms_range_get_content_md5="true")
    assert got.headers["content-md5"] == md5(b"234")


def test_a_range_beyond_the_end_is_refused_with_the_size(owner: Caller) -> None:
    owner.put("a", b"01")
    owner.put("empty", b"")
    response = owner.get("a", range="bytes=2-")
    failed(response, 416, "InvalidRange")
    assert response.headers["content-range"] == "bytes */2"
    failed(owner.get("empty", range="bytes=0-9"), 416, "InvalidRange")
    assert owner.get("empty").body == b""


def test_an_unreadable_range_is_ignored_but_an_unreadable_x_ms_range_refused(owner: Caller) -> None:
    owner.put("a", b"0123")
    for text in ("bytes=-2", "bytes=3-1", "lines=1-2", "bytes=0-1,2-3"):
        assert (owner.get("a", range=text).status, owner.get("a", range=text).body) == (
            200,
            b"0123",
        )
        failed(owner.get("a", x_ms_range=text), 400, "InvalidHeaderValue")


def test_metadata_is_replaced_as_a_whole(owner: Caller) -> None:
    before = owner.put("a", x_ms_meta_one="1").headers["etag"]
    changed = owner("PUT", "/box/a", b"", {"x-ms-meta-two": "2"}, comp="metadata")
    assert changed.status == 200 and changed.headers["etag"] != before
    got = owner("GET", "/box/a", comp="metadata")
    assert {key for key in got.headers if "meta" in key} == {"x-ms-meta-two"}
    assert owner.get("a").body == b"data"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("x-ms-meta-", "1", "EmptyMetadataKey"),
        ("x-ms-meta-a-b", "1", "InvalidMetadata"),
        ("x-ms-meta-1a", "1", "InvalidMetadata"),
        ("x-ms-meta-a", "x" * 9000, "MetadataTooLarge"),
        ("x-ms-meta-a", "1\r\nset-cookie: x", "InvalidHeaderValue"),
        ("x-ms-meta-a", "\u20ac", "InvalidHeaderValue"),
    ],
)
def test_metadata_that_no_header_could_carry_is_refused(
    owner: Caller, name: str, value: str, code: str
) -> None:
    headers = {"x-ms-blob-type": "BlockBlob", name: value}
    failed(owner("PUT", "/box/a", b"", headers), 400, code)


def test_http_headers_are_replaced_and_those_not_sent_cleared(owner: Caller) -> None:
    owner.put("a", x_ms_blob_cache_control="no-store", x_ms_blob_content_encoding="gzip")
    owner("PUT", "/box/a", b"", {"x-ms-blob-content-type": "a/b"}, comp="properties")
    headers = owner.get("a").headers
    assert headers["content-type"] == "a/b"
    assert not {"cache-control", "content-encoding", "content-md5"} & headers.keys()


def test_a_wrong_md5_is_refused_and_nothing_is_written(owner: Caller) -> None:
    response = owner.put("a", b"data", content_md5=md5(b"other"))
    failed(response, 400, "Md5Mismatch")
    failed(owner.put("a", b"data", x_ms_blob_content_md5=md5(b"x")), 400, "Md5Mismatch")
    failed(owner.put("a", b"data", content_md5="bm9uZQ=="), 400, "InvalidMd5")
    failed(owner.get("a"), 404, "BlobNotFound")
    assert owner.put("a", b"data", content_md5=md5(b"data")).status == 201


def test_last_modified_follows_the_clouds_clock(world: World, owner: Caller) -> None:
    owner.put("a")
    world.clock.now += 60
    owner("PUT", "/box/a", comp="metadata")
    headers = owner.get("a").headers
    assert headers["last-modified"] == "Fri, 15 Jan 2027 08:01:00 GMT"
    assert headers["x-ms-creation-time"] == MODIFIED


def test_only_block_blobs_are_kept(owner: Caller) -> None:
    failed(owner("PUT", "/box/a"), 400, "MissingRequiredHeader")
    for kind in ("PageBlob", "AppendBlob"):
        message = failed(owner.put("a", x_ms_blob_type=kind), 400, "InvalidHeaderValue")
        assert "block blobs only" in message


def test_a_copy_within_the_account_is_complete_at_once(world: World, owner: Caller) -> None:
    owner.put("a b", b"data", x_ms_meta_x="1", content_type="text/plain")
    source = {"x-ms-copy-source": "https://blob.entrada.test/orders/box/a%20b"}
    response = owner("PUT", "/box/copy", b"", source)
    assert (response.status, response.headers["x-ms-copy-status"]) == (202, "success")
    owner("DELETE", "/box/a%20b")
    got = owner.get("copy")
    assert (got.body, got.headers["content-type"]) == (b"data", "text/plain")
    assert got.headers["x-ms-meta-x"] == "1"
    assert got.headers["x-ms-copy-id"] == response.headers["x-ms-copy-id"]
    assert got.headers["x-ms-copy-progress"] == "4/4"
    assert world.payloads() == 1


@pytest.mark.parametrize(
    "source",
    [
        "https://blob.entrada.test/other/box/a",
        "https://elsewhere.test/orders/box/a",
        "https://blob.entrada.test/orders/box",
        "https://blob.entrada.test/orders/box/a?sig=x",
        "https://[",
    ],
)
def test_a_copy_from_elsewhere_is_refused(owner: Caller, source: str) -> None:
    response = owner("PUT", "/box/copy", b"", {"x-ms-copy-source": source})
    failed(response, 400, "InvalidHeaderValue")


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "missing"),
    [
        ("PUT", "/box/a", {"comp": "lease"}, {}, "leases"),
        ("PUT", "/box/a", {"comp": "snapshot"}, {}, "snapshots"),
        ("GET", "/box/a", {"snapshot": "2027"}, {}, "snapshots"),
        ("PUT", "/box/a", {"comp": "tags"}, {}, "blob tags"),
        ("PUT", "/box/a", {"comp": "appendblock"}, {}, "append blobs"),
        ("POST", "", {"comp": "batch"}, {}, "batches"),
        ("POST", "", {"restype": "service", "comp": "userdelegationkey"}, {}, "SAS"),
        ("PUT", "/box/a", {}, {"x-ms-tags": "a=b"}, "blob tags"),
        ("PUT", "/box/a", {}, {"x-ms-access-tier": "Cool"}, "access tiers"),
        ("PUT", "/box/a", {}, {"x-ms-structured-body": "XSM/1.0; properties=crc64"}, "crc64"),
        ("PUT", "/box/a", {}, {"x-ms-encryption-key": "k"}, "customer-provided keys"),
    ],
)
def test_what_is_not_built_is_named(
    owner: Caller,
    method: str,
    path: str,
    query: dict[str, str],
    headers: dict[str, str],
    missing: str,
) -> None:
    code = "UnsupportedHeader" if headers else "UnsupportedQueryParameter"
    message = failed(owner(method, path, b"", headers, **query), 501, code)
    assert "The local cloud does not build" in message and missing in message


def test_a_lease_id_is_refused_since_nothing_is_leased(owner: Caller) -> None:
    lease = {"x-ms-lease-id": "5a4f0e9c-0000-4000-8000-000000000001"}
    failed(owner("GET", "/box/a", b"", lease), 412, "LeaseNotPresentWithBlobOperation")
    response = owner("DELETE", "/box", b"", lease, restype="container")
    failed(response, 412, "LeaseNotPresentWithContainerOperation")


def test_operations_that_do_not_exist_are_refused(owner: Caller) -> None:
    failed(owner("GET", "/box/a", comp="nonsense"), 400, "InvalidQueryParameterValue")
    failed(owner("GET", "/box"), 400, "InvalidQueryParameterValue")
    response = owner("PATCH", "/box/a")
    failed(response, 405, "UnsupportedHttpVerb")
    assert response.headers["allow"] == "DELETE, GET, HEAD, PUT"


def test_names_that_no_listing_could_show_are_refused(owner: Caller) -> None:
    for name in ("\x01", "a\x1fb", "a\x00", "\ufffe", "x" * 1025):
        failed(owner.put(name), 400, "InvalidResourceName")

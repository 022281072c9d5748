"""Blocks: staging, committing and listing them, and block lists that are none."""

from __future__ import annotations

import base64

import pytest
from test_blob_world import Caller, World, block_id, failed, owner, texts, world

__all__ = ["owner", "world"]


def listed(owner: Caller, name: str, kind: str = "all") -> dict[str, list[str]]:
    response = owner("GET", f"/box/{name}", comp="blocklist", blocklisttype=kind)
    found = {}
    for part in ("Committed", "Uncommitted"):
        ids = texts(response, f"{part}Blocks/Block/Name")
        found[part] = [base64.b64decode(text).decode() for text in ids]
    return found


def test_committed_blocks_become_the_blob_in_the_lists_order(owner: Caller) -> None:
    assert owner.stage("a", "1", b"one ").status == 201
    owner.stage("a", "2", b"two ")
    failed(owner.get("a"), 404, "BlobNotFound")
    done = owner.commit("a", ("Latest", "2"), ("Uncommitted", "1"), ("Latest", "2"))
    assert done.status == 201 and done.headers["etag"]
    assert owner.get("a").body == b"two one two "
    assert owner.get("a", range="bytes=2-5").body == b"o on"
    assert listed(owner, "a") == {"Committed": ["2", "1", "2"], "Uncommitted": []}


def test_committed_blocks_can_be_taken_again_beside_new_ones(world: World, owner: Caller) -> None:
    owner.stage("a", "1", b"one ")
    owner.stage("a", "2", b"two ")
    owner.commit("a", ("Latest", "1"), ("Latest", "2"))
    owner.stage("a", "1", b"ONE ")
    owner.stage("a", "3", b"three ")
    assert listed(owner, "a") == {"Committed": ["1", "2"], "Uncommitted": ["1", "3"]}
    owner.commit("a", ("Committed", "1"), ("Latest", "1"), ("Latest", "2"))
    assert owner.get("a").body == b"one ONE two "
    assert listed(owner, "a", "uncommitted")["Uncommitted"] == []
    assert world.payloads() == 3


def test_a_block_staged_twice_is_the_later_one(world: World, owner: Caller) -> None:
    owner.stage("a", "1", b"old")
    owner.stage("a", "1", b"new")
    assert world.payloads() == 1
    owner.commit("a", ("Uncommitted", "1"))
    assert owner.get("a").body == b"new"


def test_an_empty_list_makes_an_empty_blob_and_drops_the_blocks(
    world: World, owner: Caller
) -> None:
    owner.stage("a", "1", b"one")
    assert owner.commit("a").status == 201
    assert (owner.get("a").body, world.payloads()) == (b"", 0)


def test_a_commit_keeps_the_headers_and_metadata_sent_with_it(owner: Caller) -> None:
    owner.stage("a", "1", b"one")
    sent = {"x_ms_blob_content_type": "text/plain", "x_ms_meta_k": "v", "content_type": "a/xml"}
    owner.commit("a", ("Latest", "1"), **sent)
    headers = owner.get("a").headers
    assert (headers["content-type"], headers["x-ms-meta-k"]) == ("text/plain", "v")


def test_a_put_blob_drops_what_was_staged_and_has_no_blocks(world: World, owner: Caller) -> None:
    owner.stage("a", "1", b"one")
    owner.put("a", b"whole")
    assert listed(owner, "a") == {"Committed": [], "Uncommitted": []}
    assert world.payloads() == 1


def test_a_commit_that_must_not_replace_a_blob_does_not(owner: Caller) -> None:
    owner.put("a", b"first")
    owner.stage("a", "1", b"second")
    failed(owner.commit("a", ("Latest", "1"), if_none_match="*"), 409, "BlobAlreadyExists")
    assert owner.get("a").body == b"first"
    assert listed(owner, "a")["Uncommitted"] == ["1"]


def test_blocks_of_one_blob_are_not_those_of_another(owner: Caller) -> None:
    owner.stage("a", "1", b"a")
    owner.stage("a/b", "1", b"b")
    owner.commit("a", ("Latest", "1"))
    assert listed(owner, "a/b")["Uncommitted"] == ["1"]


def test_a_list_that_names_a_block_that_is_not_there_is_refused(owner: Caller) -> None:
    owner.stage("a", "1", b"one")
    for block in (("Committed", "1"), ("Latest", "2"), ("Uncommitted", "2")):
        message = failed(owner.commit("a", block), 400, "InvalidBlockList")
        assert f"no {block[0].lower()} block" in message


def test_a_list_of_too_many_blocks_is_refused(owner: Caller) -> None:
    owner.stage("a", "1", b"one")
    entry = f"<Latest>{block_id('1')}</Latest>".encode()
    body = b"<BlockList>" + entry * 50_001 + b"</BlockList>"
    failed(owner("PUT", "/box/a", body, comp="blocklist"), 400, "BlockListTooLong")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<BlockList>",
        b"<Blocks/>",
        b"<BlockList><Newest>MQ==</Newest></BlockList>",
        b"<BlockList><Latest><b/></Latest></BlockList>",
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="no-such"?><BlockList/>',
        b'<?xml version="1.0" encoding="gb18030"?><BlockList/>',
        b'<!DOCTYPE b [<!ENTITY a "MQ==">]><BlockList><Latest>&a;</Latest></BlockList>',
        b'<!DOCTYPE b SYSTEM "file:///etc/passwd"><BlockList/>',
        b"<BlockList><Latest>&a;</Latest></BlockList>",
        b"<a>" * 100_000,
    ],
)
def test_a_list_that_is_not_xml_of_blocks_is_refused(owner: Caller, body: bytes) -> None:
    failed(owner("PUT", "/box/a", body, comp="blocklist"), 400, "InvalidXmlDocument")


def test_block_ids_are_base64_and_of_one_length(owner: Caller) -> None:
    for text in ("", "no base64", "QQ=", base64.b64encode(b"x" * 65).decode()):
        response = owner("PUT", "/box/a", b"x", comp="block", blockid=text)
        failed(response, 400, "InvalidQueryParameterValue")
    owner.stage("a", "1", b"one")
    failed(owner.stage("a", "three", b"3"), 400, "InvalidBlobOrBlock")


def test_a_block_has_bytes_and_a_container(owner: Caller) -> None:
    failed(owner.stage("a", "1", b""), 400, "InvalidHeaderValue")
    response = owner("PUT", "/none/a", b"x", comp="block", blockid="MQ==")
    failed(response, 404, "ContainerNotFound")


def test_a_block_list_of_nothing_is_not_found(owner: Caller) -> None:
    failed(owner("GET", "/box/a", comp="blocklist"), 404, "BlobNotFound")
    owner.put("a")
    response = owner("GET", "/box/a", comp="blocklist", blocklisttype="some")
    failed(response, 400, "InvalidQueryParameterValue")

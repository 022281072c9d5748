"""Conditional requests on blobs."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from test_blob_world import NOW, Caller, failed, owner, world

__all__ = ["owner", "world"]

MODIFIED = formatdate(NOW, usegmt=True)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_read_that_finds_nothing_new_is_not_modified(owner: Caller, method: str) -> None:
    etag = owner.put("a").headers["etag"]
    for headers in ({"if-none-match": etag}, {"if-modified-since": MODIFIED}):
        response = owner(method, "/box/a", b"", headers)
        assert (response.status, response.body) == (304, b"")
        assert response.headers["etag"] == etag
        assert response.headers["x-ms-error-code"] == "ConditionNotMet"
    fresh = {"if-none-match": '"0x1"', "if-modified-since": MODIFIED}
    assert owner(method, "/box/a", b"", fresh).status == 200


def test_conditions_on_what_stands_there_guard_reads_and_writes(owner: Caller) -> None:
    etag = owner.put("a").headers["etag"]
    earlier = formatdate(NOW - 60, usegmt=True)
    for headers in ({"if-match": '"0x1"'}, {"if-unmodified-since": earlier}):
        failed(owner.put("a", **headers), 412, "ConditionNotMet")
        for method, comp in (("GET", ""), ("DELETE", ""), ("PUT", "metadata")):
            response = owner(method, "/box/a", b"", headers, comp=comp)
            failed(response, 412, "ConditionNotMet")
    both = {"if_match": etag, "if_unmodified_since": earlier}
    assert owner.put("a", **both).status == 201
    assert owner.put("a", if_match="*").status == 201
    failed(owner.put("new", if_match="*"), 412, "ConditionNotMet")


def test_if_none_match_star_creates_and_never_replaces(owner: Caller) -> None:
    assert owner.put("a", b"1", if_none_match="*").status == 201
    failed(owner.put("a", b"2", if_none_match="*"), 409, "BlobAlreadyExists")
    assert owner.get("a").body == b"1"


def test_a_condition_with_no_date_is_refused(owner: Caller) -> None:
    owner.put("a")
    for text in ("yesterday", "Fri, 99 Jan 2027 08:00:00 GMT", "-" * 50):
        failed(owner.get("a", if_modified_since=text), 400, "InvalidHeaderValue")

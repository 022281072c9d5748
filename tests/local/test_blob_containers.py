"""Containers and listings: names, properties, pages, hierarchy; and requests made of anything."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_blob_world import CONTRIBUTOR, Caller, World, failed, owner, texts, world, xml

from entrada._engine.effects import Request, Response

__all__ = ["owner", "world"]


def pages(owner: Caller, path: str = "/box", **query: str) -> Iterator[Response]:
    """Yield the pages of a listing until there is no next one."""
    restype = {"restype": "container"} if path else {}
    marker: dict[str, str] = {}
    while True:
        response = owner("GET", path, comp="list", **restype, **query, **marker)
        yield response
        following = xml(response).findtext("NextMarker")
        if not following:
            return
        marker = {"marker": following}


def names(owner: Caller, **query: str) -> list[list[str]]:
    """Return the names of blobs and prefixes, page by page."""
    return [
        [entry.findtext("Name") or "" for entry in xml(page).findall("Blobs/*")]
        for page in pages(owner, **query)
    ]


def test_a_container_has_properties_and_metadata(owner: Caller) -> None:
    created = owner("PUT", "/new", b"", {"x-ms-meta-a": "1"}, restype="container")
    assert created.status == 201
    for method in ("GET", "HEAD"):
        got = owner.container(method, "new")
        assert (got.status, got.headers["etag"]) == (200, created.headers["etag"])
        assert got.headers["last-modified"] == "Fri, 15 Jan 2027 08:00:00 GMT"
        assert (got.headers["x-ms-meta-a"], got.headers["x-ms-lease-state"]) == ("1", "available")
    changed = owner("PUT", "/new", b"", {"x-ms-meta-b": "2"}, restype="container", comp="metadata")
    assert changed.headers["etag"] != created.headers["etag"]
    metadata = owner.container("GET", "new", comp="metadata").headers
    assert ("x-ms-meta-a" in metadata, metadata["x-ms-meta-b"]) == (False, "2")


def test_a_container_is_created_once(owner: Caller) -> None:
    failed(owner.container("PUT"), 409, "ContainerAlreadyExists")
    response = owner("PUT", "/p", b"", {"x-ms-blob-public-access": "blob"}, restype="container")
    failed(response, 400, "InvalidResourceName")
    response = owner(
        "PUT", "/public", b"", {"x-ms-blob-public-access": "blob"}, restype="container"
    )
    failed(response, 409, "PublicAccessNotPermitted")


@pytest.mark.parametrize("name", ["ab", "Box", "a_b", "-ab", "ab-", "a--b", "x" * 64, "a\u00e9b"])
def test_a_containers_name_follows_the_rules(owner: Caller, name: str) -> None:
    failed(owner.container("PUT", name), 400, "InvalidResourceName")


def test_a_deleted_container_takes_its_blobs_with_it(world: World, owner: Caller) -> None:
    owner.put("a")
    owner.stage("b", "1", b"one")
    owner.container("PUT", "box2")
    owner("PUT", "/box2/a", b"kept", {"x-ms-blob-type": "BlockBlob"})
    assert owner.container("DELETE").status == 202
    failed(owner.container("GET"), 404, "ContainerNotFound")
    failed(owner.container("DELETE"), 404, "ContainerNotFound")
    assert world.payloads() == 1
    owner.container("PUT")
    assert names(owner) == [[]]


def test_containers_are_listed_by_name_in_pages(owner: Caller) -> None:
    for name in ("ape", "bee", "boa", "cat"):
        owner("PUT", f"/{name}", b"", {"x-ms-meta-k": name}, restype="container")
    found = [texts(page, "Containers/Container/Name") for page in pages(owner, "", maxresults="2")]
    assert found == [["ape", "bee"], ["boa", "box"], ["cat"]]
    (page,) = pages(owner, "", prefix="b", include="metadata")
    assert texts(page, "Containers/Container/Name") == ["bee", "boa", "box"]
    assert texts(page, "Containers/Container/Metadata/k") == ["bee", "boa"]
    root = xml(page)
    assert root.get("ServiceEndpoint") == "https://blob.entrada.test/orders/"
    assert root.findtext("Prefix") == "b"


def test_blobs_are_listed_flat_by_prefix_in_pages(owner: Caller) -> None:
    for name in ("a/1", "a/2", "a/3", "b", "A"):
        owner.put(name)
    assert names(owner, maxresults="2") == [["A", "a/1"], ["a/2", "a/3"], ["b"]]
    assert names(owner, prefix="a/") == [["a/1", "a/2", "a/3"]]
    assert names(owner, prefix="a/", maxresults="3") == [["a/1", "a/2", "a/3"]]


def test_a_hierarchy_is_listed_once_a_prefix_in_pages(owner: Caller) -> None:
    for name in ("a", "a/1", "a/2", "a/b/1", "b/1", "c", "c0", "c/", "d/x/y"):
        owner.put(name)
    everything = ["a", "a/", "b/", "c", "c/", "c0", "d/"]
    assert names(owner, delimiter="/") == [everything]
    for size in range(1, 8):
        found = names(owner, delimiter="/", maxresults=str(size))
        assert [name for page in found for name in page] == everything
        assert all(len(page) == size for page in found[:-1])
    assert names(owner, prefix="a/", delimiter="/") == [["a/1", "a/2", "a/b/"]]
    assert names(owner, prefix="c/", delimiter="/") == [["c/"]]
    (page,) = pages(owner, delimiter="/")
    assert texts(page, "Blobs/BlobPrefix/Name") == ["a/", "b/", "c/", "d/"]


def test_a_listing_longer_than_one_look_into_the_state_is_whole(owner: Caller) -> None:
    for number in range(300):
        owner.put(f"{number:03}", b"")
    assert names(owner) == [[f"{number:03}" for number in range(300)]]


def test_a_listed_blob_shows_its_properties(owner: Caller) -> None:
    etag = owner.put("<a>&b", b"data", content_type="text/plain", x_ms_meta_k="<v>").headers["etag"]
    (page,) = pages(owner, include="metadata,uncommittedblobs")
    shown = xml(page).find("Blobs/Blob")
    assert shown is not None
    assert shown.findtext("Name") == "<a>&b"
    assert shown.findtext("Metadata/k") == "<v>"
    properties = shown.find("Properties")
    assert properties is not None
    expected = {
        "Creation-Time": "Fri, 15 Jan 2027 08:00:00 GMT",
        "Last-Modified": "Fri, 15 Jan 2027 08:00:00 GMT",
        "Etag": etag.strip('"'),
        "Content-Length": "4",
        "Content-Type": "text/plain",
        "Content-MD5": "jXd/OF09/siBXSD3SWAm3A==",
        "BlobType": "BlockBlob",
        "AccessTier": "Hot",
        "LeaseState": "available",
        "ServerEncrypted": "true",
    }
    assert {name: properties.findtext(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("maxresults", "0", "OutOfRangeQueryParameterValue"),
        ("maxresults", "-1", "InvalidQueryParameterValue"),
        ("maxresults", "\u0663", "InvalidQueryParameterValue"),
        ("marker", "!", "InvalidQueryParameterValue"),
        ("marker", base64.b64encode(b"\xff").decode(), "InvalidQueryParameterValue"),
        ("prefix", "\x00", "InvalidQueryParameterValue"),
        ("include", "everything", "InvalidQueryParameterValue"),
    ],
)
def test_a_listings_parameters_are_checked(owner: Caller, name: str, value: str, code: str) -> None:
    failed(owner.container("GET", comp="list", **{name: value}), 400, code)
    assert owner.container("GET", comp="list", maxresults="9" * 5000).status == 200


HEADERS = st.sampled_from(
    [
        "authorization",
        "content-md5",
        "if-match",
        "if-modified-since",
        "if-none-match",
        "if-unmodified-since",
        "range",
        "x-ms-blob-content-md5",
        "x-ms-blob-content-type",
        "x-ms-blob-type",
        "x-ms-client-request-id",
        "x-ms-copy-source",
        "x-ms-meta-",
        "x-ms-meta-a",
        "x-ms-range",
        "x-ms-version",
    ]
)
VALUES = st.text() | st.sampled_from(
    ["BlockBlob", "*", '"0x1"', "bytes=1-0", "Fri, 31 Dec 9999 23:59:59 -2359", "Bearer a.b.c"]
)
OPERATIONS = st.sampled_from(
    [
        {},
        {"restype": "container"},
        {"restype": "container", "comp": "list"},
        {"comp": "list"},
        {"comp": "block"},
        {"comp": "blocklist"},
        {"comp": "metadata"},
        {"comp": "properties"},
    ]
)
PARAMETERS = st.sampled_from(["restype", "comp", "blockid", "prefix", "delimiter", "marker"])
QUERY = st.builds(
    lambda one, other: {**other, **one}, OPERATIONS, st.dictionaries(PARAMETERS, st.text())
)
PATHS = st.sampled_from(["", "/box", "/box/a", "/box/b/c", "/new"]) | st.text().map("/{}".format)
BODIES = st.binary() | st.text().map(lambda text: f"<BlockList>{text}</BlockList>".encode())


@settings(max_examples=400, deadline=None)
@given(
    method=st.sampled_from(["GET", "HEAD", "PUT", "DELETE", "POST", "OPTIONS"]),
    path=PATHS,
    body=BODIES,
    headers=st.dictionaries(HEADERS, VALUES, max_size=4),
    query=QUERY,
)
def test_nothing_that_a_client_sends_raises_or_breaks_an_answer(
    anything: Caller,
    method: str,
    path: str,
    body: bytes,
    headers: dict[str, str],
    query: dict[str, str],
) -> None:
    response = anything(method, path, body, headers, **query)
    assert 200 <= response.status < 502 and response.status != 500
    if response.headers.get("content-type") == "application/xml":
        xml(response)
    for name, value in response.headers.items():
        assert name == name.lower()
        value.encode("latin-1")
        assert "\r" not in value and "\n" not in value


@given(url=st.text(), headers=st.dictionaries(st.text(), st.text(), max_size=3))
@settings(max_examples=200, deadline=None)
def test_no_url_or_header_raises(anything: Caller, url: str, headers: dict[str, str]) -> None:
    cloud = anything.world.cloud
    response = cloud.handle(Request("GET", f"{cloud.endpoints.blob}/orders/{url}", headers))
    assert 400 <= response.status < 500


@pytest.fixture(scope="module")
def anything() -> Iterator[Caller]:
    """One caller for all examples; each finds what those before it left."""
    made = World()
    caller = made.caller(CONTRIBUTOR)
    caller.container("PUT")
    caller.put("a")
    yield caller
    made.cloud.state.close()

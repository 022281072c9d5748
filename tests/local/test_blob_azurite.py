"""The Blob service in front of Azurite: what never reaches it, its signature, how it is found."""

from __future__ import annotations

import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.pipeline.transport import HttpRequest
from azure.storage.blob._shared.authentication import SharedKeyCredentialPolicy
from test_blob_world import CONTRIBUTOR, READER, World, failed, world

from entrada._engine.effects import Request
from entrada.local.resources.blob.azurite import NAMED_BY, Azurite, AzuriteError, find, start
from entrada.local.resources.blob.shared_key import sign
from entrada.testing import LocalCloud

__all__ = ["world"]

_SharedKey: Any = SharedKeyCredentialPolicy
SOURCE = {"x-ms-copy-source": "https://attacker.example/x"}


@pytest.fixture
def unreachable(world: World) -> World:
    """A world whose Azurite is a port that nobody listens on: what is sent on, fails."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        world.cloud.azurite = Azurite(taken.getsockname()[1], b"key")
    return world


def test_an_azurite_that_does_not_answer_is_a_busy_server(unreachable: World) -> None:
    response = unreachable.caller(CONTRIBUTOR)("GET", "/box/a.txt")
    assert "Azurite does not answer" in failed(response, 503, "ServerBusy")


@pytest.mark.parametrize(
    ("method", "query", "permission"),
    [
        ("PUT", {}, "blobs/write"),
        ("PUT", {"comp": "lease"}, "blobs/write"),
        ("PUT", {"comp": "snapshot"}, "blobs/write"),
        ("PUT", {"comp": "tier"}, "blobs/write"),
        ("PUT", {"comp": "appendblock"}, "blobs/write"),
        ("PUT", {"comp": "page"}, "blobs/write"),
        ("PUT", {"comp": "tags"}, "blobs/tags/write"),
        ("GET", {"comp": "tags"}, "blobs/tags/read"),
        ("DELETE", {}, "blobs/delete"),
    ],
)
def test_a_caller_without_permission_does_not_reach_it(
    unreachable: World, method: str, query: dict[str, str], permission: str
) -> None:
    response = unreachable.caller(READER)(method, "/box/a.txt", b"", None, **query)
    message = failed(response, 403, "AuthorizationPermissionMismatch")
    assert f"containers/{permission}\n" in message


@pytest.mark.parametrize(
    ("query", "headers", "status", "code"),
    [
        ({"comp": "block", "blockid": "MQ=="}, SOURCE, 501, "UnsupportedHeader"),
        ({"comp": "appendblock"}, SOURCE, 501, "UnsupportedHeader"),
        ({}, {**SOURCE, "x-ms-blob-type": "BlockBlob"}, 501, "UnsupportedHeader"),
        ({}, SOURCE, 400, "InvalidHeaderValue"),
        ({}, {"x-ms-tags": "a=b"}, 501, "UnsupportedHeader"),
        ({"versionid": "1"}, {}, 501, "UnsupportedQueryParameter"),
    ],
)
def test_what_roles_would_not_decide_about_is_refused(
    unreachable: World, query: dict[str, str], headers: dict[str, str], status: int, code: str
) -> None:
    """Above all what Azurite would fetch from elsewhere on a caller's behalf."""
    caller = unreachable.caller("Storage Blob Data Owner")
    failed(caller("PUT", "/box/a.txt", b"", headers, **query), status, code)


def test_no_container_becomes_public(unreachable: World) -> None:
    caller = unreachable.caller(CONTRIBUTOR)
    public = {"x-ms-blob-public-access": "container"}
    response = caller("PUT", "/box", b"", public, restype="container")
    failed(response, 409, "PublicAccessNotPermitted")


def test_only_its_requests_wait(unreachable: World) -> None:
    """They are answered in a thread of their own, so that the others do not wait with them."""
    cloud = unreachable.cloud
    assert cloud.waits(Request("GET", f"{cloud.endpoints.blob}/orders?comp=list"))
    assert not cloud.waits(Request("GET", f"{cloud.endpoints.login}/common"))
    cloud.azurite = None
    assert not cloud.waits(Request("GET", f"{cloud.endpoints.blob}/orders"))


@pytest.mark.parametrize(
    ("method", "target", "headers", "body"),
    [
        ("GET", "/place/box/a.txt", {}, b""),
        ("GET", "/place/box?restype=container&comp=list&prefix=a%20b%2F", {"if-match": "*"}, b""),
        (
            "PUT",
            "/place/box/%C3%A4%20b.txt",
            {
                "content-type": "text/plain",
                "content-md5": "abc",
                "if-none-match": "*",
                "x-ms-meta-b": "2",
                "x-ms-meta-a": "1",
            },
            b"data",
        ),
    ],
)
def test_requests_are_signed_as_azure_storage_blob_signs_them(
    method: str, target: str, headers: dict[str, str], body: bytes
) -> None:
    sent = {"x-ms-date": "Thu, 15 Jan 2027 08:00:00 GMT", "x-ms-version": "2024-11-04", **headers}
    theirs = HttpRequest(method, f"http://127.0.0.1:1{target}", dict(sent))
    if body:
        theirs.headers["content-length"] = str(len(body))
    policy = _SharedKey("place", "a2V5")
    policy.on_request(PipelineRequest(theirs, PipelineContext(None)))
    signature = sign("place", b"key", Request(method, target, sent, body))
    assert signature == theirs.headers["Authorization"]


def test_azurite_is_found_by_variable_then_beside_the_program_then_on_path(tmp_path: Path) -> None:
    with pytest.raises(AzuriteError, match="npm install azurite"):
        find({"PATH": ""}, tmp_path)
    installed, on_path = tmp_path / "node_modules" / ".bin", tmp_path / "bin"
    for folder in (on_path, installed):
        folder.mkdir(parents=True)
        program = folder / "azurite-blob"
        program.touch()
        program.chmod(stat.S_IRWXU)
        assert find({"PATH": str(on_path)}, tmp_path) == str(program)
    assert find({"PATH": str(on_path), NAMED_BY: "/opt/azurite"}, tmp_path) == "/opt/azurite"


def test_a_program_that_does_not_start_is_told_with_what_it_said(tmp_path: Path) -> None:
    program = tmp_path / "azurite-blob"
    program.write_text("#!/bin/sh\necho no port is free\nexit 3\n")
    program.chmod(stat.S_IRWXU)
    with pytest.raises(AzuriteError, match="no port is free"):
        start(str(program), {})
    with pytest.raises(AzuriteError, match="cannot be run"):
        start(str(tmp_path / "missing"), {})


def test_a_store_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="embedded, azurite"):
        LocalCloud(blob="disk")  # type: ignore[arg-type]  # what a caller without types may write

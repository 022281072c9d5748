"""Bytes that are no HTTP, or too much of it, or half of it, on a local cloud's sockets."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlsplit

import pytest

from entrada._drivers.wire import Wire
from entrada._engine.effects import Request
from entrada.local import directory, tokens
from entrada.testing import LocalCloud

pytestmark = pytest.mark.e2e

_HOST = b"Host: localhost\r\n"
_MALFORMED = {
    "no request": b"garbage\r\n\r\n",
    "TLS on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "zero bytes": b"\0" * 100,
    "no version": b"GET /\r\n\r\n",
    "another version": b"GET / HTTP/9.9\r\n" + _HOST + b"\r\n",
    "no path": b"GET  HTTP/1.1\r\n" + _HOST + b"\r\n",
    "a relative path": b"GET metadata HTTP/1.1\r\n" + _HOST + b"\r\n",
    "an asterisk": b"OPTIONS * HTTP/1.1\r\n" + _HOST + b"\r\n",
    "a tunnel": b"CONNECT example.com:443 HTTP/1.1\r\n" + _HOST + b"\r\n",
    "a broken absolute URL": b"GET http://[ HTTP/1.1\r\n" + _HOST + b"\r\n",
    "another port in an absolute URL": b"GET http://a:99999/ HTTP/1.1\r\n" + _HOST + b"\r\n",
    "raw bytes in the path": b"GET /\xff\xfe HTTP/1.1\r\n" + _HOST + b"\r\n",
    "broken percent-encoding": b"GET /%zz%ff%00?%=%ff HTTP/1.1\r\n" + _HOST + b"\r\n",
    "brackets in the path": b"GET //[ HTTP/1.1\r\n" + _HOST + b"\r\n",
    "a nameless header": b"GET / HTTP/1.1\r\n: empty\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    "a length of words": b"POST / HTTP/1.1\r\nContent-Length: five\r\n\r\n",
    "an endless length": b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    "a length and chunks": (
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a broken chunk": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "a large header": b"GET / HTTP/1.1\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n",
    "a long URL": b"GET /" + b"a" * 2_000_000 + b" HTTP/1.1\r\n" + _HOST + b"\r\n",
    "many headers": b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 200_000 + b"\r\n",
    "a WebSocket": b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
}
_HALVES = {
    "nothing": b"",
    "half a line": b"GET / HT",
    "half a head": b"GET / HTTP/1.1\r\nHost: loc",
    "half a body": b"POST / HTTP/1.1\r\n" + _HOST + b"Content-Length: 100\r\n\r\nhalf",
    "half a chunk": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
}


@pytest.mark.parametrize("data", _MALFORMED.values(), ids=_MALFORMED)
def test_what_is_no_http_is_refused(cloud: LocalCloud, wire: Wire, data: bytes) -> None:
    """The answer is a 4xx, or the connection is closed without one; others notice nothing."""
    with _plain(cloud) as client:
        answer = _exchange(client, data)
    assert not answer or answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert _serves(cloud, wire)


@pytest.mark.parametrize("data", _HALVES.values(), ids=_HALVES)
def test_a_client_that_stops_midway_holds_nobody_up(
    cloud: LocalCloud, wire: Wire, data: bytes
) -> None:
    """While it is silent others are served; when it goes away, it gets no answer."""
    with _plain(cloud) as client:
        client.sendall(data)
        assert _serves(cloud, wire)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1000) == b""
    assert _serves(cloud, wire)


def test_half_an_upload_is_no_upload(cloud: LocalCloud) -> None:
    """A body shorter than its announced length never reaches a service."""
    cloud.storage_account("halves")
    principal = cloud.service_principal("uploader")
    cloud.assign(principal.object_id, "Storage Blob Data Owner")
    token = tokens.issue(
        cloud.cloud,
        service_principal={"id": principal.object_id, "appId": principal.client_id},
        resource="https://storage.azure.com",
        credential_kind="secret",
        tenant_id=directory.default_tenant(cloud.cloud),
        lifetime=3599,
    )
    headers = {
        "Authorization": f"Bearer {token}",
        "x-ms-version": "2021-12-02",
        "x-ms-blob-type": "BlockBlob",
    }
    base = f"{cloud.endpoints.blob}/halves/box"
    made = cloud.handle(Request("PUT", f"{base}?restype=container", headers))
    assert made.status == 201, made.body
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"PUT /halves/box/photo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n{lines}\r\n"
    with _encrypted(cloud) as client:
        client.sendall(head.encode() + b"half of a photo")
        assert cloud.handle(Request("GET", f"{base}/photo", headers)).status == 404
        client.close()
    with _encrypted(cloud) as client:  # answered after the server has noticed the other's end
        client.sendall(b"GET /halves/box/photo HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 4")
    assert cloud.handle(Request("GET", f"{base}/photo", headers)).status == 404


def test_an_absolute_url_is_answered_by_the_port_it_came_in_by(cloud: LocalCloud) -> None:
    """Proxies' form of a request (RFC 9112, section 3.2.2); the host in it decides nothing."""
    with _plain(cloud) as client:
        answer = _exchange(
            client, b"GET http://evil.test/metadata HTTP/1.1\r\nConnection: close\r\n\r\n"
        )
    assert answer.startswith(b"HTTP/1.1 404")
    assert b"hosts service has no GET /metadata" in answer


def test_a_large_body_is_no_large_head(cloud: LocalCloud) -> None:
    """Not even where it comes in one piece with its head, on a new connection and a kept one."""
    body = b"a" * 300_000
    head = b"POST /nothing HTTP/1.1\r\n" + _HOST + b"Content-Length: 300000\r\n\r\n"
    with _plain(cloud) as client:
        for _ in range(2):
            assert _exchange(client, head + body).startswith(b"HTTP/1.1 404")


@contextmanager
def _plain(cloud: LocalCloud) -> Iterator[socket.socket]:
    port = cast("int", urlsplit(cloud.endpoints.hosts).port)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        yield client


@contextmanager
def _encrypted(cloud: LocalCloud) -> Iterator[ssl.SSLSocket]:
    trust = ssl.create_default_context(cafile=str(cloud.ca_file))
    port = cast("int", urlsplit(cloud.endpoints.blob).port)
    with (
        socket.create_connection(("127.0.0.1", port), timeout=20) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as client,
    ):
        yield client


def _exchange(client: socket.socket, data: bytes) -> bytes:
    """Send data and return the answer until its connection closes, or its head is whole."""
    answer = b""
    try:
        client.sendall(data)
        while b"\r\n\r\n" not in answer or b"Connection: close" in data:
            part = client.recv(65536)
            if not part:
                break
            answer += part
    except (ConnectionResetError, BrokenPipeError):  # closed while we were still sending
        pass
    return answer


def _serves(cloud: LocalCloud, wire: Wire) -> bool:
    return wire(Request("GET", f"{cloud.endpoints.hosts}/nothing")).status == 404

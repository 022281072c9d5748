from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from servers import RawServer, Visit, always, answer, once

from entrada._drivers.wire import Wire
from entrada._engine.effects import Request, Response, TransportFailure
from entrada._engine.world import FakeClock

PATIENCE = 10.0
MIB = 1 << 20
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def wire() -> Iterator[Wire]:
    wire = Wire({})
    yield wire
    wire.close()


def _get(wire: Wire, server: RawServer, path: str = "", timeout: float = PATIENCE) -> Response:
    return wire(Request("GET", server.url + path, timeout=timeout))


def _failure(wire: Wire, url: str, timeout: float = PATIENCE) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        wire(Request("GET", url, timeout=timeout))
    return caught.value


# Requests and answers


def test_an_answer_is_status_lower_case_headers_and_body(wire: Wire) -> None:
    with RawServer(
        always(answer(b"no", "HTTP/1.1 401 Unauthorized", "WWW-Authenticate: Basic x"))
    ) as server:
        response = _get(wire, server)

    assert (response.status, response.body) == (401, b"no")
    assert response.headers == {"content-length": "2", "www-authenticate": "Basic x"}


def test_a_request_is_sent_with_its_path_query_headers_and_body(wire: Wire) -> None:
    with RawServer(always(answer())) as server:
        wire(Request("POST", f"{server.url}a/b?c=d%20e", {"X-Y": "z"}, b"form=1"))

    [request] = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /a/b?c=d%20e HTTP/1.1"
    assert {"X-Y: z", "Accept: application/json", "Content-Length: 6"} <= set(lines)
    assert f"Host: 127.0.0.1:{server.port}" in lines
    assert body == b"form=1"


def test_a_url_without_a_path_asks_for_the_root(wire: Wire) -> None:
    with RawServer(always(answer())) as server:
        wire(Request("GET", f"http://127.0.0.1:{server.port}"))

    assert server.requests[0].startswith(b"GET / HTTP/1.1\r\n")


def test_a_redirect_is_an_answer_and_not_followed(wire: Wire) -> None:
    moved = answer(b"", "HTTP/1.1 302 Found", "Location: http://127.0.0.1:1/stolen")
    with RawServer(always(moved)) as server:
        response = _get(wire, server)

    assert response.status == 302
    assert response.headers["location"].endswith("/stolen")
    assert len(server.requests) == 1


def test_a_chunked_answer_is_put_together(wire: Wire) -> None:
    chunks = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    with RawServer(always(chunks)) as server:
        assert [_get(wire, server).body, _get(wire, server).body] == [b"abcde"] * 2

    assert server.connections == 1


def test_an_answer_without_length_goes_on_until_the_server_closes(wire: Wire) -> None:
    with RawServer(once(b"HTTP/1.1 200 OK\r\n\r\nabc", b"de")) as server:
        assert _get(wire, server).body == b"abcde"


def test_an_answer_without_body_is_an_answer(wire: Wire) -> None:
    with RawServer(always(answer(b"", "HTTP/1.1 204 No Content"))) as server:
        assert [_get(wire, server).status, _get(wire, server).status] == [204, 204]


# Kept connections


def test_requests_in_turn_use_one_connection(wire: Wire) -> None:
    with RawServer(always(answer(b"x" * 100_000))) as server:
        sizes = [len(_get(wire, server).body) for _ in range(3)]

    assert sizes == [100_000] * 3
    assert (server.connections, len(server.requests)) == (1, 3)


def test_requests_at_once_use_a_connection_each_and_keep_them(wire: Wire) -> None:
    both = threading.Barrier(2)

    def talk(visit: Visit) -> None:
        while visit.read():
            both.wait(PATIENCE)
            visit.send(answer())

    with RawServer(talk) as server, ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            for asked in [pool.submit(_get, wire, server) for _ in range(2)]:
                asked.result(PATIENCE)

    assert (server.connections, len(server.requests)) == (2, 4)


def test_a_connection_that_the_server_ends_is_not_kept(wire: Wire) -> None:
    with RawServer(always(answer(b"{}", "HTTP/1.1 200 OK", "Connection: close"))) as server:
        _get(wire, server)
        _get(wire, server)

    assert server.connections == 2


def test_a_kept_connection_that_the_server_closed_is_replaced_silently(wire: Wire) -> None:
    with RawServer(once(answer())) as server:
        _get(wire, server)
        assert server.closed.acquire(timeout=PATIENCE)

        assert _get(wire, server).status == 200

    assert (server.connections, len(server.requests)) == (2, 2)


def test_a_kept_connection_that_the_server_reset_is_replaced_silently(wire: Wire) -> None:
    def talk(visit: Visit) -> None:
        visit.read()
        visit.send(answer())
        visit.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        visit.sock.close()

    with RawServer(talk) as server:
        _get(wire, server)
        assert server.closed.acquire(timeout=PATIENCE)

        assert _get(wire, server).status == 200


def test_a_kept_connection_is_replaced_once_and_not_again(wire: Wire) -> None:
    def talk(visit: Visit) -> None:
        visit.read()
        if visit.server.connections == 1:
            visit.send(answer())

    with RawServer(talk) as server:
        _get(wire, server)
        assert server.closed.acquire(timeout=PATIENCE)

        failure = _failure(wire, server.url)

    assert failure.reason == "protocol"
    assert "closed the connection without an answer" in failure.detail
    assert (server.connections, len(server.requests)) == (2, 2)


def test_a_new_connection_that_gets_no_answer_is_not_tried_again(wire: Wire) -> None:
    with RawServer(once()) as server:
        failure = _failure(wire, server.url)

    assert failure.reason == "protocol"
    assert server.connections == 1


def test_a_connection_is_not_used_again_after_a_long_rest() -> None:
    clock = FakeClock()
    wire = Wire({}, clock.now)
    with RawServer(always(answer())) as server:
        for rest in (0, 20, 20, 3600):
            clock.advance(rest)
            _get(wire, server)
        assert server.connections == 2
        assert server.closed.acquire(timeout=PATIENCE), "the old one is closed"
        wire.close()


def test_close_closes_idle_connections_and_the_wire_stays_usable(wire: Wire) -> None:
    with RawServer(always(answer())) as server:
        _get(wire, server)
        wire.close()
        assert server.closed.acquire(timeout=PATIENCE)

        assert _get(wire, server).status == 200


def test_a_request_that_close_overtakes_keeps_no_connection(wire: Wire) -> None:
    asked, go = threading.Event(), threading.Event()

    def talk(visit: Visit) -> None:
        while visit.read():
            asked.set()
            go.wait(PATIENCE)
            visit.send(answer())

    with RawServer(talk) as server, ThreadPoolExecutor(1) as pool:
        response = pool.submit(_get, wire, server)
        assert asked.wait(PATIENCE)
        wire.close()
        go.set()

        assert response.result(PATIENCE).status == 200
        assert server.closed.acquire(timeout=PATIENCE)


def test_a_dropped_wire_closes_its_connections() -> None:
    wire = Wire({})
    with RawServer(always(answer())) as server:
        _get(wire, server)
        del wire

        assert server.closed.acquire(timeout=PATIENCE)


# Limits


DRIPS = {
    "nothing": b"",
    "a status line": b"HTTP/1.1 200 " + b"O" * 2000,
    "headers": HEAD + b"X: y\r\n" * 400,
    "a body": HEAD + b"Content-Length: 2000\r\n\r\n" + b"x" * 2000,
    "a chunk's size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"0" * 2000,
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 400,
    "a body without end": HEAD + b"\r\n" + b"x" * 2000,
}


@pytest.mark.parametrize("text", DRIPS.values(), ids=DRIPS)
def test_a_server_that_drips_is_left_when_the_time_is_up(wire: Wire, text: bytes) -> None:
    def talk(visit: Visit) -> None:
        visit.read()
        visit.drip(text)
        visit.server.stopped.wait(PATIENCE)

    with RawServer(talk) as server:
        started = time.monotonic()
        failure = _failure(wire, server.url, timeout=0.15)
        took = time.monotonic() - started

    assert failure.reason == "timeout"
    assert failure.detail == "no answer from 127.0.0.1 in 0.15 s"
    assert 0.1 < took < 2


def test_a_kept_connection_has_the_whole_time_again(wire: Wire) -> None:
    with RawServer(always(answer())) as server:
        _get(wire, server, timeout=0.05)
        time.sleep(0.05)

        assert _get(wire, server, timeout=5).status == 200


LONG = 4 * MIB + 1
TOO_LONG = {
    "by its length": [answer(b"").replace(b": 0", b": %d" % LONG)],
    "in chunks": [
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        *[b"100000\r\n" + b"x" * MIB + b"\r\n"] * 5,
    ],
    "without length": [HEAD + b"\r\n", *[b"x" * MIB] * 5],
}


@pytest.mark.parametrize("parts", TOO_LONG.values(), ids=TOO_LONG)
def test_an_answer_that_is_too_long_is_not_read(wire: Wire, parts: list[bytes]) -> None:
    with RawServer(once(*parts)) as server:
        failure = _failure(wire, server.url)

    assert failure.reason == "size"
    assert failure.detail == "an answer of more than 4 MiB"


# Answers that are none


BROKEN = {
    "a truncated body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
    "a truncated chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\nA\r\nabc",
    "chunks without end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_breaks_off_is_none(wire: Wire, text: bytes) -> None:
    with RawServer(once(text)) as server:
        failure = _failure(wire, server.url)

    assert failure.reason == "protocol"
    assert failure.detail.endswith("broke off its answer")


STRANGE = {
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "a status that is none": b"HTTP/1.1 abc OK\r\n\r\n",
    "an endless line": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
    "too many headers": HEAD + b"X: y\r\n" * 200 + b"\r\n",
    "no number of bytes": HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
}


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
def test_an_answer_that_is_not_http_is_none(wire: Wire, text: bytes) -> None:
    with RawServer(once(text)) as server:
        assert _failure(wire, server.url).reason == "protocol"


def test_a_port_where_nobody_listens_is_no_connection(wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    failure = _failure(wire, f"http://127.0.0.1:{port}/")

    assert failure.reason == "connect"
    assert failure.detail == f"no connection to 127.0.0.1:{port} (Connection refused)"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("127.0.0.1:1/path", "protocol"),
        ("ftp://127.0.0.1/", "protocol"),
        ("http:///path", "protocol"),
        ("http://127.0.0.1:port/", "protocol"),
        ("http://[::1/", "protocol"),
        ("http://a..b/", "dns"),
    ],
)
def test_a_url_that_nobody_can_ask_is_a_failure_that_says_so(
    wire: Wire, url: str, reason: str
) -> None:
    assert _failure(wire, url).reason == reason


def test_a_path_that_cannot_be_sent_is_not_sent(wire: Wire) -> None:
    with RawServer(always(answer())) as server:
        for path in ("a b", "a\x00b", "\N{SNOWMAN}"):
            assert _failure(wire, server.url + path).reason == "protocol"

    assert server.requests == []


def test_a_header_that_cannot_be_sent_is_not_shown(wire: Wire) -> None:
    with RawServer(always(answer())) as server:
        for value in ("hush\nhush", "hush \N{SNOWMAN}"):
            with pytest.raises(TransportFailure) as caught:
                wire(Request("GET", server.url, {"X-IDENTITY-HEADER": value}))
            shown = f"{caught.value!r} {caught.value.__cause__!r}"
            assert caught.value.reason == "protocol"
            assert caught.value.__suppress_context__
            assert "hush" not in shown


def test_localhost_is_found_at_whichever_of_its_addresses_listens(wire: Wire) -> None:
    with RawServer(always(answer())) as server:
        assert wire(Request("GET", f"http://localhost:{server.port}/")).status == 200

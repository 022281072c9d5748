from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor

from asking import PATIENCE, get
from asking import failure as failure_of
from servers import RawServer, Visit, always, answer, once

from entrada._drivers.wire import Wire
from entrada._engine.effects import Request
from entrada._engine.world import FakeClock

MIB = 1 << 20
HEAD = b"HTTP/1.1 200 OK\r\n"


# Requests and answers


def test_an_answer_is_status_lower_case_headers_and_body(wire: Wire) -> None:
    with RawServer(
        always(answer(b"no", "HTTP/1.1 401 Unauthorized", "WWW-Authenticate: Basic x"))
    ) as server:
        response = get(wire, server)

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
        response = get(wire, server)

    assert response.status == 302
    assert response.headers["location"].endswith("/stolen")
    assert len(server.requests) == 1


def test_a_chunked_answer_is_put_together(wire: Wire) -> None:
    chunks = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    with RawServer(always(chunks)) as server:
        assert [get(wire, server).body, get(wire, server).body] == [b"abcde"] * 2

    assert server.connections == 1


def test_an_answer_without_length_goes_on_until_the_server_closes(wire: Wire) -> None:
    with RawServer(once(b"HTTP/1.1 200 OK\r\n\r\nabc", b"de")) as server:
        assert get(wire, server).body == b"abcde"


def test_an_answer_without_body_is_an_answer(wire: Wire) -> None:
    with RawServer(always(answer(b"", "HTTP/1.1 204 No Content"))) as server:
        assert [get(wire, server).status, get(wire, server).status] == [204, 204]


# Kept connections


def test_requests_in_turn_use_one_connection(wire: Wire) -> None:
    with RawServer(always(answer(b"x" * 100_000))) as server:
        sizes = [len(get(wire, server).body) for _ in range(3)]

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
            for asked in [pool.submit(get, wire, server) for _ in range(2)]:
                asked.result(PATIENCE)

    assert (server.connections, len(server.requests)) == (2, 4)


def test_a_connection_that_the_server_ends_is_not_kept(wire: Wire) -> None:
    with RawServer(always(answer(b"{}", "HTTP/1.1 200 OK", "Connection: close"))) as server:
        get(wire, server)
        get(wire, server)

    assert server.connections == 2


def test_a_kept_connection_that_the_server_closed_is_replaced_silently(wire: Wire) -> None:
    with RawServer(once(answer())) as server:
        get(wire, server)
        assert server.closed.acquire(timeout=PATIENCE)

        assert get(wire, server).status == 200

    assert (server.connections, len(server.requests)) == (2, 2)


def test_a_kept_connection_that_the_server_reset_is_replaced_silently(wire: Wire) -> None:
    def talk(visit: Visit) -> None:
        visit.read()
        visit.send(answer())
        visit.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        visit.sock.close()

    with RawServer(talk) as server:
        get(wire, server)
        assert server.closed.acquire(timeout=PATIENCE)

        assert get(wire, server).status == 200


def test_a_kept_connection_is_replaced_once_and_not_again(wire: Wire) -> None:
    def talk(visit: Visit) -> None:
        visit.read()
        if visit.server.connections == 1:
            visit.send(answer())

    with RawServer(talk) as server:
        get(wire, server)
        assert server.closed.acquire(timeout=PATIENCE)

        failure = failure_of(wire, server.url)

    assert failure.reason == "protocol"
    assert "closed the connection without an answer" in failure.detail
    assert (server.connections, len(server.requests)) == (2, 2)


def test_a_new_connection_that_gets_no_answer_is_not_tried_again(wire: Wire) -> None:
    with RawServer(once()) as server:
        failure = failure_of(wire, server.url)

    assert failure.reason == "protocol"
    assert server.connections == 1


def test_a_connection_is_not_used_again_after_a_long_rest() -> None:
    clock = FakeClock()
    wire = Wire({}, clock.now)
    with RawServer(always(answer())) as server:
        for rest in (0, 20, 20, 3600):
            clock.advance(rest)
            get(wire, server)
        assert server.connections == 2
        assert server.closed.acquire(timeout=PATIENCE), "the old one is closed"
        wire.close()


def test_close_closes_idle_connections_and_the_wire_stays_usable(wire: Wire) -> None:
    with RawServer(always(answer())) as server:
        get(wire, server)
        wire.close()
        assert server.closed.acquire(timeout=PATIENCE)

        assert get(wire, server).status == 200


def test_a_request_that_close_overtakes_keeps_no_connection(wire: Wire) -> None:
    asked, go = threading.Event(), threading.Event()

    def talk(visit: Visit) -> None:
        while visit.read():
            asked.set()
            go.wait(PATIENCE)
            visit.send(answer())

    with RawServer(talk) as server, ThreadPoolExecutor(1) as pool:
        response = pool.submit(get, wire, server)
        assert asked.wait(PATIENCE)
        wire.close()
        go.set()

        assert response.result(PATIENCE).status == 200
        assert server.closed.acquire(timeout=PATIENCE)


def test_a_dropped_wire_closes_its_connections() -> None:
    wire = Wire({})
    with RawServer(always(answer())) as server:
        get(wire, server)
        del wire

        assert server.closed.acquire(timeout=PATIENCE)

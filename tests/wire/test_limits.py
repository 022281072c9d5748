"""What the wire does not wait for or read: silence, drips, floods and what is no HTTP."""

from __future__ import annotations

import socket
import time

import pytest
from asking import PATIENCE, get
from asking import failure as failure_of
from servers import RawServer, Visit, always, answer, once

from entrada._drivers.wire import Wire
from entrada._engine.effects import Request, TransportFailure

MIB = 1 << 20
HEAD = b"HTTP/1.1 200 OK\r\n"


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
        failure = failure_of(wire, server.url, timeout=0.15)
        took = time.monotonic() - started

    assert failure.reason == "timeout"
    assert failure.detail == "no answer from 127.0.0.1 in 0.15 s"
    assert 0.1 < took < 2


def test_a_kept_connection_has_the_whole_time_again(wire: Wire) -> None:
    with RawServer(always(answer())) as server:
        get(wire, server, timeout=0.05)
        time.sleep(0.05)

        assert get(wire, server, timeout=5).status == 200


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
        failure = failure_of(wire, server.url)

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
        failure = failure_of(wire, server.url)

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
        assert failure_of(wire, server.url).reason == "protocol"


def test_a_port_where_nobody_listens_is_no_connection(wire: Wire) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    failure = failure_of(wire, f"http://127.0.0.1:{port}/")

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
    assert failure_of(wire, url).reason == reason


def test_a_path_that_cannot_be_sent_is_not_sent(wire: Wire) -> None:
    with RawServer(always(answer())) as server:
        for path in ("a b", "a\x00b", "\N{SNOWMAN}"):
            assert failure_of(wire, server.url + path).reason == "protocol"

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

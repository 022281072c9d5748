"""The wire keeps connections: a second request to an origin goes over the first one's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from entrada._drivers.wire import Wire
from entrada._engine.effects import Request


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    chunked = False

    def do_GET(self) -> None:
        port = str(self.client_address[1]).encode()
        self.send_response(200)
        if self.path == "/chunked":
            self.send_header("Transfer-Encoding", "chunked")
            port = b"%x\r\n%s\r\n0\r\n\r\n" % (len(port), port)
        else:
            self.send_header("Content-Length", str(len(port)))
        self.end_headers()
        self.wfile.write(port)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def origin() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/sized", "/chunked"])
def test_requests_to_one_origin_share_a_connection(origin: str, path: str) -> None:
    wire = Wire({})
    seen_ports = {wire(Request("GET", origin + path)).body for _ in range(3)}
    wire.close()
    assert len(seen_ports) == 1

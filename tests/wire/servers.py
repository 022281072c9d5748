"""Servers on loopback that answer exactly as a test says, byte for byte."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from typing import Self, TypeAlias

Talk: TypeAlias = Callable[["Visit"], None]


class Visit:
    """One connection as the server sees it."""

    def __init__(self, sock: socket.socket, server: RawServer) -> None:
        self.sock = sock
        self.server = server
        self._file = sock.makefile("rb")

    def read(self) -> bytes:
        """Read one request, and write it down; return nothing where the client has gone."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self._file.readline()
            if not line:
                return b""
            head += line
        length = 0
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        request = head + self._file.read(length)
        self.server.requests.append(request)
        return request

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.sock.sendall(part)

    def secure(self, context: ssl.SSLContext) -> None:
        """Go on in TLS."""
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self._file = self.sock.makefile("rb")

    def drip(self, text: bytes) -> None:
        """Send a byte every few milliseconds, until the client has had enough."""
        for byte in text:
            if self.server.stopped.wait(0.01):
                return
            self.send(bytes([byte]))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self._file.close()
        self.sock.close()


class RawServer:
    """Lets ``talk`` answer each connection, in a thread of its own."""

    def __init__(self, talk: Talk, context: ssl.SSLContext | None = None) -> None:
        self._talk = talk
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self.visits: list[Visit] = []
        self.stopped = threading.Event()
        self.closed = threading.Semaphore(0)

    @property
    def url(self) -> str:
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}/"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for visit in list(self.visits):
            with contextlib.suppress(OSError):
                visit.sock.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(10)

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self.connections += 1
                self._start(self._receive, sock)

    def _receive(self, sock: socket.socket) -> None:
        visit = Visit(sock, self)
        self.visits.append(visit)
        try:
            with contextlib.suppress(OSError):
                if self._context is not None:
                    visit.secure(self._context)
                self._talk(visit)
        finally:
            visit.close()
            self.closed.release()


def answer(body: bytes = b"{}", head: str = "HTTP/1.1 200 OK", *headers: str) -> bytes:
    """Return an HTTP answer of known length."""
    lines = [head, f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def always(reply: bytes) -> Talk:
    """Return a talk that gives the same answer to every request of a connection."""

    def talk(visit: Visit) -> None:
        while visit.read():
            visit.send(reply)

    return talk


def once(*parts: bytes) -> Talk:
    """Return a talk that gives one answer and ends the connection."""

    def talk(visit: Visit) -> None:
        visit.read()
        visit.send(*parts)

    return talk

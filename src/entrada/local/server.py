"""The local cloud on sockets: one port a service, uvicorn around ``Cloud.handle``.

A request's service follows from the port it came in by, never from its Host header.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn

from entrada._engine.effects import Request, Response
from entrada.local.cloud import SERVICE_NAMES, Endpoints, ServiceName
from entrada.local.connections import Connection
from entrada.local.http import json_reply
from entrada.local.listening import LOOPBACK, PLAIN, origin

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.trust import TrustFiles

_LARGEST_BODY = 512 << 20
_START_SECONDS = 20.0
_OWN_CERTIFICATE: frozenset[ServiceName] = frozenset({"fabric"})
_EVERYWHERE = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with
_REST = frozenset(SERVICE_NAMES) - PLAIN - _OWN_CERTIFICATE


@dataclass(frozen=True, slots=True)
class Ports:
    """Bound sockets by service: for each the same port of every address it listens on.

    ``public_host`` stands in every URL that the cloud answers, whatever name a client used.
    """

    sockets: Mapping[ServiceName, tuple[socket.socket, ...]]
    public_host: str = "localhost"

    @property
    def endpoints(self) -> Endpoints:
        """The origins that clients use. Hosts are plain http, of this machine at an address."""
        numbers: dict[ServiceName, int] = {
            name: bound[0].getsockname()[1] for name, bound in self.sockets.items()
        }
        return Endpoints(
            **{name: origin(name, port, self.public_host) for name, port in numbers.items()}
        )

    def close(self) -> None:
        """Close every socket."""
        for bound in self.sockets.values():
            for each in bound:
                each.close()


def bind(
    wanted: Mapping[ServiceName, int], host: str = LOOPBACK, public_host: str = "localhost"
) -> Ports:
    """Bind every service to its wanted port, or to a free one where none (or 0) is wanted.

    ``host`` is an address; whatever it is, loopback is bound too. Raises ``OSError`` when a
    wanted port is taken or the address is not this machine's.
    """
    return Ports(
        {name: _bind_one(wanted.get(name, 0), host) for name in SERVICE_NAMES}, public_host
    )


def _bind_one(port: int, host: str) -> tuple[socket.socket, ...]:
    everywhere = host in _EVERYWHERE
    first = _socket(socket.AF_INET, ("0.0.0.0" if everywhere else LOOPBACK, port))  # noqa: S104 - asked for
    number, bound = first.getsockname()[1], [first]
    # A client that prefers IPv6 for "localhost" shall find us too; a machine may lack it.
    with contextlib.suppress(OSError):
        bound.append(_socket(socket.AF_INET6, ("::" if everywhere else "::1", number)))
    if not everywhere and host not in {LOOPBACK, "::1"}:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound.append(_socket(family, (host, number)))
    return tuple(bound)


def _socket(family: socket.AddressFamily, address: tuple[str, int]) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named; without it a response waits 40 ms.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.listen(2048)
    except OSError:
        made.close()
        raise
    return made


class Server:
    """Serves a cloud from a thread of its own."""

    def __init__(self, cloud: Cloud, ports: Ports, files: TrustFiles) -> None:
        self._ports = ports
        application = _Application(cloud)
        self._servers = {
            _REST: _uvicorn(application, {"ssl_certfile": str(files.server)}),
            _OWN_CERTIFICATE: _uvicorn(application, {"ssl_certfile": str(files.fabric)}),
            PLAIN: _uvicorn(application, {}),
        }
        self._thread = threading.Thread(target=self._serve, name="entrada-local", daemon=True)

    def start(self) -> None:
        """Start serving; return when every port answers."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_START_SECONDS / 0.005)):
            if all(server.started for server in self._servers.values()):
                return
            if not self._thread.is_alive():
                break
            waited.wait(0.005)
        raise RuntimeError("the local cloud did not start")

    def stop(self) -> None:
        """Stop serving and close every socket."""
        for server in self._servers.values():
            server.should_exit = server.force_exit = True
        self._thread.join()
        self._ports.close()

    def _serve(self) -> None:
        asyncio.run(self._serve_all())

    async def _serve_all(self) -> None:
        serving = [
            server._serve([each for name, each in self._pairs() if name in names])  # noqa: SLF001 - serve() takes over the process's signals
            for names, server in self._servers.items()
        ]
        await asyncio.gather(*serving)

    def _pairs(self) -> Iterator[tuple[ServiceName, socket.socket]]:
        for name, bound in self._ports.sockets.items():
            for each in bound:
                yield name, each


class _Abrupt(uvicorn.Server):
    """Ends connections at once, where uvicorn asks TLS clients for a farewell and waits for it."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Before uvicorn closes them: closed twice, a TLS transport can no longer be aborted.
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)


def _uvicorn(application: _Application, tls: Mapping[str, Any]) -> uvicorn.Server:
    config = uvicorn.Config(
        application,
        http=Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=2,
        **tls,
    )
    return _Abrupt(config)


class _Application:
    """The ASGI application: reads a request whole, has it handled, sends the answer."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        try:
            response = await self._answered(_request(scope, await _body(receive)))
        except _Unfinished:
            return
        except _TooLarge:
            response = _TOO_LARGE
        headers = {"content-length": str(len(response.body)), **response.headers}
        if response.status in {204, 304}:
            headers.pop("content-length", None)
        pairs = [(name.lower().encode(), _line(value)) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": response.status, "headers": pairs})
        await send({"type": "http.response.body", "body": response.body})

    async def _answered(self, request: Request) -> Response:
        if self._cloud.waits(request):
            return await asyncio.to_thread(self._cloud.handle, request)
        return self._cloud.handle(request)


_TOO_LARGE = json_reply(413, {"error": {"code": "RequestBodyTooLarge", "message": "Too large."}})


class _Unfinished(Exception):
    """A client that went away before its request was whole: nothing of it may happen."""


class _TooLarge(Exception):
    """A body larger than any service takes."""


async def _body(receive: Any) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Unfinished
        part = message.get("body", b"")
        size += len(part)
        if size > _LARGEST_BODY:
            raise _TooLarge
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _line(value: str) -> bytes:
    """Return a header's value as one line, whatever it was made of."""
    return value.encode("utf-8", "replace").translate(None, b"\r\n\0")


def _request(scope: Any, body: bytes) -> Request:
    path = scope["raw_path"].decode("ascii", "replace")
    query = scope["query_string"].decode("ascii", "replace")
    url = f"{scope['scheme']}://localhost:{scope['server'][1]}{path}"
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], f"{url}?{query}" if query else url, headers, body)


__all__ = ["Ports", "Request", "Response", "Server", "bind"]

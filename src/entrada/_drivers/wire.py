"""HTTP for the sync driver on the standard library: kept connections, limits, no redirects.

Idle connections are kept per origin and shared by all threads. A kept connection that the server
closed meanwhile is replaced once, silently; everything else that is no answer is raised as
:class:`TransportFailure`.
"""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Mapping
from typing import TypeAlias
from urllib.parse import SplitResult, unquote, urlsplit

from entrada._drivers.proxy import proxy_for
from entrada._drivers.tls import tls_context
from entrada._engine.effects import Request, Response, TransportFailure

_LARGEST = 4 << 20
_KEPT_PER_ORIGIN = 8
_GONE = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)

_Origin: TypeAlias = tuple[str, str, int]


class Wire:
    """Answers requests over real sockets; ``env`` gives proxies and certificate bundles."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._forget()
        _alive.add(self)

    def __call__(self, request: Request) -> Response:
        """Send a request and return its response.

        Raises :class:`TransportFailure` when there is no answer within ``request.timeout`` s.
        """
        end = time.monotonic() + request.timeout
        url = urlsplit(request.url)
        try:
            return self._exchange(request, url, end)
        except TransportFailure:
            raise
        except TimeoutError:
            reason = f"no answer from {url.hostname} in {request.timeout:g} s"
            raise TransportFailure("timeout", reason) from None
        except (OSError, http.client.HTTPException) as error:
            raise _failure(error, url) from error

    def close(self) -> None:
        """Close the idle connections; the wire stays usable."""
        with self._lock:
            idle = [connection for kept in self._idle.values() for connection in kept]
            self._idle.clear()
        for connection in idle:
            connection.close()

    def _exchange(self, request: Request, url: SplitResult, end: float) -> Response:
        origin = (
            url.scheme,
            url.hostname or "",
            url.port or (443 if url.scheme == "https" else 80),
        )
        kept = self._take(origin)
        if kept is not None:
            try:
                return self._converse(kept, origin, request, url, end)
            except _GONE:
                pass
        return self._converse(self._connect(origin), origin, request, url, end)

    def _converse(
        self,
        connection: http.client.HTTPConnection,
        origin: _Origin,
        request: Request,
        url: SplitResult,
        end: float,
    ) -> Response:
        try:
            _limit(connection, end)
            # A plain request to a proxy names the whole URL, any other only path and query.
            tunnelled = origin[0] == "https" or connection.host == origin[1]
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            connection.request(
                request.method,
                target if tunnelled else request.url,
                body=request.body or None,
                headers={"Accept": "application/json", **request.headers},
            )
            _limit(connection, end)
            answer = connection.getresponse()
            body = _read(answer, connection, end)
        except BaseException:
            connection.close()
            raise
        if answer.will_close:
            connection.close()
        else:
            self._keep(origin, connection)
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Response(answer.status, headers, body)

    def _connect(self, origin: _Origin) -> http.client.HTTPConnection:
        scheme, host, port = origin
        proxy = proxy_for(scheme, host, self._env)
        at = urlsplit(proxy) if proxy else None
        there, gate = (at.hostname or "", at.port or 8080) if at else (host, port)
        if scheme == "http":
            return http.client.HTTPConnection(there, gate)
        secure = http.client.HTTPSConnection(there, gate, context=tls_context(self._env))
        if at:
            secure.set_tunnel(host, port, _proxy_headers(at))
        return secure

    def _take(self, origin: _Origin) -> http.client.HTTPConnection | None:
        with self._lock:
            kept = self._idle.get(origin)
            return kept.pop() if kept else None

    def _keep(self, origin: _Origin, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            kept = self._idle.setdefault(origin, [])
            if len(kept) < _KEPT_PER_ORIGIN:
                kept.append(connection)
                return
        connection.close()

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[_Origin, list[http.client.HTTPConnection]] = {}


def _limit(connection: http.client.HTTPConnection, end: float) -> None:
    left = end - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.timeout = left
    if connection.sock is not None:
        connection.sock.settimeout(left)


def _read(
    answer: http.client.HTTPResponse, connection: http.client.HTTPConnection, end: float
) -> bytes:
    parts: list[bytes] = []
    size = 0
    while part := answer.read1(65536):
        parts.append(part)
        size += len(part)
        if size > _LARGEST:
            raise TransportFailure("size", f"an answer of more than {_LARGEST >> 20} MiB")
        _limit(connection, end)
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    # Until Python 3.12.2 a body of known length, read in parts, does not end its response.
    answer.close()
    return b"".join(parts)


def _proxy_headers(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _failure(error: OSError | http.client.HTTPException, url: SplitResult) -> TransportFailure:
    where = f"{url.hostname}:{url.port}" if url.port else f"{url.hostname}"
    if isinstance(error, ssl.SSLCertVerificationError):
        detail = f"the certificate of {where} is not trusted ({error.verify_message})"
        return TransportFailure("tls", detail)
    if isinstance(error, ssl.SSLError):
        return TransportFailure("tls", f"no TLS with {where} ({error.reason or 'failed'})")
    if isinstance(error, socket.gaierror):
        return TransportFailure("dns", f"the name {url.hostname} does not resolve")
    if isinstance(error, http.client.HTTPException):
        return TransportFailure("protocol", f"{where} did not answer in HTTP")
    if "Tunnel connection failed" in str(error):
        return TransportFailure("proxy", f"the proxy refused to connect to {where}")
    return TransportFailure("connect", f"no connection to {where} ({error.strerror or 'failed'})")


_alive: weakref.WeakSet[Wire] = weakref.WeakSet()


def _drop_connections_in_child() -> None:
    # Parent and child would write into the same sockets.
    for wire in _alive:
        wire._forget()  # noqa: SLF001 - this module's own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_drop_connections_in_child)

"""HTTP for the sync driver on the standard library: kept connections, limits, no redirects.

Idle connections are kept per origin and shared by all threads. A kept connection that the server
closed meanwhile is replaced once, silently; everything else that is no answer is raised as
:class:`TransportFailure`.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import urlsplit

from entrada._drivers.connection import Deadline, Line, Origin, open_line
from entrada._engine.effects import Request, Response, TransportFailure
from entrada._engine.forks import forget_in_child
from entrada._engine.world import World
from entrada.errors import ConfigurationError

_LARGEST = 4 << 20
_KEPT_PER_ORIGIN = 8
_LONGEST_REST = 30.0
"""Seconds. Firewalls and balancers forget a silent connection without a word to either end."""
_GONE = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)

_Idle: TypeAlias = dict[Origin, list[Line]]


class Wire:
    """Answers requests over real sockets; ``env`` gives proxies and certificate bundles.

    ``elapsed`` is a clock in seconds, by default the machine's monotonic one.
    """

    def __init__(self, env: Mapping[str, str], elapsed: Callable[[], float] | None = None) -> None:
        self._env = env
        self._elapsed = elapsed or World.real().elapsed
        self._lock = threading.Lock()
        self._idle: _Idle = {}
        forget_in_child(self)

    def __call__(self, request: Request) -> Response:
        """Send a request and return its response.

        Raises :class:`TransportFailure` when there is no answer within ``request.timeout`` s.
        """
        origin = Origin.of(request.url, request.trust)
        try:
            return self._exchange(request, origin, self._elapsed() + request.timeout)
        except (TransportFailure, ConfigurationError):
            raise
        except TimeoutError:
            reason = f"no answer from {origin.host} in {request.timeout:g} s"
            raise TransportFailure("timeout", reason) from None
        except (OSError, http.client.HTTPException) as error:
            raise _failure(error, origin) from error
        except ValueError as error:
            # Python's message shows the header, which may be a secret.
            raise _failure(error, origin) from None

    def close(self) -> None:
        """Close the connections, those in use when they are done; the wire stays usable."""
        with self._lock:
            idle, self._idle = self._idle, {}
        for lines in idle.values():
            for line in lines:
                line.close()

    def forget(self) -> None:
        """Close a forked child's copies: parent and child would write into the same sockets."""
        self._lock = threading.Lock()
        self.close()

    def __del__(self) -> None:
        self.close()

    def _exchange(self, request: Request, origin: Origin, end: float) -> Response:
        idle = self._idle
        kept = self._take(origin)
        if kept is not None:
            kept.deadline.end = end
            try:
                return self._converse(kept, origin, request, idle)
            except _GONE:
                pass
        line = open_line(origin, self._env, Deadline(self._elapsed, end))
        return self._converse(line, origin, request, idle)

    def _converse(self, line: Line, origin: Origin, request: Request, idle: _Idle) -> Response:
        try:
            line.http.sock.settimeout(line.deadline.left())
            line.http.request(
                request.method,
                request.url if line.absolute else _target(request.url),
                body=request.body or None,
                headers={"Accept": "application/json", **line.headers, **request.headers},
            )
            with line.http.getresponse() as answer:
                body = _read(answer)
        except BaseException:
            line.close()
            raise
        if answer.will_close:
            line.close()
        else:
            self._keep(line, origin, idle)
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Response(answer.status, headers, body)

    def _take(self, origin: Origin) -> Line | None:
        while True:
            with self._lock:
                kept = self._idle.get(origin)
                line = kept.pop() if kept else None
            if line is None or self._elapsed() - line.idle_since < _LONGEST_REST:
                return line
            line.close()

    def _keep(self, line: Line, origin: Origin, idle: _Idle) -> None:
        line.idle_since = self._elapsed()
        with self._lock:
            kept = idle.setdefault(origin, [])
            # Another dictionary means that close() came between.
            if idle is self._idle and len(kept) < _KEPT_PER_ORIGIN:
                kept.append(line)
                return
        line.close()


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _read(answer: http.client.HTTPResponse) -> bytes:
    length = answer.length
    if length is not None and length > _LARGEST:
        raise _too_long()
    body = answer.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        raise _too_long()
    if length is not None and len(body) < length:
        raise http.client.IncompleteRead(b"", length - len(body))
    return body


def _too_long() -> TransportFailure:
    return TransportFailure("size", f"an answer of more than {_LARGEST >> 20} MiB")


def _failure(error: Exception, origin: Origin) -> TransportFailure:
    reason, detail = next(row[1:] for row in _FAILURES if isinstance(error, row[0]))
    words = (getattr(error, name, None) for name in ("verify_message", "reason", "strerror"))
    why = next(filter(None, words), "failed")
    return TransportFailure(reason, detail.format(where=origin.where, host=origin.host, why=why))


_UNSPEAKABLE = "the request to {where} has characters that HTTP does not allow"
# (kind of error, our reason, what to say); the first row that fits
_FAILURES: tuple[tuple[type[Exception], str, str], ...] = (
    (ssl.SSLCertVerificationError, "tls", "the certificate of {where} is not trusted ({why})"),
    (ssl.SSLError, "tls", "no TLS with {where} ({why})"),
    (socket.gaierror, "dns", "the name {host} does not resolve"),
    (http.client.InvalidURL, "protocol", _UNSPEAKABLE),
    (http.client.RemoteDisconnected, "protocol", "{where} closed the connection without an answer"),
    (http.client.IncompleteRead, "protocol", "{where} broke off its answer"),
    (http.client.HTTPException, "protocol", "{where} did not answer in HTTP"),
    (OSError, "connect", "no connection to {where} ({why})"),
    (ValueError, "protocol", _UNSPEAKABLE),
)

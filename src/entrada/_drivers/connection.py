"""One HTTP connection of the wire: opened directly or through a proxy, every read in time.

It knows no pool and sends no request. ``http.client`` gives each read the whole time limit anew,
so a server that drips could hold a caller for ever; here all reads share one deadline.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import socket
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from entrada._drivers.proxy import proxy_for
from entrada._drivers.tls import tls_context
from entrada._engine.effects import TransportFailure, Trust
from entrada._wire.safe import first_words

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Whom a connection speaks to, and whom it trusts in that."""

    scheme: str
    host: str
    port: int
    trust: Trust | None = None

    @property
    def where(self) -> str:
        """The host for messages, with its port where that is not the scheme's own."""
        return self.host if self.port == _PORTS[self.scheme] else f"{self.host}:{self.port}"

    @classmethod
    def of(cls, url: str, trust: Trust | None = None) -> Origin:
        """Return a URL's origin; raise :class:`TransportFailure` where it has none."""
        with contextlib.suppress(ValueError):
            parts = urlsplit(url)
            # Whoever wants a certificate checked shall never speak in clear.
            if parts.scheme in (("https",) if trust else _PORTS) and parts.hostname:
                port = parts.port or _PORTS[parts.scheme]
                return cls(parts.scheme, parts.hostname, port, trust)
        raise TransportFailure("protocol", "the URL is not one of http or https with a host")


class Deadline:
    """When an exchange has to be over, in seconds of the clock ``elapsed``."""

    def __init__(self, elapsed: Callable[[], float], end: float) -> None:
        self._elapsed = elapsed
        self.end = end

    def left(self) -> float:
        """Return the seconds that are left; raise ``TimeoutError`` where there are none."""
        left = self.end - self._elapsed()
        if left <= 0:
            raise TimeoutError
        return left

    def connect(self, address: tuple[str, int], *_: object) -> socket.socket:
        """Connect to the first address of a name that answers, none taking the others' time."""
        try:
            found = socket.getaddrinfo(*address, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise socket.gaierror(socket.EAI_NONAME, "not the name of a host") from None
        problem: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
        for index, (family, kind, protocol, _name, where) in enumerate(found):
            try:
                sock = socket.socket(family, kind, protocol)
                return self._reach(sock, where, len(found) - index)
            except OSError as error:
                problem = error
        raise problem

    def _reach(self, sock: socket.socket, where: Any, addresses: int) -> socket.socket:
        try:
            sock.settimeout(self.left() / addresses)
            sock.connect(where)
            sock.settimeout(self.left())
        except BaseException:
            sock.close()
            raise
        return sock


class Line:
    """An open connection. ``headers`` go with each request, for a proxy that reads them.

    ``absolute``: requests have to name the whole URL, since a proxy reads it.
    """

    __slots__ = ("absolute", "deadline", "headers", "http", "idle_since")

    def __init__(
        self,
        connection: http.client.HTTPConnection,
        deadline: Deadline,
        *,
        absolute: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.http = connection
        self.deadline = deadline
        self.absolute = absolute
        self.headers = headers or {}
        self.idle_since = 0.0

    def close(self) -> None:
        """Close the connection."""
        self.http.close()


def open_line(origin: Origin, env: Mapping[str, str], deadline: Deadline) -> Line:
    """Connect, through a proxy where the environment wants one.

    Raises :class:`TransportFailure` for what the proxy did wrong, ``OSError`` for the rest, and
    ConfigurationError for an unreadable certificate bundle.
    """
    gate = _gate(origin, env)
    there, port = (gate.hostname or "", gate.port or 80) if gate else (origin.host, origin.port)
    headers = _authorization(gate) if gate else {}
    connection: http.client.HTTPConnection
    if origin.scheme == "http":
        connection = http.client.HTTPConnection(there, port)
    else:
        connection = _secured(origin, there, port, env)
        if gate:
            connection.set_tunnel(origin.host, origin.port, headers)
    # http.client has no public way to do either; both names are as old as Python 3.
    vars(connection).update(
        _create_connection=deadline.connect, response_class=partial(_Answer, deadline)
    )
    try:
        connection.connect()
    except BaseException as error:
        connection.close()
        if gate and _is_proxys(error):
            raise _proxy_failure(error, f"{there}:{port}", origin) from None
        raise
    if origin.scheme == "http" and gate:
        return Line(connection, deadline, absolute=True, headers=headers)
    return Line(connection, deadline)


def _secured(
    origin: Origin, there: str, port: int, env: Mapping[str, str]
) -> http.client.HTTPSConnection:
    if origin.trust is None:
        return http.client.HTTPSConnection(there, port, context=tls_context(env))
    from entrada._drivers.trust import TrustingConnection

    return TrustingConnection(there, port, origin.trust, env)


def _gate(origin: Origin, env: Mapping[str, str]) -> SplitResult | None:
    if origin.trust is not None:  # a neighbour, who shall get the secret and nobody between
        return None
    proxy = proxy_for(origin.scheme, origin.host, env)
    if proxy is None:
        return None
    with contextlib.suppress(ValueError):
        gate = urlsplit(proxy)
        if gate.scheme == "http" and gate.hostname and gate.port != 0:
            return gate
    # It may hold a password, so it is not shown.
    raise TransportFailure(
        "proxy", f"the proxy set for {origin.scheme} is not of the form http://host:port"
    )


def _authorization(gate: SplitResult) -> dict[str, str]:
    if gate.username is None:
        return {}
    pair = f"{unquote(gate.username)}:{unquote(gate.password or '')}"
    return {"Proxy-Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def _is_proxys(error: BaseException) -> bool:
    if isinstance(error, TimeoutError | ssl.SSLError):
        return False
    return isinstance(error, OSError | http.client.HTTPException)


def _proxy_failure(error: BaseException, gate: str, origin: Origin) -> TransportFailure:
    if isinstance(error, http.client.HTTPException):
        return TransportFailure("proxy", f"the proxy {gate} did not answer in HTTP")
    head, _, status = str(error).partition(": ")
    if head == "Tunnel connection failed":
        said = first_words(status, 80)
        detail = f"the proxy {gate} refused to connect to {origin.where} ({said})"
        return TransportFailure("proxy", detail)
    why = getattr(error, "strerror", None) or "failed"
    return TransportFailure("proxy", f"no connection to the proxy {gate} ({why})")


class _Answer(http.client.HTTPResponse):
    """A response whose every read ends by the deadline."""

    def __init__(
        self, deadline: Deadline, sock: socket.socket, *arguments: Any, **keywords: Any
    ) -> None:
        super().__init__(sock, *arguments, **keywords)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock, deadline))


class _Timed(io.RawIOBase):
    """A socket's bytes, as long as there is time."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, deadline: Deadline) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()

"""How the local cloud's services see HTTP: an inbound request, a route table, replies.

A service is a tuple of routes. Its handlers are plain functions ``(cloud, inbound) -> Response``
and raise :class:`Refusal` where they cannot answer; they know no socket.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from entrada._engine.effects import Request, Response

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud

Handler: TypeAlias = "Callable[[Cloud, Inbound], Response]"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One request as a service sees it.

    ``path`` is percent-decoded and has no query; ``query`` keeps the last value of a name, its
    names in lower case; ``headers`` have lower-case names; ``params`` are the route's variables;
    ``origin`` is ``scheme://host:port`` as the caller wrote it.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(default=b"", repr=False)
    origin: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request) -> Inbound:
        """Read a client's request; raise ``ValueError`` for a URL or host that is none.

        A server has to refuse an invalid ``Host`` (RFC 9112, section 3.2).
        """
        url = urlsplit(request.url)
        headers = {name.lower(): value for name, value in request.headers.items()}
        _check_host(headers.get("host", ""))
        pairs = parse_qsl(url.query, keep_blank_values=True)
        return cls(
            method=request.method.upper(),
            path=unquote(url.path) or "/",
            query={name.lower(): value for name, value in pairs},
            headers=headers,
            body=request.body,
            origin=f"{url.scheme}://{url.netloc}",
        )

    @property
    def bearer(self) -> str | None:
        """The bearer token of the ``Authorization`` header, if there is one."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None

    def form(self) -> dict[str, str]:
        """Read an ``application/x-www-form-urlencoded`` body."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def json(self) -> Any:
        """Read a JSON body; raise ``ValueError`` where it is none (RFC 8259), or too deep."""
        try:
            content = json.loads(self.body, parse_constant=_no_number, parse_float=_finite)
            # Half a surrogate pair is no character: nothing could store it, or send it back.
            json.dumps(content, ensure_ascii=False).encode()
        except RecursionError:
            raise ValueError("the JSON is nested too deeply") from None
        return content


def _check_host(host: str) -> None:
    """Raise ``ValueError`` for what is not a host with or without a port."""
    _ = urlsplit(f"//{host}").port


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


class Refusal(Exception):
    """A handler's way of answering with an error: the response to send instead."""

    def __init__(self, response: Response) -> None:
        super().__init__(f"HTTP {response.status}")
        self.response = response


@dataclass(frozen=True, slots=True)
class Route:
    """A method (``*`` for any), a path pattern, and who answers.

    In a pattern ``{name}`` matches one segment and ``{name*}`` the rest of the path, both
    case-sensitively; literal text matches in any case, as Azure's services do.
    """

    method: str
    pattern: str
    handler: Handler
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = re.split(r"\{(\w+\*?)\}", self.pattern)
        text = "".join(
            re.escape(part)
            if index % 2 == 0
            else f"(?P<{part.rstrip('*')}>{'.+' if part.endswith('*') else '[^/]+'})"
            for index, part in enumerate(parts)
        )
        object.__setattr__(self, "_compiled", re.compile(text + "/?", re.IGNORECASE | re.DOTALL))

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Return the pattern's variables where this route answers, else ``None``."""
        if self.method not in ("*", method):
            return None
        found = self._compiled.fullmatch(path)
        return found.groupdict() if found else None

    @property
    def slashes(self) -> int:
        """How many slashes a path has at least that this route can match."""
        return self.pattern.count("/")

    @property
    def is_open(self) -> bool:
        """Whether the pattern takes any number of segments."""
        return "*}" in self.pattern


class RouteTable:
    """Routes in order of precedence, of which only those are tried that can match a path.

    Which ones can follows from the method and the number of slashes.
    """

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = routes
        self._longest = max((route.slashes for route in routes), default=0) + 2
        self._candidates: dict[tuple[str, int], tuple[Route, ...]] = {}
        self._methods = {route.method for route in routes}

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the first route that matches, with the pattern's variables."""
        key = (method if method in self._methods else "*", min(path.count("/"), self._longest))
        candidates = self._candidates.get(key)
        if candidates is None:
            candidates = self._candidates[key] = tuple(self._possible(*key))
        for route in candidates:
            params = route.match(method, path)
            if params is not None:
                return route, params
        return None

    def _possible(self, method: str, slashes: int) -> Iterator[Route]:
        for route in self._routes:
            # One slash more than the pattern has may stand at a path's end.
            enough = route.slashes <= slashes <= route.slashes + 1
            if route.method in ("*", method) and (
                enough or (route.is_open and slashes > route.slashes)
            ):
                yield route


def json_reply(status: int, body: object, **headers: str) -> Response:
    """Build a JSON response; an underscore in a header's keyword becomes a hyphen."""
    return Response(
        status,
        {"content-type": "application/json; charset=utf-8", **_headers(headers)},
        json.dumps(body, separators=(",", ":")).encode(),
    )


def empty_reply(status: int, **headers: str) -> Response:
    """Build a response without a body."""
    return Response(status, _headers(headers), b"")


def _headers(keywords: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in keywords.items()}

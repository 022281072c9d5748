"""Requests that no client should send, drawn from what a service's own source talks about.

The words come from the string literals of a service's package, the paths from its route table,
so a new route or parameter is covered as soon as it is there.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

import entrada.local
from entrada._engine.effects import Request
from entrada.local.cloud import ServiceName
from entrada.local.http import Route

_PACKAGES: dict[ServiceName, str] = {
    "login": "entra",
    "arm": "arm",
    "graph": "graph",
    "blob": "resources/blob",
    "vault": "resources/keyvault",
    "iothub": "resources/iothub",
    "hosts": "hosts",
    "fabric": "hosts",
}
_LITERAL = re.compile(r'f?"([A-Za-z$@][\w.$@:/-]{0,60})"')
_METHODS = ("GET", "PUT", "POST", "PATCH", "DELETE", "HEAD", "OPTIONS", "MERGE", "get", "Q")
_HEADERS = (
    "authorization",
    "content-type",
    "content-length",
    "content-md5",
    "date",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "metadata",
    "secret",
    "prefer",
    "consistencylevel",
    "cookie",
    "host",
    "origin",
    "range",
    "client-request-id",
    "x-identity-header",
    "x-ms-client-request-id",
)
_ODD_TEXTS = (
    "",
    " ",
    "\0",
    "\ufffe",
    "é",
    "\U0001f600",
    "\u202e",
    "..",
    "../..",
    ".",
    "%",
    "%00",
    "%zz",
    "*",
    "'",
    "' or 1 eq 1",
    '"',
    "<a>",
    "]]>",
    "&amp;",
    "a\r\nset-cookie: b=c",
    "a" * 3000,
    "-1",
    "0",
    "1e400",
    "9" * 40,
    "9" * 5000,
    "NaN",
    "٣",
    "²",
    "2026-13-45T99:99:99Z",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00Z",
    "Thu, 99 Foo 2026 25:61:61 GMT",
    "Thu, 01 Jan 1970 00:00:00 -9999",
    "bytes=5-1",
    "bytes=-0",
    "bytes=99999999999999999999-",
    "https://[",
    "http://a:99999/",
    "urn:x",
    "=",
    "====",
    "eyJhbGciOiJub25lIn0.e30.",
    "eyJhbGciOiJSUzI1NiJ9.W10.AA",
    "00000000-0000-0000-0000-000000000000",
    "{",
    "[]",
    "null",
    '{"access_token":[]}',
    "true",
)
_ODD_VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    0.5,
    1e300,
    10**30,
    -(10**30),
    [],
    {},
    [None],
    [[]],
    [{}],
    {"": None},
    "\ud800",
)
_BROKEN_JSON = (
    b"",
    b"{",
    b"[",
    b'{"a":}',
    b"NaN",
    b'{"properties":NaN}',
    b'{"properties":1e999}',
    b"\xff\xfe\x00",
    b"\xef\xbb\xbf{}",
    b"[" * 5000,
    b'{"a":' * 3000,
    b'{"properties":' + b"[" * 400 + b"]" * 400 + b"}",
    b'{"properties":{"a":"\\ud800"}}',
    b'{"properties":' + b"9" * 5000 + b"}",
    b'{"a":1}{"a":2}',
    b"<a/>",
    b"0",
    b'"text"',
    b"[]",
    b"null",
)
_BROKEN_XML = (
    b"<",
    b"<a",
    b"<a></b>",
    b"<a>\x00</a>",
    b'<?xml version="1.0" encoding="nonsense"?><a/>',
    b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    b"<a>" * 2000,
    b"<BlockList/>",
    b"<BlockList><Latest/></BlockList>",
    b"<BlockList><Latest>%%%</Latest><Odd>AA==</Odd></BlockList>",
    b"<BlockList><Latest>" + b"A" * 3000 + b"</Latest></BlockList>",
    b"<Tags><TagSet><Tag/></TagSet></Tags>",
    "<BlockList><Committed>é</Committed></BlockList>".encode("utf-16"),
)
_CALLERS = (
    "",
    "Bearer",
    "Bearer x.y.z",
    "Basic %%%",
    "Basic Og==",
    "SharedKey a:b",
    "SharedAccessSignature sr=a&sig=%&se=x&skn=y",
)


@cache
def words(service: ServiceName) -> tuple[str, ...]:
    """Return the short string literals of a service's source."""
    folder = Path(entrada.local.__file__).parent / _PACKAGES[service]
    found: dict[str, None] = {}
    for path in sorted(folder.rglob("*.py")):
        found.update(dict.fromkeys(_LITERAL.findall(path.read_text("utf-8"))))
    return tuple(found)


@dataclass(frozen=True)
class Known:
    """What is there in a cloud, so that requests come further than its door.

    ``variables`` are good values of a route's variables, ``token`` is one that the service
    accepts, ``query`` and ``form`` are what requests to it must have.
    """

    variables: Mapping[str, tuple[str, ...]]
    token: str
    query: Mapping[str, str]
    form: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """All good values."""
        return tuple(value for values in self.variables.values() for value in values)


@st.composite
def requests(
    draw: st.DrawFn, service: ServiceName, origin: str, known: Known, routes: Sequence[Route]
) -> Request:
    """Draw a request to a service: a route, with much of it as it should be and some of it odd."""
    word = st.sampled_from(words(service) or ("x",))
    text = st.one_of(
        st.sampled_from(_ODD_TEXTS), word, st.sampled_from(known.names), st.text(max_size=12)
    )
    route = draw(st.sampled_from(routes)) if routes else None
    methods = _METHODS if route is None or route.method == "*" else (route.method,) * 20
    path = draw(_path(route.pattern if route and draw(_mostly) else "/{any*}", known, text))
    query = {
        **(known.query if draw(_mostly) else {}),
        **dict(draw(st.lists(st.tuples(word, text), max_size=3))),
    }
    return Request(
        draw(st.sampled_from((*methods, *_METHODS[:1]))),
        f"{origin}{path}?{urlencode(query, errors='replace')}",
        draw(_headers(words(service), text, known.token)),
        draw(_body(word, text, known.form)),
    )


_mostly = st.integers(0, 9).map(lambda number: number > 0)


@st.composite
def _path(draw: st.DrawFn, pattern: str, known: Known, text: st.SearchStrategy[str]) -> str:
    pieces = []
    for piece in re.split(r"(\{\w+\*?\})", pattern):
        if piece.startswith("{"):
            good = known.variables.get(piece.strip("{*}"), known.names)
            value = draw(st.sampled_from(good) if draw(_mostly) else text)
            safe = "/$()'" if piece.endswith("*}") else "$()'"
            pieces.append(quote(value.encode("utf-8", "replace"), safe=safe))
        else:
            pieces.append(piece)
    return "".join(pieces)


@st.composite
def _headers(
    draw: st.DrawFn, known: tuple[str, ...], text: st.SearchStrategy[str], token: str
) -> dict[str, str]:
    mentioned = tuple(each for each in known if re.fullmatch(r"(x-ms|if|x)-[\w-]+", each.lower()))
    value = text.map(lambda each: re.sub(r"[^\x20-\x7e\x80-\xff]", "", each))
    extra = st.dictionaries(st.sampled_from(_HEADERS + mentioned), value, max_size=3)
    who = f"Bearer {token}" if draw(_mostly) else draw(st.sampled_from(_CALLERS))
    good = {"x-ms-version": "2021-12-02", "metadata": "true", "x-ms-blob-type": "BlockBlob"}
    return {**good, "authorization": who, **draw(extra)}


def _body(
    word: st.SearchStrategy[str], text: st.SearchStrategy[str], form: Mapping[str, str]
) -> st.SearchStrategy[bytes]:
    leaf = st.one_of(st.sampled_from(_ODD_VALUES), text)
    flat = st.dictionaries(word, leaf, max_size=4)
    nested = st.one_of(leaf, flat, st.lists(st.one_of(leaf, flat), max_size=2))
    document = st.dictionaries(word, nested, max_size=4)
    wrapped = document.map(lambda body: {"properties": body, "location": "westeurope"})
    fields = st.dictionaries(word, st.one_of(word, text), max_size=4)
    return st.one_of(
        st.one_of(document, wrapped).map(lambda body: json.dumps(body).encode()),
        fields.map(lambda more: urlencode({**form, **more}, errors="replace").encode()),
        st.sampled_from(_BROKEN_JSON + _BROKEN_XML),
        st.binary(max_size=20),
        text.map(lambda each: base64.b64encode(each.encode("utf-8", "replace"))),
    )

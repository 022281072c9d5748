"""How sign-in sees HTTP: what came in, what goes out. No framework and no socket is known here.

What goes out is checked on its way: no header holds a line break, no address leads elsewhere
unless the code that makes it says so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

LARGEST_FORM = 1 << 20
"""Bytes of a form that are read."""

_LONGEST_PATH = 2048
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request. Header names are lower case; ``cookie`` is the ``Cookie`` header as it came."""

    method: str
    path: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def cookie(self) -> str:
        """The ``Cookie`` header, ``""`` for none."""
        return self.headers.get("cookie", "")

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def arguments(self) -> dict[str, str]:
        """Return the query's fields."""
        return _fields(self.query)

    def form(self) -> dict[str, str]:
        """Return the fields of a form in the body; ``{}`` for anything else."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            return {}
        return _fields(self.body.decode("utf-8", "replace"))

    @property
    def wants_page(self) -> bool:
        """Whether a person's browser navigates here, as opposed to a script that fetches."""
        mode = self.headers.get("sec-fetch-mode")
        if mode is not None:
            return mode == "navigate"
        return "text/html" in self.headers.get("accept", "")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An answer. Headers are pairs, since ``Set-Cookie`` may stand there more than once."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        for name, value in self.headers:
            if _CONTROL.search(name) or _CONTROL.search(value):
                raise ValueError(f"a line break or control character in the header {name!r}")

    def adding(self, headers: Iterable[tuple[str, str]]) -> Outgoing:
        """Return the same answer with more headers."""
        return Outgoing(self.status, (*self.headers, *headers), self.body)


PRIVATE = (
    ("cache-control", "no-store"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
)
"""Headers of every answer that depends on who asks."""


def json_answer(status: int, document: Any) -> Outgoing:
    """Build a JSON answer that is for this reader alone."""
    headers = (
        ("content-type", "application/json"),
        ("cross-origin-resource-policy", "same-origin"),
        ("vary", "Cookie"),
        *PRIVATE,
    )
    return Outgoing(status, headers, json.dumps(document, separators=(",", ":")).encode())


def redirect(location: str) -> Outgoing:
    """Send a browser on by GET; whatever stood in this address is left behind."""
    return Outgoing(303, (("location", location), *PRIVATE))


def local_path(text: str | None, default: str = "/") -> str:
    """Return a path of this very site, ``default`` for anything that could lead elsewhere.

    Browsers take two slashes or backslashes, or tabs between them, for the start of a host.
    """
    if not text or len(text) > _LONGEST_PATH or not text.startswith("/") or text[1:2] == "/":
        return default
    if _UNSAFE.search(text) or not text.isascii():
        return default
    try:
        url = urlsplit(text)
    except ValueError:
        return default
    return default if url.scheme or url.netloc else text


def csrf_of(incoming: Incoming, form: Mapping[str, str]) -> str:
    """Return the CSRF token that a request brings in a header or its form, ``""`` for none."""
    return incoming.headers.get("x-csrf-token") or form.get("csrf", "")


def _fields(text: str) -> dict[str, str]:
    """Return the fields of a query or form; one that is there twice is not there at all."""
    found: dict[str, str] = {}
    twice = set()
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        return {}
    for name, value in pairs:
        if name in found:
            twice.add(name)
        found[name] = value
    return {name: value for name, value in found.items() if name not in twice}

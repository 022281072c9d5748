"""Pages of a listing: the parameters ``prefix``, ``marker``, ``maxresults``, ``include``.

Knows no state. A marker is the base64 of the last name of the page before; to clients it is
opaque.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar
from xml.etree.ElementTree import Element

from entrada.local.resources.blob.context import Context
from entrada.local.resources.blob.errors import StorageError, invalid_query
from entrada.local.resources.blob.markup import document, element, writable

LARGEST_PAGE = 5000
_LONGEST_NUMBER = 9
AFTER_ALL_WITH_PREFIX = "\U0010ffff"

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page:
    """What a client asked of a listing; ``after`` is the last name it has seen."""

    prefix: str
    delimiter: str
    after: str
    size: int
    include: frozenset[str]
    asked: dict[str, str]

    @classmethod
    def of(cls, context: Context, *, include: frozenset[str]) -> Page:
        """Read the parameters; raise :class:`StorageError` for what is none of theirs."""
        query = context.inbound.query
        asked = {name: query.get(name, "") for name in _ECHOED}
        for name, value in asked.items():
            if not writable(value):
                raise invalid_query(name, value, "It has characters that no name can have.")
        return cls(
            prefix=asked["prefix"],
            delimiter=asked["delimiter"],
            after=_read_marker(asked["marker"]),
            size=_read_size(asked["maxresults"]),
            include=_read_include(context.query("include"), include),
            asked={name: value for name, value in asked.items() if name in query},
        )


_ECHOED = {
    "prefix": "Prefix",
    "marker": "Marker",
    "maxresults": "MaxResults",
    "delimiter": "Delimiter",
}


def first(items: Iterator[tuple[str, Item]], size: int) -> tuple[list[tuple[str, Item]], str]:
    """Return the first items and the marker of the next page, empty where there is none."""
    found = list(islice(items, size))
    more = next(items, None) is not None
    return found, _marker(found[-1][0]) if found and more else ""


def enumeration(
    context: Context, page: Page, kind: str, entries: Iterable[Element], next_marker: str
) -> bytes:
    """Write a listing's document around its entries."""
    attributes = {"ServiceEndpoint": f"{context.account_url}/"}
    if context.container:
        attributes["ContainerName"] = context.container
    root = element(
        "EnumerationResults",
        *(element(_ECHOED[name], value) for name, value in page.asked.items()),
        element(kind, *entries),
        element("NextMarker", next_marker),
        **attributes,
    )
    return document(root)


def _marker(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _read_marker(text: str) -> str:
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True).decode()
    except ValueError as error:
        raise invalid_query("marker", text, "It is not a marker of this listing.") from error


def _read_size(text: str) -> int:
    if not text:
        return LARGEST_PAGE
    if not (text.isascii() and text.isdigit()):
        raise invalid_query("maxresults", text, "It is no whole number.")
    size = int(text) if len(text) <= _LONGEST_NUMBER else LARGEST_PAGE
    if size == 0:
        elements = {"QueryParameterName": "maxresults", "QueryParameterValue": text}
        raise StorageError("OutOfRangeQueryParameterValue", elements=elements)
    return min(size, LARGEST_PAGE)


def _read_include(text: str, known: frozenset[str]) -> frozenset[str]:
    wanted = frozenset(part.strip().lower() for part in text.split(",")) - {""}
    if wanted - known:
        raise invalid_query("include", text, f"Known are {', '.join(sorted(known))}.")
    return wanted

"""XML of the Blob service: writing answers, and reading a block list without trusting it.

Knows no state and no HTTP. A block list is read with expat, which gets no chance to expand
entities: any document type declaration is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, tostring
from xml.parsers.expat import ExpatError, ParserCreate

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BLOCK_KINDS = ("Committed", "Uncommitted", "Latest")


class MalformedDocument(ValueError):
    """A body is not the XML it should be."""


def writable(text: str) -> bool:
    """Say whether all characters of a text may stand in XML 1.0."""
    return _NOT_XML.search(text) is None


def element(name: str, *content: Element | str, **attributes: str) -> Element:
    """Build an element of child elements or of one text."""
    node = Element(name, attributes)
    for part in content:
        if isinstance(part, str):
            node.text = _NOT_XML.sub("\ufffd", part)
        else:
            node.append(part)
    return node


def elements(texts: Mapping[str, str]) -> list[Element]:
    """Build one text element a pair."""
    return [element(name, text) for name, text in texts.items()]


def document(root: Element) -> bytes:
    """Serialize a document as the service does, in UTF-8 with a declaration."""
    text = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>{text}'.encode()


def block_list(body: bytes) -> list[tuple[str, str]]:
    """Read a ``BlockList`` as ``(kind, block id)`` pairs; raise :class:`MalformedDocument`."""
    reader = _BlockListReader()
    parser = ParserCreate()
    parser.StartDoctypeDeclHandler = reader.doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError, LookupError) as error:
        raise MalformedDocument(str(error)) from error
    return reader.blocks


class _BlockListReader:
    """Collects the blocks as expat comes by them."""

    def __init__(self) -> None:
        self.blocks: list[tuple[str, str]] = []
        self._path: list[str] = []
        self._text: list[str] = []

    def doctype(self, *_: object) -> None:
        raise MalformedDocument("a document type declaration is not accepted")

    def start(self, name: str, _attributes: object) -> None:
        expected = (
            ("BlockList",) if not self._path else _BLOCK_KINDS if len(self._path) == 1 else ()
        )
        if name not in expected:
            raise MalformedDocument(f"unexpected element {name}")
        self._path.append(name)
        self._text.clear()

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, name: str) -> None:
        self._path.pop()
        if self._path:
            self.blocks.append((name, "".join(self._text).strip()))

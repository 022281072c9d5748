"""From the text of a query to tokens. Knows no grammar."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Kind: TypeAlias = Literal["name", "quoted", "number", "string", "symbol", "end"]

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>[A-Za-z_$][A-Za-z0-9_$]*)
  | (?P<quoted>\[\[[^\[\]'"]+\]\])
  | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | (?P<symbol><>|<=|>=|!=|[=<>()\[\],.*/%+-])
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_LONGEST_NUMBER = 32


class QueryError(ValueError):
    """A query that cannot be understood; ``position`` counts characters from 1."""

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"Query error at position {position}: {reason}")
        self.reason = reason
        self.position = position


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a query; ``value`` is what a number or text stands for."""

    kind: Kind
    text: str
    position: int
    value: Any = None

    def __str__(self) -> str:
        return "the query's end" if self.kind == "end" else repr(self.text)

    def is_word(self, word: str) -> bool:
        """Say whether this is a keyword, in any case of letters."""
        return self.kind == "name" and self.text.upper() == word

    def is_symbol(self, *symbols: str) -> bool:
        """Say whether this is one of some symbols."""
        return self.kind == "symbol" and self.text in symbols


def tokens(text: str) -> list[Token]:
    """Take a query apart; raise :class:`QueryError` for what is no word of the language."""
    found: list[Token] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise QueryError(_why(text[place]), place + 1)
        place = match.end()
        if match.lastgroup != "space":
            found.append(_token(match))
    found.append(Token("end", "", len(text) + 1))
    return found


def _token(match: re.Match[str]) -> Token:
    text, position = match.group(), match.start() + 1
    if match.lastgroup == "number":
        return Token("number", text, position, _number(text, position))
    if match.lastgroup == "string":
        return Token("string", text, position, _ESCAPE.sub(_unescaped, text[1:-1]))
    if match.lastgroup == "quoted":
        return Token("quoted", text, position, text[2:-2])
    return Token("name" if match.lastgroup == "name" else "symbol", text, position)


def _number(text: str, position: int) -> int | float:
    if len(text) > _LONGEST_NUMBER:
        raise QueryError("a number is too long", position)
    if text[:2].lower() == "0x":
        return int(text, 16)
    value = int(text) if text.isdigit() else float(text)
    if value == float("inf"):
        raise QueryError("a number is too large", position)
    return value


def _unescaped(match: re.Match[str]) -> str:
    code = match.group(1)
    if len(code) > 1:
        return str(json.loads(f'"\\{code}"'))
    return _ESCAPES.get(code, code)


def _why(character: str) -> str:
    if character in "'\"":
        return "a text has no closing quote"
    return f"unexpected {character!r}"

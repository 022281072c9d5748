"""On which line each key of a TOML or JSON text stands.

The standard library's parsers keep no positions. These scanners follow the two grammars only as
far as that needs, and are for texts that a parser has accepted before.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""The keys from the document down; an item of a list is its index."""

_SPACE = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_TEXT = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]+")
_JSON_SPACE = re.compile(r"[ \t\r\n]*")
_JSON_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_JSON_SCALAR = re.compile(r"[^,\]}\s]+")


def toml_positions(text: str) -> Mapping[Path, int]:
    """Return the line, counted from 1, of every key, table and item of a valid TOML text."""
    return _Toml(text.replace("\r\n", "\n")).positions()


def json_positions(text: str) -> Mapping[Path, int]:
    """Return the line, counted from 1, of every key and item of a valid JSON text."""
    scanner = _Json(text)
    scanner.value(())
    return scanner.found


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self._counted, self._line = 0, 1

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Go past what a pattern matches here, and return it."""
        match = pattern.match(self.text, self.at)
        if match is None:
            raise ValueError(f"unexpected text at line {self.line()}")
        self.at = match.end()
        return match[0]

    def looking_at(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def note(self, path: Path) -> None:
        self.found.setdefault(path, self.line())

    def line(self) -> int:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line


class _Toml(_Scanner):
    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._last: dict[Path, int] = {}
        """The index of the last table of each array of tables."""

    def positions(self) -> Mapping[Path, int]:
        table: Path = ()
        self.skip(_BETWEEN)
        while self.at < len(self.text):
            if self.looking_at("["):
                table = self._header()
            else:
                self._pair(table)
            self.skip(_BETWEEN)
        return self.found

    def _header(self) -> Path:
        brackets = 2 if self.looking_at("[[") else 1
        self.at += brackets
        self.skip(_SPACE)
        keys = self._keys()
        path = self._resolved(keys[:-1]) + keys[-1:]
        if brackets == 2:
            self.note(path)
            self._last[path] = self._last.get(path, -1) + 1
            path += (self._last[path],)
        elif path in self._last:
            path += (self._last[path],)
        self.note(path)
        self.at += brackets
        return path

    def _resolved(self, keys: tuple[str, ...]) -> Path:
        path: Path = ()
        for key in keys:
            path += (key,)
            self.note(path)
            if path in self._last:
                path += (self._last[path],)
        return path

    def _keys(self) -> tuple[str, ...]:
        """Read a dotted key and what space follows it."""
        keys = [self._key()]
        while self.looking_at("."):
            self.at += 1
            self.skip(_SPACE)
            keys.append(self._key())
        return tuple(keys)

    def _key(self) -> str:
        quoted = self.looking_at('"') or self.looking_at("'")
        raw = self.skip(_TEXT if quoted else _BARE)
        self.skip(_SPACE)
        return str(tomllib.loads(f"key = {raw}")["key"]) if quoted else raw

    def _pair(self, table: Path) -> None:
        path = table
        line_start = self.at
        keys = self._keys()
        after, self.at = self.at, line_start
        for key in keys:
            path += (key,)
            self.note(path)
        self.at = after + 1
        self.skip(_SPACE)
        self._value(path)
        self.skip(_SPACE)

    def _value(self, path: Path) -> None:
        if self.looking_at("["):
            self._items(path)
        elif self.looking_at("{"):
            self._inline(path)
        elif self.looking_at('"') or self.looking_at("'"):
            self.skip(_TEXT)
        else:
            self.skip(_SCALAR)

    def _items(self, path: Path) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip(_BETWEEN)
            if self.looking_at("]"):
                break
            self.note((*path, index))
            self._value((*path, index))
            index += 1
            self.skip(_BETWEEN)
            if self.looking_at(","):
                self.at += 1
        self.at += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while True:
            self.skip(_BETWEEN)
            if self.looking_at("}"):
                break
            self._pair(path)
            self.skip(_BETWEEN)
            if self.looking_at(","):
                self.at += 1
        self.at += 1


class _Json(_Scanner):
    def value(self, path: Path) -> None:
        self.skip(_JSON_SPACE)
        self.note(path)
        if self.looking_at("{"):
            self._members(path)
        elif self.looking_at("["):
            self._items(path)
        elif self.looking_at('"'):
            self.skip(_JSON_TEXT)
        else:
            self.skip(_JSON_SCALAR)
        self.skip(_JSON_SPACE)

    def _members(self, path: Path) -> None:
        self.at += 1
        self.skip(_JSON_SPACE)
        while not self.looking_at("}"):
            line = self.line()
            key = str(json.loads(self.skip(_JSON_TEXT)))
            self.found[*path, key] = line
            self.skip(_JSON_SPACE)
            self.at += 1
            self.value((*path, key))
            if self.looking_at(","):
                self.at += 1
                self.skip(_JSON_SPACE)
        self.at += 1

    def _items(self, path: Path) -> None:
        self.at += 1
        self.skip(_JSON_SPACE)
        index = 0
        while not self.looking_at("]"):
            self.value((*path, index))
            index += 1
            if self.looking_at(","):
                self.at += 1
        self.at += 1

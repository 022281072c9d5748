"""Reading a seed file: TOML, checked against the table of keys, secrets taken from where they are.

A value that is wrong is never quoted where it could be a secret.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from entrada.local.seeding.lines import Lines
from entrada.local.seeding.names import check_names
from entrada.local.seeding.schema import KINDS, SECTIONS, Key
from entrada.local.seeding.seed import Entry, Seed, SeedError


def read_seed(path: Path, env: Mapping[str, str]) -> Seed:
    """Read a seed file; ``env:`` secrets come from ``env``, paths are relative to the file.

    Raises :class:`SeedError`, and ``OSError`` where the file itself cannot be read.
    """
    try:
        text = path.read_bytes().decode()
        content = tomllib.loads(text)
    except UnicodeDecodeError:
        raise SeedError(str(path), 1, "it is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise SeedError(str(path), _line_of(error), f"it is not TOML: {error}") from None
    reader = _Reader(path, env, Lines(text))
    seed = Seed(str(path), tuple(reader.entries(content)))
    check_names(seed, reader.lines)
    return seed


def _line_of(error: tomllib.TOMLDecodeError) -> int:
    number = str(error).partition("at line ")[2].partition(",")[0]
    return int(number) if number.isdecimal() else 1


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value stands: a section's entry, counted from 0."""

    section: str
    index: int


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    env: Mapping[str, str]
    lines: Lines

    def entries(self, content: Mapping[str, Any]) -> Iterator[Entry]:
        for section, tables in content.items():
            line = self.lines.section(section)
            if section not in SECTIONS:
                raise self._error(line, _unknown("section", section, SECTIONS))
            if not KINDS["tables"].fits(tables):
                raise self._error(line, f"{section} is a list of tables: write [[{section}]]")
            for index, table in enumerate(tables):
                place = _Place(section, index)
                values = self._table(place, f"[[{section}]]", SECTIONS[section], table)
                yield Entry(section, self.lines.entry(section, index), values)

    def _table(
        self, place: _Place, what: str, keys: Iterable[Key], table: Mapping[str, Any]
    ) -> dict[str, Any]:
        known = {key.name: key for key in keys}
        for name in table:
            if name not in known:
                line = self.lines.key(place.section, place.index, name)
                raise self._error(line, f"in {what}: {_unknown('key', name, known)}")
        for key in known.values():
            if key.required and key.name not in table:
                line = self.lines.entry(place.section, place.index)
                raise self._error(line, f"{what} needs the key {key.name}: {key.meaning}")
        return {name: self._value(place, known[name], value) for name, value in table.items()}

    def _value(self, place: _Place, key: Key, value: Any) -> Any:
        line = self.lines.key(place.section, place.index, key.name)
        expected = KINDS[key.kind]
        if not expected.fits(value):
            raise self._error(line, f"{key.name} is to be {expected.text}")
        if key.kind == "secret":
            return self._secret(line, key.name, value)
        if key.kind == "secrets":
            return {name: self._secret(line, name, each) for name, each in value.items()}
        if key.kind == "files":
            return [self._file(line, key.name, each) for each in value]
        if key.kind == "tables":
            return [self._table(place, key.name, key.keys, each) for each in value]
        return value

    def _secret(self, line: int, name: str, reference: str) -> str:
        kind, _, where = reference.partition(":")
        if reference == "generate":
            return ""
        if kind == "env" and where:
            secret = self.env.get(where, "")
            if not secret:
                raise self._error(line, f"{name}: the variable {where} is not set")
            return secret
        if kind == "file" and where:
            secret = self._file(line, name, where).rstrip("\r\n")
            if not secret:
                raise self._error(line, f"{name}: {where} is empty")
            return secret
        expected = KINDS["secret"].text
        raise self._error(line, f"{name} is to be {expected}: a secret does not stand in the file")

    def _file(self, line: int, name: str, where: str) -> str:
        try:
            return (self.path.parent / Path(where).expanduser()).read_bytes().decode()
        except (OSError, UnicodeDecodeError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise self._error(line, f"{name}: {where} cannot be read: {reason}") from None

    def _error(self, line: int, message: str) -> SeedError:
        return SeedError(str(self.path), line, message)


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name, names, 1)
    guess = f'; did you mean "{near[0]}"?' if near else "."
    return f'there is no {what} "{name}"{guess} Accepted: {", ".join(names)}.'

"""A seed: what a file wants to be there, read, checked and with its secrets resolved.

Knows no cloud. It goes into a cloud's state as a document, so a reset can apply it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class SeedError(Exception):
    """A seed file says something that cannot be done; ``line`` is 1 where no line is to blame."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}, line {line}: {message}")
        self.file = file
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Entry:
    """One table of a section. A secret is its text, or ``""`` where it is to be generated."""

    section: str
    line: int
    values: Mapping[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The entry's name; ``""`` for a role assignment."""
        return str(self.values.get("name", ""))

    def text(self, key: str, default: str = "") -> str:
        """Return a text."""
        return str(self.values.get(key, default))

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return a flag."""
        return bool(self.values.get(key, default))

    def texts(self, key: str) -> Sequence[str]:
        """Return a list of texts, empty where there is none."""
        found: Sequence[str] = self.values.get(key, ())
        return found

    def tables(self, key: str) -> Sequence[Mapping[str, Any]]:
        """Return a list of tables, empty where there is none."""
        found: Sequence[Mapping[str, Any]] = self.values.get(key, ())
        return found


@dataclass(frozen=True, slots=True)
class Seed:
    """All entries of a file, in its order; they are as secret as the secrets in them."""

    file: str
    entries: tuple[Entry, ...] = field(repr=False)

    def of(self, section: str) -> Iterator[Entry]:
        """Yield the entries of a section."""
        return (entry for entry in self.entries if entry.section == section)

    def document(self) -> dict[str, Any]:
        """Return the seed as JSON-safe data."""
        entries = [[each.section, each.line, dict(each.values)] for each in self.entries]
        return {"file": self.file, "entries": entries}

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Seed:
        """Return the seed that a document was made of."""
        return cls(document["file"], tuple(Entry(*each) for each in document["entries"]))

"""On which line of a TOML text an entry or a key stands, for errors that name it.

The standard library's parser keeps no positions, so the text is searched for headers and keys.
Where nothing is found the answer is the nearest line above it.
"""

from __future__ import annotations

import re

_HEADER = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")


class Lines:
    """The lines of one text."""

    def __init__(self, text: str) -> None:
        self._lines = text.splitlines()

    def section(self, name: str) -> int:
        """Return the line where a section first occurs, or 1."""
        return self.entry(name, 0)

    def entry(self, section: str, index: int) -> int:
        """Return the line of a section's entry, counted from 0: its header, or its ``{``."""
        headers = [number for number, name in self._headers() if name == section]
        if index < len(headers):
            return headers[index]
        return self._find(section, 1, len(self._lines)) or 1

    def key(self, section: str, index: int, name: str) -> int:
        """Return the line of a key in a section's entry."""
        start = self.entry(section, index)
        return self._find(name, start, self._end(section, start)) or start

    def _end(self, section: str, start: int) -> int:
        for number, name in self._headers():
            if number > start and not name.startswith(f"{section}."):
                return number - 1
        return len(self._lines)

    def _find(self, name: str, first: int, last: int) -> int | None:
        key = rf"""["']?{re.escape(name)}["']?\s*"""
        forms = (rf"^\s*{key}[.=]", rf"^\s*\[+[^\]]*\.{key}\]", rf"[{{,]\s*{key}[.=]")
        for form in forms:
            for number in range(first, last + 1):
                if re.search(form, self._lines[number - 1]):
                    return number
        return None

    def _headers(self) -> list[tuple[int, str]]:
        found = ((number, _HEADER.fullmatch(line)) for number, line in enumerate(self._lines, 1))
        return [(number, match[1].strip("\"'")) for number, match in found if match]

"""On which line of a seed file an entry or a key stands, for errors that name it."""

from __future__ import annotations

from entrada._config.positions import Path, toml_positions


class Lines:
    """The lines of one text, which is valid TOML."""

    def __init__(self, text: str) -> None:
        self._found = toml_positions(text)

    def section(self, name: str) -> int:
        """Return the line where a section first occurs, or 1."""
        return self._found.get((name,), 1)

    def entry(self, section: str, index: int) -> int:
        """Return the line of a section's entry, counted from 0: its header, or its ``{``."""
        return self._found.get((section, index)) or self.section(section)

    def key(self, section: str, index: int, name: str) -> int:
        """Return the line of a key in a section's entry, or in a table inside of it."""
        entry: Path = (section, index)
        inside = (path for path in self._found if path[:2] == entry and path[-1] == name)
        nearest = min(inside, key=len, default=entry)
        return self._found.get(nearest) or self.entry(section, index)

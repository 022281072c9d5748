"""The tables of docs/clients.md, made of the code's own; ``python page_tables.py`` prints them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from entrada.clients.kinds import KINDS
from entrada.clients.options import TABLES
from entrada.clients.sources import SOURCES, Source


def sources() -> Iterator[str]:
    """Yield a row for each credential source."""
    for source in SOURCES:
        yield f"| `{source.name}` | {source.meaning} | {_keys(source)} |"


def kinds() -> Iterator[str]:
    """Yield a row for each short name of a class."""
    for name, kind in KINDS.items():
        yield f"| `{name}` | `{kind.dotted}` | `{kind.package}` |"


def options() -> Iterator[str]:
    """Yield a row for each of .NET's client options."""
    for table, rows in TABLES.items():
        for option in rows:
            storage = "" if option.storage == option.keyword else f"; storage: {_storage(option)}"
            here = (
                f"`{option.keyword}`{storage}" if option.keyword else f"not supported: {option.why}"
            )
            yield f"| `{table}.{option.name}` | {here} |"


def _storage(option: object) -> str:
    name = getattr(option, "storage", None)
    return f"`{name}`" if name else "not supported"


def _keys(source: Source) -> str:
    if source.name in ("auto", "default"):
        return "see below"
    needed = [f"**`{name}`**" for name in source.required]
    others = [f"`{key.name}`" for key in source.keys if key.name not in source.required]
    return ", ".join([*needed, *others])


if __name__ == "__main__":
    for rows in (sources, kinds, options):
        sys.stdout.write("\n".join(rows()) + "\n\n")

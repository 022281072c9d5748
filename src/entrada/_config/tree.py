"""The tree of a configuration: sections and leaves, each of which knows where it was written.

Names match whatever their case and whether words are joined by ``_``, ``-`` or nothing, so one
tree takes ``account_url``, ``accountUrl`` and ``ACCOUNT-URL`` for the same key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeAlias

ENVIRONMENT = "the environment"


class Origin(NamedTuple):
    """Where something is written: a file and a line of it, or a variable, or a mapping's key."""

    source: str
    line: int | None = None
    key: str = ""
    is_file: bool = False

    def __str__(self) -> str:
        if self.line is not None:
            return f"{self.source}, line {self.line}"
        if self.source == ENVIRONMENT:
            return f"the variable {self.key}"
        return f"{self.source}, {self.key}" if self.key else self.source


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value: a text, number, flag, list or ``None``. A list's tables are sections."""

    name: str
    value: Any = field(repr=False)
    origin: Origin


@dataclass(frozen=True, slots=True)
class Section:
    """A table: nodes by their normalised names. ``path`` is how it is called in errors."""

    name: str
    path: str
    nodes: Mapping[str, Node] = field(repr=False)
    origin: Origin

    def get(self, name: str) -> Node | None:
        """Return the node of a name, however it is spelt."""
        return self.nodes.get(normal(name))

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())


Node: TypeAlias = Leaf | Section


class Mistake(Exception):
    """Something in a configuration is wrong; ``nearest`` is the right name where one is near."""

    def __init__(
        self,
        origin: Origin,
        message: str,
        *,
        key: str = "",
        nearest: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(f"{origin}: {message}")
        self.origin = origin
        self.message = message
        self.key = key
        self.nearest = nearest
        self.hint = hint


def normal(name: str) -> str:
    """Return a name without what does not matter in it."""
    return name.replace("_", "").replace("-", "").lower()


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that a misspelt one probably means."""
    by_normal = {normal(each): each for each in known}
    # Above difflib's own measure, which takes client_id for tenant_id.
    found = get_close_matches(normal(name), by_normal, 1, 0.7)
    return by_normal[found[0]] if found else None


def unknown(
    origin: Origin, what: str, name: str, known: Iterable[str], *, where: str = ""
) -> Mistake:
    """Return the mistake of a name that there is not."""
    names = list(known)
    near = nearest(name, names)
    guess = f'; did you mean "{near}"?' if near else "."
    place = f"in {where}: " if where else ""
    message = f'{place}there is no {what} "{name}"{guess} Accepted: {", ".join(names)}.'
    return Mistake(origin, message, key=name, nearest=near)


def merge(base: Section, over: Section, *, replaced_by: frozenset[str] = frozenset()) -> Section:
    """Lay one section over another. One that has a key of ``replaced_by`` takes the place whole."""
    if replaced_by & set(over.nodes):
        return over
    nodes = dict(base.nodes)
    for key, node in over.nodes.items():
        below = nodes.get(key)
        if isinstance(below, Section) and isinstance(node, Section):
            nodes[key] = merge(below, node, replaced_by=replaced_by)
        else:
            nodes[key] = node
    return Section(base.name, base.path, nodes, base.origin)


def without(section: Section, *names: str) -> Section:
    """Return a section without some of its nodes."""
    dropped = {normal(name) for name in names}
    nodes = {key: node for key, node in section.nodes.items() if key not in dropped}
    return Section(section.name, section.path, nodes, section.origin)


def empty(source: str, path: str = "") -> Section:
    """Return a section with nothing in it."""
    return Section("", path, {}, Origin(source))

"""``$filter``: the expressions of OData that Microsoft Graph's directory objects take.

A parsed expression is a tree of frozen nodes, each of which says whether a JSON object matches.
Strings compare without regard to case, as the directory does.
https://learn.microsoft.com/graph/filter-query-parameter
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias

Value: TypeAlias = str | bool | int | float | None
Names: TypeAlias = Mapping[str, Any]

ADVANCED_OPERATORS: Final = frozenset({"ne", "not", "endswith"})
"""What Graph answers from its index only, which a client asks for by a header."""


class Node(Protocol):
    """One part of an expression; ``names`` are an object's properties and lambda variables."""

    def matches(self, names: Names) -> bool:
        """Say whether an object fits."""
        ...

    def operators(self) -> Iterator[str]:
        """Yield the names of all operators used, this node's first."""
        ...

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Yield the property paths that are read, without those of lambda variables."""
        ...


@dataclass(frozen=True, slots=True)
class Compare:
    """``path operator literal``, or a function of both, like ``startswith(path,literal)``."""

    path: tuple[str, ...]
    operator: str
    value: Value

    def matches(self, names: Names) -> bool:
        """Say whether an object fits."""
        return _COMPARISONS[self.operator](read(names, self.path), self.value)

    def operators(self) -> Iterator[str]:
        """Yield the operator."""
        yield self.operator

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Yield the path."""
        yield self.path


@dataclass(frozen=True, slots=True)
class OneOf:
    """``path in ('a','b')``."""

    path: tuple[str, ...]
    values: tuple[Value, ...]

    def matches(self, names: Names) -> bool:
        """Say whether an object fits."""
        found = read(names, self.path)
        return any(_equal(found, value) for value in self.values)

    def operators(self) -> Iterator[str]:
        """Yield the operator."""
        yield "in"

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Yield the path."""
        yield self.path


@dataclass(frozen=True, slots=True)
class Every:
    """``a and b``."""

    left: Node
    right: Node

    def matches(self, names: Names) -> bool:
        """Say whether an object fits."""
        return self.left.matches(names) and self.right.matches(names)

    def operators(self) -> Iterator[str]:
        """Yield this operator and those of both sides."""
        yield "and"
        yield from self.left.operators()
        yield from self.right.operators()

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Yield the paths of both sides."""
        yield from self.left.paths()
        yield from self.right.paths()


@dataclass(frozen=True, slots=True)
class Either:
    """``a or b``."""

    left: Node
    right: Node

    def matches(self, names: Names) -> bool:
        """Say whether an object fits."""
        return self.left.matches(names) or self.right.matches(names)

    def operators(self) -> Iterator[str]:
        """Yield this operator and those of both sides."""
        yield "or"
        yield from self.left.operators()
        yield from self.right.operators()

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Yield the paths of both sides."""
        yield from self.left.paths()
        yield from self.right.paths()


@dataclass(frozen=True, slots=True)
class Not:
    """``not a``."""

    inner: Node

    def matches(self, names: Names) -> bool:
        """Say whether an object fits."""
        return not self.inner.matches(names)

    def operators(self) -> Iterator[str]:
        """Yield this operator and those within."""
        yield "not"
        yield from self.inner.operators()

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Yield the paths within."""
        yield from self.inner.paths()


@dataclass(frozen=True, slots=True)
class Lambda:
    """``path/any(x:...)`` or ``path/all(x:...)``; ``any()`` says that there are some."""

    path: tuple[str, ...]
    operator: str
    variable: str = ""
    inner: Node | None = None

    def matches(self, names: Names) -> bool:
        """Say whether an object fits."""
        found = read(names, self.path)
        items: list[Any] = found if isinstance(found, list) else []
        if self.inner is None:
            return bool(items)
        results = (self.inner.matches({**names, self.variable: item}) for item in items)
        return any(results) if self.operator == "any" else all(results)

    def operators(self) -> Iterator[str]:
        """Yield this operator and those within."""
        yield self.operator
        if self.inner is not None:
            yield from self.inner.operators()

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Yield the paths read of the object itself."""
        yield self.path
        if self.inner is not None:
            yield from (path for path in self.inner.paths() if path[0] != self.variable)


def read(names: Names, path: tuple[str, ...]) -> Any:
    """Return what stands at a path; ``None`` where there is nothing. ``$count`` is a length."""
    found: Any = names
    for name in path:
        if name == "$count":
            return len(found) if isinstance(found, list) else 0
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def is_advanced(node: Node) -> bool:
    """Say whether an expression needs Graph's advanced queries."""
    if any(path[-1] == "$count" for path in node.paths()):
        return True
    return not ADVANCED_OPERATORS.isdisjoint(node.operators())


def _equal(found: Any, value: Value) -> bool:
    if isinstance(found, str) and isinstance(value, str):
        return found.casefold() == value.casefold()
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    return bool(found == value)


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Value], bool]:
    def compare(found: Any, value: Value) -> bool:
        if isinstance(found, str) and isinstance(value, str):
            return test(found.casefold(), value.casefold())
        numbers = (int, float)
        if isinstance(found, bool) or isinstance(value, bool):
            return False
        return isinstance(found, numbers) and isinstance(value, numbers) and test(found, value)

    return compare


def _text(test: Callable[[str, str], bool]) -> Callable[[Any, Value], bool]:
    def compare(found: Any, value: Value) -> bool:
        both = isinstance(found, str) and isinstance(value, str)
        return both and test(str(found).casefold(), str(value).casefold())

    return compare


_COMPARISONS: Mapping[str, Callable[[Any, Value], bool]] = {
    "eq": _equal,
    "ne": lambda found, value: not _equal(found, value),
    "gt": _ordered(lambda found, value: found > value),
    "ge": _ordered(lambda found, value: found >= value),
    "lt": _ordered(lambda found, value: found < value),
    "le": _ordered(lambda found, value: found <= value),
    "startswith": _text(str.startswith),
    "endswith": _text(str.endswith),
    "contains": _text(str.__contains__),
}

"""What a query is made of. Knows neither text nor documents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Source: TypeAlias = Literal["devices", "devices.modules", "devices.jobs"]
SOURCES: tuple[Source, ...] = ("devices", "devices.modules", "devices.jobs")


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text, truth value, ``null`` or ``undefined``."""

    value: Any


@dataclass(frozen=True, slots=True)
class Path:
    """A property of the document, such as ``properties.reported.battery``."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Array:
    """A list of values."""

    members: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A function by its name in upper case without underscores."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Negative:
    """A number with a minus before it."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions joined by AND, or by OR."""

    word: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two values and one of ``= != < <= > >= IN NIN``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A value and what is done to it from left to right, of the same precedence."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """COUNT, or AVG, SUM, MIN or MAX of a property over the documents of a group."""

    name: str
    of: Path | None


Expression: TypeAlias = (
    Constant | Path | Array | Call | Not | Negative | Junction | Comparison | Arithmetic
)


@dataclass(frozen=True, slots=True)
class Column:
    """A value that is selected, and its name in the result."""

    value: Expression | Aggregate
    name: str


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query; no ``columns`` stand for ``*``, no ``top`` for as many as there are."""

    source: Source
    columns: tuple[Column, ...] = ()
    where: Expression | None = None
    group_by: tuple[Path, ...] = ()
    top: int | None = None

    @property
    def grouped(self) -> bool:
        """Whether a result stands for many documents."""
        aggregates = any(isinstance(column.value, Aggregate) for column in self.columns)
        return bool(self.group_by) or aggregates

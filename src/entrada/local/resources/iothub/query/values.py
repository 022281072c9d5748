"""What an expression comes to for one document. Knows no text of queries.

A property that is not there is ``UNDEFINED``; whatever is done with it comes to the same, so a
condition that is neither true nor false selects nothing. Values of different types are unequal.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from entrada.local.resources.iothub.query.tree import (
    Arithmetic,
    Array,
    Call,
    Comparison,
    Constant,
    Expression,
    Junction,
    Negative,
    Not,
    Path,
)


class Undefined(Enum):
    """The value of what is not there."""

    UNDEFINED = "undefined"


UNDEFINED: Final = Undefined.UNDEFINED


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the language, how it is written, and how many arguments it takes."""

    written: str
    arity: int
    run: Callable[..., Any]


def matches(where: Expression | None, document: Mapping[str, Any]) -> bool:
    """Say whether a document is selected by a condition, or by none."""
    return where is None or value(where, document) is True


def value(node: Expression, document: Mapping[str, Any]) -> Any:
    """Return what an expression comes to."""
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Path):
        return found(node.names, document)
    if isinstance(node, Array):
        return [value(member, document) for member in node.members]
    if isinstance(node, Call):
        return FUNCTIONS[node.name].run(*(value(each, document) for each in node.arguments))
    return _operated(node, document)


def _operated(
    node: Not | Negative | Junction | Comparison | Arithmetic, document: Mapping[str, Any]
) -> Any:
    if isinstance(node, Not):
        return _not(value(node.operand, document))
    if isinstance(node, Negative):
        number = value(node.operand, document)
        return -number if _is_number(number) else UNDEFINED
    if isinstance(node, Junction):
        return _junction(node.word, [value(each, document) for each in node.operands])
    if isinstance(node, Comparison):
        return _compared(node.operator, value(node.left, document), value(node.right, document))
    result = value(node.first, document)
    for name, operand in node.rest:
        result = _calculated(name, result, value(operand, document))
    return result


def found(names: Sequence[str], document: Mapping[str, Any]) -> Any:
    """Return the property at a path, ``UNDEFINED`` where it is not there."""
    here: Any = document
    for name in names:
        if not isinstance(here, Mapping) or name not in here:
            return UNDEFINED
        here = here[name]
    return here


def same(left: Any, right: Any) -> bool:
    """Say whether two values are equal: numbers as such, truth values never numbers."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    return bool(left == right)


def _not(condition: Any) -> Any:
    return not condition if isinstance(condition, bool) else UNDEFINED


def _junction(word: str, conditions: list[Any]) -> Any:
    decisive = word == "OR"
    if any(condition is decisive for condition in conditions):
        return decisive
    if all(condition is (not decisive) for condition in conditions):
        return not decisive
    return UNDEFINED


def _compared(name: str, left: Any, right: Any) -> Any:
    if left is UNDEFINED or right is UNDEFINED:
        return UNDEFINED
    if name in ("=", "!="):
        return same(left, right) == (name == "=")
    if name in ("IN", "NIN"):
        return any(same(left, member) for member in right) == (name == "IN")
    both_numbers = _is_number(left) and _is_number(right)
    if both_numbers or (isinstance(left, str) and isinstance(right, str)):
        return _ORDER[name](left, right)
    return UNDEFINED


def _calculated(name: str, left: Any, right: Any) -> Any:
    if not (_is_number(left) and _is_number(right)):
        return UNDEFINED
    if name in ("/", "%") and right == 0:
        return UNDEFINED
    try:
        return _ARITHMETIC[name](left, right)
    except OverflowError:
        return UNDEFINED


def _is_number(thing: Any) -> bool:
    return isinstance(thing, int | float) and not isinstance(thing, bool)


def _is_primitive(thing: Any) -> bool:
    return thing is None or isinstance(thing, str | int | float | bool)


def _is_a(*types: type) -> Callable[[Any], bool]:
    def run(thing: Any) -> bool:
        return isinstance(thing, types)

    return run


def _is_defined(thing: Any) -> bool:
    return thing is not UNDEFINED


def _is_null(thing: Any) -> bool:
    return thing is None


def _texts(test: Callable[[str, str], bool]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        both = isinstance(left, str) and isinstance(right, str)
        return test(left, right) if both else UNDEFINED

    return run


_ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
}
_FUNCTIONS: Final = (
    Function("IS_DEFINED", 1, _is_defined),
    Function("IS_NULL", 1, _is_null),
    Function("IS_BOOL", 1, _is_a(bool)),
    Function("IS_NUMBER", 1, _is_number),
    Function("IS_STRING", 1, _is_a(str)),
    Function("IS_ARRAY", 1, _is_a(list)),
    Function("IS_OBJECT", 1, _is_a(dict)),
    Function("IS_PRIMITIVE", 1, _is_primitive),
    Function("STARTS_WITH", 2, _texts(str.startswith)),
    Function("ENDS_WITH", 2, _texts(str.endswith)),
    Function("CONTAINS", 2, _texts(str.__contains__)),
)
FUNCTIONS: Final = {row.written.replace("_", ""): row for row in _FUNCTIONS}

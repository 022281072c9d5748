"""Reads the text of a ``$filter`` into the nodes of ``filters``.

The grammar is OData's, as far as Graph's directory objects take it::

    either     = every ("or" every)*
    every      = unary ("and" unary)*
    unary      = "not" unary | "(" either ")" | function | lambda | comparison
    comparison = path ("eq" | "ne" | "gt" | "ge" | "lt" | "le") literal | path "in" "(" literals ")"
    function   = ("startswith" | "endswith" | "contains") "(" path "," literal ")"
    lambda     = path "/" ("any" | "all") "(" [name ":" either] ")"
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from entrada.local.graph.filters import Compare, Either, Every, Lambda, Node, Not, OneOf, Value

DEEPEST: Final = 40
"""How many parentheses, ``not`` and lambdas may stand in one another."""

_FUNCTIONS = ("startswith", "endswith", "contains")
_OPERATORS = ("eq", "ne", "gt", "ge", "lt", "le")
_CONSTANTS: dict[str, Value] = {"true": True, "false": False, "null": None}
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<bare>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])"
    r"|\d{4}-\d\d-\d\d(?:T[0-9:.]+(?:Z|[+-]\d\d:\d\d))?(?![\w-]))"
    r"|(?P<number>-?\d+(?:\.\d+)?(?![\w.-]))"
    r"|(?P<name>[A-Za-z_@$][\w.@]*)"
    r"|(?P<sign>[(),:/]))",
    re.IGNORECASE,
)


class InvalidFilter(ValueError):
    """A text that is no filter expression; ``str`` says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


def parse(text: str) -> Node:
    """Read an expression; raise :class:`InvalidFilter`."""
    reader = _Reader(_tokens(text))
    node = reader.either()
    reader.end()
    return node


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise InvalidFilter(f"there is a syntax error at position {position} in '{text}'")
        found.append(_Token(match.lastgroup, match[match.lastgroup], position))
        position = match.end()
    return [*found, _Token("end", "the end", end)]


@dataclass(slots=True)
class _Reader:
    tokens: list[_Token]
    index: int = 0
    depth: int = 0

    def either(self) -> Node:
        node = self.every()
        while self._take("name", "or"):
            node = Either(node, self.every())
        return node

    def every(self) -> Node:
        node = self.unary()
        while self._take("name", "and"):
            node = Every(node, self.unary())
        return node

    def unary(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise InvalidFilter(f"the expression is nested more than {DEEPEST} deep")
        node = self._unary()
        self.depth -= 1
        return node

    def end(self) -> None:
        if self._next.kind != "end":
            raise self._unexpected("the end")

    def _unary(self) -> Node:
        if self._take("name", "not"):
            return Not(self.unary())
        if self._take("sign", "("):
            node = self.either()
            self._expect(")")
            return node
        for name in _FUNCTIONS:
            if self._next.text.lower() == name and self._after.text == "(":
                self.index += 2
                return self._function(name)
        return self._comparison()

    def _function(self, name: str) -> Node:
        path = self._path()
        self._expect(",")
        node = Compare(path, name, self._literal())
        self._expect(")")
        return node

    def _comparison(self) -> Node:
        path = self._path()
        if path[-1] in ("any", "all") and len(path) > 1 and self._take("sign", "("):
            return self._lambda(path[:-1], path[-1])
        if self._take("name", "in"):
            return OneOf(path, self._literals())
        for operator in _OPERATORS:
            if self._take("name", operator):
                return Compare(path, operator, self._literal())
        raise self._unexpected("an operator")

    def _lambda(self, path: tuple[str, ...], operator: str) -> Node:
        if operator == "any" and self._take("sign", ")"):
            return Lambda(path, operator)
        variable = self._name()
        self._expect(":")
        node = Lambda(path, operator, variable, self.either())
        self._expect(")")
        return node

    def _literals(self) -> tuple[Value, ...]:
        self._expect("(")
        found = [self._literal()]
        while self._take("sign", ","):
            found.append(self._literal())
        self._expect(")")
        return tuple(found)

    def _literal(self) -> Value:
        token = self._next
        self.index += 1
        if token.kind == "text":
            return token.text[1:-1].replace("''", "'")
        if token.kind == "bare":
            return token.text
        if token.kind == "number":
            return float(token.text) if "." in token.text else int(token.text)
        if token.kind == "name" and token.text in _CONSTANTS:
            return _CONSTANTS[token.text]
        self.index -= 1
        raise self._unexpected("a value")

    def _path(self) -> tuple[str, ...]:
        names = [self._name()]
        while self._take("sign", "/"):
            names.append(self._name())
        return tuple(names)

    def _name(self) -> str:
        if self._next.kind != "name":
            raise self._unexpected("a property")
        self.index += 1
        return self.tokens[self.index - 1].text

    def _expect(self, sign: str) -> None:
        if not self._take("sign", sign):
            raise self._unexpected(f"'{sign}'")

    def _take(self, kind: str, text: str) -> bool:
        found = (self._next.kind, self._next.text) == (kind, text)
        self.index += found
        return found

    def _unexpected(self, wanted: str) -> InvalidFilter:
        token = self._next
        return InvalidFilter(f"{wanted} is expected at position {token.position}, not {token.text}")

    @property
    def _next(self) -> _Token:
        return self.tokens[self.index]

    @property
    def _after(self) -> _Token:
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

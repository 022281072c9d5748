"""The grammar of conditions and values: recursive descent over tokens. Knows no documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from entrada.local.resources.iothub.query.lexer import QueryError, Token, tokens
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
from entrada.local.resources.iothub.query.values import FUNCTIONS, UNDEFINED

_DEEPEST: Final = 60
_CONSTANTS: Final = {"NULL": None, "TRUE": True, "FALSE": False, "UNDEFINED": UNDEFINED}
_COMPARISONS: Final = ("=", "!=", "<>", "<", "<=", ">", ">=")
RESERVED: Final = frozenset(
    {"AND", "AS", "BY", "FROM", "GROUP", "IN", "NIN", "NOT", "OR", "ORDER", "SELECT", "WHERE"}
)


class Expressions:
    """Reads expressions from tokens, one after the other."""

    def __init__(self, text: str) -> None:
        self._tokens = tokens(text)
        self._place = 0
        self._depth = 0
        self._prefix = self._source_prefix()

    @property
    def here(self) -> Token:
        """The next token."""
        return self._tokens[self._place]

    def take(self) -> Token:
        """Return the next token and go past it."""
        token = self.here
        self._place += token.kind != "end"
        return token

    def word(self, word: str) -> bool:
        """Go past a keyword if it is next; say whether it was."""
        found = self.here.is_word(word)
        self._place += found
        return found

    def symbol(self, symbol: str) -> bool:
        """Go past a symbol if it is next; say whether it was."""
        found = self.here.is_symbol(symbol)
        self._place += found
        return found

    def expect(self, symbol: str) -> None:
        """Go past a symbol that has to be next."""
        if not self.symbol(symbol):
            raise self.unexpected(repr(symbol))

    def unexpected(self, wanted: str) -> QueryError:
        """Build the error for a token that is not what has to be next."""
        return QueryError(f"{self.here} where {wanted} is expected", self.here.position)

    def condition(self) -> Expression:
        """Read conditions joined by OR."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise QueryError(f"nested deeper than {_DEEPEST} levels", self.here.position)
        found = self._joined("OR", lambda: self._joined("AND", self._negation))
        self._depth -= 1
        return found

    def path(self) -> Path:
        """Read a property's path."""
        names = [self._segment()]
        while True:
            if self.symbol("."):
                names.append(self._segment())
            elif self.here.is_symbol("[") and self._tokens[self._place + 1].kind == "string":
                self.take()
                names.append(self.take().value)
                self.expect("]")
            else:
                return self._unprefixed(tuple(names))

    def _source_prefix(self) -> tuple[str, ...]:
        """Return the names by which properties may say whose they are, as ``devices.jobs``."""
        words = [token.text.lower() for token in self._tokens]
        for start, token in enumerate(self._tokens):
            if token.is_word("FROM") and words[start + 2 : start + 3] == ["."]:
                return words[start + 1], words[start + 3]
        return ("devices",)

    def _unprefixed(self, names: tuple[str, ...]) -> Path:
        size = len(self._prefix)
        own = len(names) > size and tuple(name.lower() for name in names[:size]) == self._prefix
        return Path(names[size:] if own else names)

    def _segment(self) -> str:
        token = self.here
        if token.kind == "quoted":
            return str(self.take().value)
        if token.kind != "name":
            raise self.unexpected("a property's name")
        return self.take().text

    def _joined(self, word: str, part: Callable[[], Expression]) -> Expression:
        operands = [part()]
        while self.word(word):
            operands.append(part())
        return operands[0] if len(operands) == 1 else Junction(word, tuple(operands))

    def _negation(self) -> Expression:
        times = 0
        while self.word("NOT"):
            times += 1
        operand = self._comparison()
        if times == 0:
            return operand
        return Not(operand) if times % 2 else Not(Not(operand))

    def _comparison(self) -> Expression:
        left = self._sum()
        if self.here.is_symbol(*_COMPARISONS):
            operator = self.take().text
            return Comparison("!=" if operator == "<>" else operator, left, self._sum())
        for word in ("IN", "NIN"):
            if self.word(word):
                if not self.here.is_symbol("["):
                    raise self.unexpected("a list in [ ]")
                return Comparison(word, left, self._primary())
        return left

    def _sum(self) -> Expression:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/", "%"), self._signed))

    def _chain(self, symbols: tuple[str, ...], part: Callable[[], Expression]) -> Expression:
        first, rest = part(), []
        while self.here.is_symbol(*symbols):
            operator = self.take().text
            rest.append((operator, part()))
        return Arithmetic(first, tuple(rest)) if rest else first

    def _signed(self) -> Expression:
        if not self.symbol("-"):
            return self._primary()
        operand = self._primary()
        if isinstance(operand, Constant) and type(operand.value) in (int, float):
            return Constant(-operand.value)
        return Negative(operand)

    def _primary(self) -> Expression:
        token = self.here
        if token.kind in ("number", "string"):
            return Constant(self.take().value)
        if self.symbol("("):
            inner = self.condition()
            self.expect(")")
            return inner
        if self.symbol("["):
            return Array(self._list("]"))
        return self.path() if token.kind == "quoted" else self._named(token)

    def _named(self, token: Token) -> Expression:
        if token.kind != "name" or token.text.upper() in RESERVED:
            raise self.unexpected("a value")
        if token.text.upper() in _CONSTANTS:
            return Constant(_CONSTANTS[self.take().text.upper()])
        if self._tokens[self._place + 1].is_symbol("("):
            return self._call()
        return self.path()

    def _call(self) -> Expression:
        token = self.take()
        name = token.text.upper().replace("_", "")
        self.expect("(")
        if name not in FUNCTIONS:
            known = ", ".join(function.written for function in FUNCTIONS.values())
            raise QueryError(f"unknown function {token.text}, known are {known}", token.position)
        arguments = self._list(")")
        if len(arguments) != FUNCTIONS[name].arity:
            wanted = FUNCTIONS[name].arity
            reason = f"{token.text} takes {wanted} arguments, not {len(arguments)}"
            raise QueryError(reason, token.position)
        return Call(name, arguments)

    def _list(self, end: str) -> tuple[Expression, ...]:
        members: list[Expression] = []
        if not self.here.is_symbol(end):
            members.append(self.condition())
            while self.symbol(","):
                members.append(self.condition())
        self.expect(end)
        return tuple(members)

"""The grammar of whole queries: SELECT, FROM, WHERE, GROUP BY. Knows no documents."""

from __future__ import annotations

from typing import Final

from entrada.local.resources.iothub.query.expressions import RESERVED, Expressions
from entrada.local.resources.iothub.query.lexer import QueryError, Token
from entrada.local.resources.iothub.query.tree import (
    SOURCES,
    Aggregate,
    Column,
    Expression,
    Path,
    Query,
    Source,
)

_AGGREGATES: Final = ("COUNT", "AVG", "SUM", "MIN", "MAX")
_ABSENT: Final = {
    "ORDER": "IoT Hub has no ORDER BY: sort what the query returns",
    "JOIN": "IoT Hub has no JOIN",
    "HAVING": "IoT Hub has no HAVING: filter what the query returns",
}


def parse(text: str) -> Query:
    """Read a query; raise :class:`QueryError` where it is none."""
    return _Parser(text).query()


def parse_condition(text: str) -> Query:
    """Read what a job or configuration is for: a condition on devices, ``*``, or a query's tail.

    The tail, as in ``FROM devices.modules WHERE moduleId = 'heater'``, names what it is about.
    """
    parser = _Parser(text)
    if parser.symbol("*"):
        parser.end()
        return Query("devices")
    if parser.here.is_word("FROM"):
        return parser.tail(())
    where = parser.condition()
    parser.end()
    return Query("devices", where=where)


class _Parser(Expressions):
    """Reads a whole query."""

    def query(self) -> Query:
        if not self.word("SELECT"):
            raise self.unexpected("SELECT")
        top = self._top() if self.word("TOP") else None
        columns = () if self.symbol("*") else self._columns()
        return self.tail(columns, top)

    def tail(self, columns: tuple[Column, ...], top: int | None = None) -> Query:
        """Read from FROM to the end."""
        if not self.word("FROM"):
            raise self.unexpected("FROM")
        source = self._source()
        where = self.condition() if self.word("WHERE") else None
        group_by = self._group_by(columns)
        self.end()
        return Query(source, columns, where, group_by, top)

    def end(self) -> None:
        """Raise where anything is left."""
        token = self.here
        if token.kind == "end":
            return
        reason = _ABSENT.get(token.text.upper()) if token.kind == "name" else None
        raise QueryError(reason, token.position) if reason else self.unexpected("the query's end")

    def _top(self) -> int:
        token = self.take()
        if token.kind != "number" or not isinstance(token.value, int) or token.value < 1:
            raise QueryError(f"{token} where a whole number from 1 on is expected", token.position)
        return int(token.value)

    def _source(self) -> Source:
        token = self.here
        name = ".".join(self.path().names).lower()
        for source in SOURCES:
            if source == name:
                return source
        raise QueryError(f"FROM {name}: known are {', '.join(SOURCES)}", token.position)

    def _columns(self) -> tuple[Column, ...]:
        columns = [self._column(1)]
        while self.symbol(","):
            columns.append(self._column(len(columns) + 1))
        return tuple(columns)

    def _column(self, number: int) -> Column:
        value = self._selected()
        if not self.word("AS"):
            return Column(value, value.names[-1] if isinstance(value, Path) else f"${number}")
        token = self.take()
        if token.kind not in ("name", "quoted") or token.text.upper() in RESERVED:
            raise QueryError(f"{token} where a name is expected", token.position)
        return Column(value, str(token.value or token.text))

    def _selected(self) -> Expression | Aggregate:
        name = self.here
        if name.kind != "name" or name.text.upper() not in _AGGREGATES:
            return self.condition()
        self.take()
        if not self.symbol("("):
            raise self.unexpected("'('")
        return self._aggregate(name)

    def _aggregate(self, name: Token) -> Aggregate:
        word = name.text.upper()
        of = None
        if not self.here.is_symbol(")"):
            of = self.path()
        self.expect(")")
        if (word == "COUNT") != (of is None):
            wanted = "nothing" if word == "COUNT" else "one property"
            raise QueryError(f"{word} takes {wanted} in its parentheses", name.position)
        return Aggregate(word, of)

    def _group_by(self, columns: tuple[Column, ...]) -> tuple[Path, ...]:
        token = self.here
        paths: list[Path] = []
        if self.word("GROUP"):
            if not self.word("BY"):
                raise self.unexpected("BY")
            paths.append(self.path())
            while self.symbol(","):
                paths.append(self.path())
        if not paths and not any(isinstance(each.value, Aggregate) for each in columns):
            return ()
        if not columns:
            raise QueryError("SELECT * cannot be grouped", token.position)
        for column in columns:
            if not isinstance(column.value, Aggregate) and column.value not in paths:
                reason = f"{column.name} is selected, but neither counted nor in GROUP BY"
                raise QueryError(reason, token.position)
        return tuple(paths)

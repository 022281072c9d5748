"""A query over documents: those that match, projected or grouped. Knows no text of queries."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from statistics import fmean
from typing import Any, Final

from entrada.local.resources.iothub.query.tree import Aggregate, Query
from entrada.local.resources.iothub.query.values import UNDEFINED, found, matches, value
from entrada.local.state import Document


def run(query: Query, documents: Iterable[Mapping[str, Any]]) -> Iterator[Document]:
    """Yield what a query selects, in the order of the documents."""
    chosen = (document for document in documents if matches(query.where, document))
    rows = _groups(query, chosen) if query.grouped else (_row(query, each) for each in chosen)
    return islice(rows, query.top)


def _row(query: Query, document: Mapping[str, Any]) -> Document:
    if not query.columns:
        return dict(document)
    selected = {
        column.name: value(column.value, document)
        for column in query.columns
        if not isinstance(column.value, Aggregate)
    }
    return _defined(selected)


def _groups(query: Query, documents: Iterable[Mapping[str, Any]]) -> Iterator[Document]:
    groups: dict[str, list[Mapping[str, Any]]] = {} if query.group_by else {"": []}
    for document in documents:
        names = [found(path.names, document) for path in query.group_by]
        key = json.dumps([[] if name is UNDEFINED else [name] for name in names], sort_keys=True)
        groups.setdefault(key if query.group_by else "", []).append(document)
    for members in groups.values():
        selected: Document = {}
        for column in query.columns:
            if isinstance(column.value, Aggregate):
                selected[column.name] = _aggregated(column.value, members)
            else:
                selected[column.name] = value(column.value, members[0])
        yield _defined(selected)


def _aggregated(aggregate: Aggregate, members: list[Mapping[str, Any]]) -> Any:
    if aggregate.of is None:
        return len(members)
    numbers = [
        number
        for member in members
        if isinstance(number := found(aggregate.of.names, member), int | float)
        and not isinstance(number, bool)
    ]
    if not numbers:
        return UNDEFINED
    return _AGGREGATES[aggregate.name](numbers)


def _defined(selected: Document) -> Document:
    return {name: content for name, content in selected.items() if content is not UNDEFINED}


_AGGREGATES: Final[Mapping[str, Callable[[list[int | float]], int | float]]] = {
    "AVG": fmean,
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}

"""The parser of ``$filter``: what is written as text means what the tree means."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrada.local.graph.filter_parser import InvalidFilter, parse
from entrada.local.graph.filters import (
    Compare,
    Either,
    Every,
    Lambda,
    Node,
    Not,
    OneOf,
    Value,
    is_advanced,
)

_NAMES = st.sampled_from(["displayName", "id", "tags", "web", "or", "not_", "eq1", "x"])
_PATHS = st.lists(_NAMES.filter(lambda name: name != "or"), min_size=1, max_size=2).map(tuple)
_TEXTS = st.text(st.sampled_from("aAbß'() ,:/é"), max_size=4)
_VALUES: st.SearchStrategy[Value] = st.one_of(
    _TEXTS, st.booleans(), st.none(), st.integers(-3, 1000)
)
_OPERATORS = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])
_LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Compare, _PATHS, _OPERATORS, _VALUES),
    st.builds(Compare, _PATHS, st.sampled_from(["startswith", "endswith", "contains"]), _TEXTS),
    st.builds(OneOf, _PATHS, st.lists(_VALUES, min_size=1, max_size=3).map(tuple)),
    st.builds(lambda path: Lambda(path, "any"), _PATHS),
)
_NODES: st.SearchStrategy[Node] = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(Every, inner, inner),
        st.builds(Either, inner, inner),
        st.builds(Not, inner),
        st.builds(
            Lambda, _PATHS, st.sampled_from(["any", "all"]), st.sampled_from(["v", "w"]), inner
        ),
    ),
    max_leaves=8,
)
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-3, 1000), _TEXTS)
_OBJECTS = st.dictionaries(
    _NAMES, st.one_of(_SCALARS, st.lists(_SCALARS, max_size=3), st.dictionaries(_NAMES, _SCALARS))
)


def written(node: Node) -> str:
    """Write a node as a client would, with parentheses around all that has parts."""
    match node:
        case Compare(path, operator, value) if operator in ("startswith", "endswith", "contains"):
            return f"{operator}({'/'.join(path)},{literal(value)})"
        case Compare(path, operator, value):
            return f"{'/'.join(path)} {operator} {literal(value)}"
        case OneOf(path, values):
            return f"{'/'.join(path)} in ({', '.join(map(literal, values))})"
        case Every(left, right):
            return f"({written(left)}) and ({written(right)})"
        case Either(left, right):
            return f"({written(left)} or {written(right)})"
        case Not(inner):
            return f"not ({written(inner)})"
        case Lambda(path, operator, _, None):
            return f"{'/'.join(path)}/{operator}()"
        case Lambda(path, operator, variable, inner) if inner is not None:
            return f"{'/'.join(path)}/{operator}({variable}:{written(inner)})"
    raise AssertionError(node)


def literal(value: Value) -> str:
    """Write a value as OData does."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) if isinstance(value, int | float) else "'" + value.replace("'", "''") + "'"


@given(node=_NODES)
def test_what_is_written_is_read_as_the_same_tree(node: Node) -> None:
    assert parse(written(node)) == node


@given(left=_NODES, right=_NODES, found=_OBJECTS)
def test_connectives_are_those_of_logic(left: Node, right: Node, found: dict[str, Any]) -> None:
    one, two = left.matches(found), right.matches(found)
    first, second = f"({written(left)})", f"({written(right)})"
    assert parse(f"{first} and {second}").matches(found) == (one and two)
    assert parse(f"{first} or {second}").matches(found) == (one or two)
    assert parse(f"not {first}").matches(found) == (not one)
    assert parse(f"{first} or {second} and {first}").matches(found) == (one or (two and one))


@given(text=st.text(st.sampled_from("ab'()/:,. $eqnotandortrue1-"), max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text).matches({"a": ["b"], "b": None})
    except InvalidFilter as error:
        assert str(error)


@given(value=_TEXTS, other=_TEXTS)
def test_a_string_equals_itself_in_any_case(value: str, other: str) -> None:
    text = f"a eq {literal(value)}"
    assert parse(text).matches({"a": value.upper() if value.isascii() else value})
    assert parse(text).matches({"a": other}) == (value.casefold() == other.casefold())


@pytest.mark.parametrize(
    ("text", "found", "fits"),
    [
        ("a/any(x:x eq 'b')", {"a": ["a", "B"]}, True),
        ("a/any(x:x eq 'b')", {"a": []}, False),
        ("a/any(x:x/b eq 1 and c eq true)", {"a": [{"b": 1}], "c": True}, True),
        ("a/all(x:x ge 2)", {"a": [2, 3]}, True),
        ("a/all(x:x ge 2)", {"a": [1, 3]}, False),
        ("a/b eq null", {"a": {"b": None}}, True),
        ("a eq true", {"a": 1}, False),
        ("a eq 1", {"a": True}, False),
        ("a ge 1.5", {"a": 2}, True),
        ("a ge 'x'", {"a": 2}, False),
        ("a eq 2024-01-02T03:04:05Z", {"a": "2024-01-02T03:04:05Z"}, True),
        ("a eq 00000003-0000-0000-c000-000000000000", {}, False),
        ("a/$count gt 1", {"a": [1, 2]}, True),
        ("a eq 'b' or a eq 'c' and a eq 'd'", {"a": "b"}, True),
    ],
)
def test_expressions_mean_what_odata_says(text: str, found: dict[str, Any], fits: bool) -> None:
    assert parse(text).matches(found) is fits


def test_advanced_is_what_graph_answers_from_its_index() -> None:
    assert not is_advanced(parse("a eq 1 and startswith(b,'c') or d/any(x:x eq 'e')"))
    for text in ("a ne 1", "not (a eq 1)", "endswith(a,'b')", "a/$count eq 1", "a/any(x:x ne 1)"):
        assert is_advanced(parse(text))

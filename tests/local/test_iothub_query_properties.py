"""Properties of the query language: a tree survives being written, and means what it says."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from entrada.local.resources.iothub.query import QueryError, parse, run
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

NAMES = st.sampled_from(["a", "b", "x y", "group", "$version", "ä"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(0, 10**9)
    | st.floats(0, 1e9, allow_nan=False)
    | st.text(max_size=8)
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: Path(("tags", *names)))
VALUES = PATHS | SCALARS.map(Constant)
COMPARED = st.builds(Comparison, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), VALUES, VALUES)
LISTED = st.builds(
    Comparison,
    st.sampled_from(["IN", "NIN"]),
    PATHS,
    st.lists(SCALARS.map(Constant), max_size=3).map(lambda members: Array(tuple(members))),
)
CALLED = st.builds(
    lambda name, path: Call(name, (path,)),
    st.sampled_from(["ISDEFINED", "ISNULL", "ISBOOL", "ISNUMBER", "ISSTRING"]),
    PATHS,
) | st.builds(
    lambda name, path, text: Call(name, (path, Constant(text))),
    st.sampled_from(["STARTSWITH", "ENDSWITH", "CONTAINS"]),
    PATHS,
    st.text(max_size=3),
)
CONDITIONS: st.SearchStrategy[Expression] = st.recursive(
    COMPARED | LISTED | CALLED,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(
            lambda word, operands: Junction(word, tuple(operands)),
            st.sampled_from(["AND", "OR"]),
            st.lists(inner, min_size=2, max_size=3),
        )
    ),
    max_leaves=6,
)


def written(node: Expression) -> str:
    """Write a tree as text, with more parentheses than it needs."""
    match node:
        case Constant(value):
            return json.dumps(value, ensure_ascii=False)
        case Path(names):
            return names[0] + "".join(f"[{json.dumps(name)}]" for name in names[1:])
        case Array(members):
            return f"[{', '.join(map(written, members))}]"
        case Call(name, arguments):
            return f"{name.lower()}({', '.join(map(written, arguments))})"
        case Not(operand):
            return f"NOT ({written(operand)})"
        case Junction(word, operands):
            return f" {word.lower()} ".join(f"({written(each)})" for each in operands)
        case Comparison(operator, left, right):
            return f"{written(left)} {operator} {written(right)}"
        case Negative() | Arithmetic():
            raise AssertionError(node)


@settings(max_examples=150, deadline=None)
@given(CONDITIONS)
def test_a_tree_that_is_written_is_read_again(tree: Expression) -> None:
    assert parse(f"SELECT * FROM devices WHERE {written(tree)}").where == tree


def read_anyhow(text: str) -> None:
    """Check that a text is a query, or an error that says where."""
    for query in (text, f"SELECT * FROM devices WHERE {text}", f"SELECT {text} FROM devices"):
        try:
            list(run(parse(query), [{"a": 1}]))
        except QueryError as error:
            assert 1 <= error.position <= len(query) + 1


_WORDS = "SELECT FROM WHERE GROUP BY AND OR NOT IN AS devices . * a = ( ) [ ] , 1 'x' - + COUNT"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_query_or_an_error_with_a_place(text: str) -> None:
    read_anyhow(text)


WORDS = st.lists(
    st.sampled_from(_WORDS.split()),
    max_size=14,
).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_any_words_of_the_language_do_too(text: str) -> None:
    read_anyhow(text)


DOCUMENTS = st.lists(
    st.fixed_dictionaries({"n": st.integers(-3, 3)}, optional={"s": st.sampled_from("xyz")}),
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS, st.integers(-3, 3), st.sampled_from("xyz"))
def test_conditions_mean_what_they_do_in_python(
    documents: list[dict[str, Any]], number: int, text: str
) -> None:
    query = f"SELECT * FROM devices WHERE n >= {number} AND NOT s = '{text}' OR n = {-number}"
    expected = [
        each
        for each in documents
        if (each["n"] >= number and "s" in each and each["s"] != text) or each["n"] == -number
    ]
    assert list(run(parse(query), documents)) == expected


@settings(max_examples=150, deadline=None)
@given(DOCUMENTS)
def test_groups_hold_every_document_once(documents: list[dict[str, Any]]) -> None:
    grouped = list(run(parse("SELECT s, COUNT() AS n FROM devices GROUP BY s"), documents))
    assert sum(row["n"] for row in grouped) == len(documents)
    assert {row.get("s") for row in grouped} == {each.get("s") for each in documents}

"""Lines of keys: for every document there is, the line on which the key is written."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrada._config.positions import Path, json_positions, toml_positions

TOML = '''\
# a comment with [a.header] and key = 1
title = "x"  # [not.a.header]
text = """
a = 1
[b]
"""

[one]
two.three = 1
"quo ted" = { a = 1, 'b' = [1, 2] }
when = 1979-05-27 07:32:00
list = [
  "a]", # ]
  { deep = 1 },
]

[one . "t.w"]
x = 'y'
[[items]]
name = "first"
[[items]]
name = "second"
[items.below]
key = true
[[items.many]]
k = 1
'''


def test_every_form_of_toml_is_found() -> None:
    """Comments, long texts, quoted and dotted keys, inline tables, arrays of tables."""
    found = toml_positions(TOML)
    expected: dict[Path, int] = {
        ("title",): 2,
        ("text",): 3,
        ("one",): 8,
        ("one", "two"): 9,
        ("one", "two", "three"): 9,
        ("one", "quo ted", "a"): 10,
        ("one", "quo ted", "b", 1): 10,
        ("one", "when"): 11,
        ("one", "list", 0): 13,
        ("one", "list", 1, "deep"): 14,
        ("one", "t.w"): 17,
        ("one", "t.w", "x"): 18,
        ("items", 0): 19,
        ("items", 0, "name"): 20,
        ("items", 1): 21,
        ("items", 1, "name"): 22,
        ("items", 1, "below", "key"): 24,
        ("items", 1, "many", 0, "k"): 26,
    }
    assert {path: found.get(path) for path in expected} == expected


def test_windows_line_ends_count_once() -> None:
    """As editors count them."""
    assert toml_positions("a = 1\r\nb = '''x\r\ny'''\r\nc = 2\r\n")["c",] == 4
    assert json_positions('{\r\n"a": 1,\r\n"b": 2}')["b",] == 3


_NAMES = st.text("abé\"'\\ .#[]{}=\n\t", min_size=1, max_size=4)
_LEAVES = st.one_of(
    st.text("ab\"'\\ .#[]{}=,\n", max_size=6), st.integers(-9, 9), st.booleans(), st.just(1.5)
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)
_DOCUMENTS = st.dictionaries(_NAMES, _VALUES, max_size=4)


def paths(value: Any, path: Path = ()) -> list[Path]:
    """Return the paths of all that is in a document."""
    below: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        below = list(value.items())
    elif isinstance(value, list):
        below = list(enumerate(value))
    return [path, *(each for key, inner in below for each in paths(inner, (*path, key)))]


@given(_DOCUMENTS)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_every_path_of_a_json_document_has_the_line_it_begins_on(document: dict[str, Any]) -> None:
    """With a line for every key and item, lines are counted by what stands before."""
    text = json.dumps(document, indent=1)
    found = json_positions(text)
    assert set(found) == set(paths(document))
    lines = text.split("\n")
    for path, line in found.items():
        if path and isinstance(path[-1], str):
            assert lines[line - 1].lstrip().startswith(json.dumps(path[-1]))
    in_order = [found[path] for path in paths(document)]
    assert in_order == sorted(in_order)


def quoted(text: str) -> str:
    """Return a TOML basic string; JSON's escapes are TOML's."""
    return json.dumps(text)


def inline(value: Any) -> str:
    """Return a value in TOML; items of lists on lines of their own."""
    if isinstance(value, dict):
        members = (f"{quoted(key)} = {inline(each)}" for key, each in value.items())
        return "{ " + ", ".join(members) + " }"
    if isinstance(value, list):
        return "[\n" + "".join(f"{inline(each)}, # ]\n" for each in value) + "]"
    return quoted(value) if isinstance(value, str) else json.dumps(value)


@given(_DOCUMENTS)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_every_path_of_a_toml_document_has_a_line(document: dict[str, Any]) -> None:
    """Tables by headers, all else in place; a key's line has the key."""
    plain = {key: each for key, each in document.items() if not isinstance(each, dict)}
    tables = {key: each for key, each in document.items() if isinstance(each, dict)}
    lines = [f"{quoted(key)} = {inline(each)}" for key, each in plain.items()]
    for name, table in tables.items():
        lines.append(f"[ {quoted(name)} ] # [x]")
        lines += [f"{quoted(key)} = {inline(each)}" for key, each in table.items()]
    text = "\n".join(lines) + "\n"
    if tomllib.loads(text) != document:  # pragma: no cover - the writer's own mistake
        pytest.fail(text)
    found = toml_positions(text)
    assert set(paths(document)) - {()} == set(found)
    written = text.split("\n")
    for path, line in found.items():
        if isinstance(path[-1], str):
            assert quoted(path[-1]) in written[line - 1]

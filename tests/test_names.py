"""The page of azure-identity's public names and keywords is made from the installed package.

``python tests/test_names.py`` writes it anew.
"""

from __future__ import annotations

import inspect
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import azure.identity
import azure.identity.aio
import pytest

import entrada
import entrada.aio
import test_public_api as api

PAGE = Path(__file__).parents[1] / "docs" / "azure-identity-names.md"

_FACES: dict[str, tuple[ModuleType, ModuleType]] = {
    "sync": (azure.identity, entrada),
    "async": (azure.identity.aio, entrada.aio),
}
_ABSENT: dict[str, str] = {}
_KEYWORD = re.compile(r":(?:keyword|param) (?:[^:\n]*\s)?(\w+):")
_HEAD = """# azure-identity's names

Every public name and constructor keyword of azure-identity {version}, read from the installed
package, and what it is here. **the same** means that code written for azure-identity works as it
stands. Keywords of azure-core's pipeline (`transport`, `retry_total`, `proxies` and their like)
are taken by every credential and not listed.

| name | faces | keyword | here |
|---|---|---|---|
"""


class Row(NamedTuple):
    """A name, or one keyword of it."""

    name: str
    faces: str
    keyword: str
    state: str


def keywords_of(name: str) -> list[str]:
    """Return what the constructors of a credential take by signature or by docstring."""
    found = set()
    for peer, _ in _FACES.values():
        kind = getattr(peer, name, None)
        if not inspect.isclass(kind):
            continue
        found |= set(_KEYWORD.findall(inspect.getdoc(kind) or ""))
        for parameter in inspect.signature(kind).parameters.values():
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                found.add(parameter.name)
    return sorted(found - {"credentials", "kwargs"})


def state_of(name: str, keyword: str) -> str:
    """Say what a keyword gets here, by giving it."""
    needed = api._NEEDED.get(name, {})
    value = needed.get(keyword, api._VALUES.get(keyword))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            api._make(entrada, name, **{keyword: value})
    except TypeError as refusal:
        reason = str(refusal).partition("is not supported: ")[2]
        return f"refused: {reason.rstrip('.')}" if reason else f"unknown: {refusal}"
    return "the same"


def rows() -> Iterator[Row]:
    """Yield the rows in order of the names."""
    names = sorted({name for peer, _ in _FACES.values() for name in peer.__all__}, key=str.lower)
    for name in names:
        there = [face for face, (peer, _) in _FACES.items() if name in peer.__all__]
        faces = " and ".join(there)
        ours = [face for face in there if hasattr(_FACES[face][1], name)]
        if ours != there:
            yield Row(name, faces, "", f"absent: {_ABSENT.get(name, '')}")
            continue
        yield Row(name, faces, "", "the same")
        if name.endswith("Credential"):
            for keyword in keywords_of(name):
                yield Row(name, faces, keyword, state_of(name, keyword))


def page() -> str:
    """Return the whole page."""
    lines = []
    for row in rows():
        name = "" if row.keyword else f"`{row.name}`"
        faces = "" if row.keyword else row.faces
        keyword = f"`{row.keyword}`" if row.keyword else ""
        lines.append(f"| {name} | {faces} | {keyword} | {row.state} |")
    return _HEAD.format(version=azure.identity.__version__) + "\n".join(lines) + "\n"


def test_the_page_of_names_is_up_to_date() -> None:
    """Else write it anew: ``python tests/test_names.py``."""
    assert PAGE.read_text("utf-8") == page()


@pytest.mark.parametrize("row", list(rows()), ids=lambda row: f"{row.name}-{row.keyword}")
def test_whatever_is_not_the_same_has_a_reason(row: Row) -> None:
    """No name and no keyword is left out in silence."""
    state, _, reason = row.state.partition(": ")
    assert state in ("the same", "refused", "absent")
    assert state == "the same" or reason


def test_no_reason_stands_for_a_name_that_is_here() -> None:
    """The table of what is absent shrinks as entrada grows."""
    absent: dict[str, Any] = {row.name: row for row in rows() if row.state.startswith("absent")}
    assert set(absent) == set(_ABSENT)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")

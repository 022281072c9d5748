"""The schema that editors read: current, accepts what is right, marks what is not."""

from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from dotnet_keys import ROWS, Row
from wrong_configurations import WRONG, Wrong

from entrada.clients.schema import schema, text

SHIPPED = files("entrada.clients") / "azure.schema.json"
VALIDATOR = jsonschema.Draft7Validator(schema())

# What an editor can see without importing a class or knowing other tables.
_SEEN = (
    "root key",
    "default for defaults",
    "clients no table",
    "client no table",
    "cloud",
    "cloud misspelt",
    "cloud no text",
    "profile's key",
    "profiles no table",
    "kind no text",
    "kind empty",
    "short kind",
    "source's key",
    "misspelt key",
    "needed key",
    "empty chain",
    "chain's key",
    "cache",
    "retry's key",
    "retry no table",
    "default key",
    "misspelt option",
)


def test_the_shipped_schema_is_the_tables() -> None:
    """``python -m entrada.clients.schema > src/entrada/clients/azure.schema.json`` renews it."""
    assert SHIPPED.read_text() == text()
    jsonschema.Draft7Validator.check_schema(json.loads(text()))


@pytest.mark.parametrize("wrong", [each for each in WRONG if each.name in _SEEN])
def test_an_editor_marks_what_it_can_see(wrong: Wrong) -> None:
    """Names that there are not, values of another type, keys that a source needs."""
    assert list(VALIDATOR.iter_errors(tomllib.loads(wrong.text)))


@pytest.mark.parametrize("row", [row for row in ROWS if not row.refused], ids=lambda row: row.key)
def test_dotnets_spelling_is_accepted(row: Row) -> None:
    """As the reader accepts it."""
    content = {"Clients": {"P": {"Kind": "post.PostClient", "Endpoint": "https://p", **row.given}}}
    VALIDATOR.validate(content)


def test_the_pages_configurations_are_valid() -> None:
    """Every TOML block of the documentation."""
    page = (Path(__file__).parents[2] / "docs" / "clients.md").read_text()
    blocks: list[dict[str, Any]] = [
        tomllib.loads(block.partition("```")[0]) for block in page.split("```toml\n")[1:]
    ]
    assert blocks
    for block in blocks:
        VALIDATOR.validate(block)

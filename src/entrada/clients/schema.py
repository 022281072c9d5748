"""The JSON schema of a configuration, for editors: made of the tables that the reader goes by.

``azure.schema.json`` in this package is what ``python -m entrada.clients.schema`` prints. Names
are completed in snake case, and accepted in .NET's spellings as well.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from entrada.clients.kinds import KINDS
from entrada.clients.loading import CLOUDS
from entrada.clients.options import TABLES
from entrada.clients.sources import SOURCES, Key
from entrada.clients.spec import FLAT_KEYS

_TEXT: Mapping[str, Any] = {"type": "string", "minLength": 1}
_TYPES: Mapping[str, Mapping[str, Any]] = {
    "text": _TEXT,
    "secret": {**_TEXT, "description": "a secret: env:NAME or file:PATH keeps it elsewhere"},
    "flag": {"type": ["boolean", "string"]},
    "seconds": {"type": ["number", "string"], "minimum": 0},
    "texts": {"type": ["array", "string"], "items": {"type": "string"}},
}
_SCALAR = {"type": ["string", "number", "boolean", "array", "null"]}


def schema() -> dict[str, Any]:
    """Return the schema."""
    body = {
        "cloud": {"enum": list(CLOUDS), "description": "whose services and authority"},
        "defaults": {"$ref": "#/definitions/defaults"},
        "credentials": _table_of("#/definitions/credential_table"),
        "clients": _table_of("#/definitions/client"),
    }
    root = {
        "$schema": _TEXT,
        "profile": {**_TEXT, "description": "which of profiles to lay over the rest"},
        **body,
        "profiles": {"type": "object", "additionalProperties": _object(body)},
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Azure clients (entrada.clients)",
        **_object(root),
        "definitions": {
            "client": _client(),
            "credential": _credential(),
            "credential_table": _credential_table(),
            "defaults": _object({**_common(), **_flat()}),
            "options": _options(),
        },
    }


def _client() -> dict[str, Any]:
    kind = {
        "description": "a short name, or the dotted name of a class",
        "anyOf": [{"enum": list(KINDS)}, {"type": "string", "pattern": r"\w\.\w"}],
    }
    names = {
        "kind": kind,
        "endpoint": {**_TEXT, "description": "the service's address"},
        "connection": {**_TEXT, "description": "prefix of an Azure Functions connection"},
        "connection_string": _TYPES["secret"],
        **_common(),
        **_flat(),
    }
    table = _object(names)
    table["additionalProperties"] = _SCALAR
    return {"anyOf": [{"type": "string", "description": "a connection string"}, table]}


def _common() -> dict[str, Any]:
    options = _options()["properties"]
    return {
        "credential": {"$ref": "#/definitions/credential"},
        "options": {"$ref": "#/definitions/options"},
        "api_version": _TEXT,
        **{name: options[name] for name in TABLES},
    }


def _flat() -> dict[str, Any]:
    kinds = {key.name: key for source in SOURCES for key in source.keys}
    return {name: _key(kinds[name]) for name in FLAT_KEYS if name in kinds}


def _credential() -> dict[str, Any]:
    names = {"enum": [source.name for source in SOURCES]}
    one = {"anyOf": [names, {"type": "string"}]}
    return {
        "anyOf": [
            {**one, "description": "a source, or $name of one of credentials"},
            {"type": "array", "items": one, "minItems": 1},
            {"$ref": "#/definitions/credential_table"},
        ]
    }


def _credential_table() -> dict[str, Any]:
    source = {
        "description": "how to sign in; a list is a chain",
        "anyOf": [
            {"enum": [source.name for source in SOURCES]},
            {"type": "string"},
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
        ],
    }
    keys = {key.name: _key(key) for source in SOURCES for key in source.keys}
    needs = [
        {
            "if": {
                "properties": {"credential_source": {"const": source.name}},
                "required": ["credential_source"],
            },
            "then": {"required": list(source.required)},
        }
        for source in SOURCES
        if source.required
    ]
    return {**_object({"credential_source": source, **keys}), "allOf": needs}


def _options() -> dict[str, Any]:
    tables = {
        name: _object({option.name: _SCALAR for option in table if option.keyword})
        for name, table in TABLES.items()
    }
    return {"type": "object", "properties": tables}


def _key(key: Key) -> dict[str, Any]:
    shown = {"description": key.meaning} if key.meaning else {}
    return {**_TYPES[key.kind], **shown}


def _table_of(reference: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"$ref": reference}}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": dict(properties),
        "patternProperties": dict(_spellings(properties)),
        "additionalProperties": False,
    }


def _spellings(properties: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Yield the patterns of the spellings that are not the name itself."""
    for name, value in properties.items():
        if name.isidentifier():
            words = (f"[{word[0].upper()}{word[0]}]{word[1:]}" for word in name.split("_"))
            yield f"^{'[_-]?'.join(words)}$", value


def text() -> str:
    """Return the schema as the file has it."""
    return json.dumps(schema(), indent=1) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())

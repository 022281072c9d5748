"""Whatever stands in a configuration, it is read, or told as a mistake: nothing else comes out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from entrada.clients import Clients, ClientsConfigurationError
from entrada.clients.options import TABLES
from entrada.clients.sources import ALIASES, REFUSED_KEYS, SOURCES
from entrada.clients.spec import CLIENT_KEYS, FLAT_KEYS, ROOT_KEYS
from entrada.testing import World

SECRET = "hunter2-hunter2"
WORLD = World.fake({"SECRET": SECRET, "Conn__credential": "auto"}, files={"secret": b"\xff"})

_NAMES = sorted(
    {
        *ROOT_KEYS,
        *CLIENT_KEYS,
        *FLAT_KEYS,
        *REFUSED_KEYS,
        *TABLES,
        *(option.name for table in TABLES.values() for option in table),
        *(key.name for source in SOURCES for key in source.keys),
        "credential_source",
        "endpoint",
        "connection_string",
        "a",
        "",
    }
)
_TEXTS = st.sampled_from(
    [
        *(source.name for source in SOURCES),
        *ALIASES,
        "blob",
        "services.Parcels",
        "json.dumps",
        "no.such.module",
        "...",
        "$a",
        "$a:b",
        "$",
        "env:SECRET",
        "env:",
        "file:secret",
        "file:none",
        "local",
        "Conn",
        "https://a.blob.core.windows.net",
        "https://[",
        "00:00:03",
        "",
        " ",
        "é\x00",
    ]
)
_LEAVES = st.one_of(_TEXTS, st.integers(-2, 10**12), st.booleans(), st.none(), st.floats())
_KEYS = st.sampled_from(_NAMES)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=10,
)
_CREDENTIALS = st.one_of(
    _TEXTS,
    st.lists(_TEXTS, max_size=3),
    st.fixed_dictionaries(
        {"credential_source": st.one_of(_TEXTS, st.lists(_TEXTS, max_size=3))},
        optional=dict.fromkeys(_NAMES[::3], _LEAVES),
    ),
    st.dictionaries(_KEYS, _LEAVES, max_size=4),
)
_SECTIONS = st.one_of(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["blob", "services.Parcels", "iothub_registry", "env:SECRET"]),
            "endpoint": _TEXTS,
        },
        optional={"credential": _CREDENTIALS, "options": _VALUES, "retry": _VALUES},
    ),
    st.dictionaries(_KEYS, _VALUES, max_size=5),
)
_DOCUMENTS = st.one_of(
    st.dictionaries(_KEYS, _VALUES, max_size=4),
    st.fixed_dictionaries(
        {"clients": st.dictionaries(_KEYS, _SECTIONS, max_size=2)},
        optional={
            "defaults": _SECTIONS,
            "credentials": st.dictionaries(_KEYS, _SECTIONS, max_size=2),
            "profiles": st.dictionaries(_KEYS, _VALUES, max_size=2),
        },
    ),
)


@given(_DOCUMENTS)
@settings(max_examples=600, deadline=None, derandomize=True)
def test_any_document_is_read_or_refused(document: dict[str, Any]) -> None:
    """And no secret that it refers to is told either way."""
    try:
        told = repr(Clients.from_config(document, world=WORLD).describe())
    except ClientsConfigurationError as error:
        told = str(error) + json.dumps(error.to_dict())
        assert error.problems
    assert SECRET not in told


@given(st.dictionaries(st.text("A_a0", max_size=8).map("ENTRADA_CLIENTS__{}".format), _TEXTS))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_variables_are_read_or_refused(env: dict[str, str]) -> None:
    """The same of the environment."""
    try:
        Clients.from_config(world=World.fake(env))
    except ClientsConfigurationError as error:
        assert error.problems

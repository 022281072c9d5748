"""Every short name is a class of Azure's that is made as the table says, in both colours."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import Any

import pytest

import entrada
import entrada.aio
from entrada._config.tree import Origin
from entrada.clients import Clients
from entrada.clients.classes import class_name, load_class
from entrada.clients.construct import ways
from entrada.clients.kinds import KINDS
from entrada.testing import World

WORLD = World.fake()
LATER = 2e9
ENDPOINT = "https://a.example"

# What some classes want besides an address; without token_intent shares take no tokens.
_MORE: dict[str, dict[str, Any]] = {
    "blob_container": {"container_name": "c"},
    "blob_item": {"container_name": "c", "blob_name": "b"},
    "event_hub_consumer": {"eventhub_name": "e", "consumer_group": "$Default"},
    "event_hub_producer": {"eventhub_name": "e"},
    "file_share": {"options": {"token_intent": "backup"}},
    "search": {"index_name": "i"},
    "event_grid": {"options": {"namespace_topic": "t"}},
}
_DEFAULTS = {
    "options": {
        "retry": {"max_retries": 2, "delay": 1, "mode": "fixed", "network_timeout": 5},
        "diagnostics": {"application_id": "shop"},
    }
}
_ONE_COLOUR = "iothub_"
_ASKS_AT_ONCE = "cosmos"


@pytest.mark.parametrize("name", KINDS)
def test_a_class_takes_its_address_where_the_table_says(name: str) -> None:
    """And is found again by the name that users import it by."""
    kind = KINDS[name]
    cls = load_class(kind.dotted, Origin("the test"))
    assert kind.endpoint in [way.endpoint for way in ways(cls)]
    assert class_name(cls) == (kind.dotted, False)
    if not name.startswith(_ONE_COLOUR):
        coloured = load_class(kind.dotted, Origin("the test"), asynchronous=True)
        assert class_name(coloured) == (kind.dotted, True)


@pytest.mark.parametrize("name", [name for name in KINDS if name != _ASKS_AT_ONCE])
def test_a_client_is_made_in_both_colours(name: str) -> None:
    """With defaults of which it takes what it knows."""
    module, _, class_of = KINDS[name].dotted.rpartition(".")
    section = {"kind": name, "endpoint": ENDPOINT, **_MORE.get(name, {})}
    registry = Clients.from_config({"defaults": _DEFAULTS, "clients": {"a": section}}, world=WORLD)
    registry.use_credential(
        entrada.StaticTokenCredential("t", LATER, world=WORLD),
        aio=entrada.aio.StaticTokenCredential("t", LATER, world=WORLD),
    )

    async def make() -> None:
        async with registry:
            assert registry.get(getattr(import_module(module), class_of))
            if not name.startswith(_ONE_COLOUR):
                assert registry.get(getattr(import_module(f"{module}.aio"), class_of))

    asyncio.run(make())

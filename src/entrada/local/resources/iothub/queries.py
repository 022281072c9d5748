"""Queries over a hub's twins and jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from entrada._engine.effects import Response
from entrada.local.resources.iothub import query as language
from entrada.local.resources.iothub import registry, twins
from entrada.local.resources.iothub.context import Context, Hub
from entrada.local.resources.iothub.errors import HubError, invalid
from entrada.local.resources.iothub.paging import page
from entrada.local.state import Document

DEVICE_JOB: Final = "iotDeviceJob"
_ITEM_TYPES: Final[Mapping[str, str]] = {
    "devices": "Twin",
    "devices.modules": "Twin",
    "devices.jobs": "DeviceJob",
}


def post(context: Context) -> Response:
    """Run a query: ``{"query": "SELECT …"}``."""
    text = context.body().get("query")
    if not isinstance(text, str):
        raise HubError("ArgumentNull", "query is missing.")
    query = parsed(text)
    item_type = "Raw" if query.columns else _ITEM_TYPES[query.source]
    return page(context, run(context.hub, query), text, item_type)


def parsed(text: str) -> language.Query:
    """Read a query; raise :class:`HubError` where it is none."""
    try:
        return language.parse(text)
    except language.QueryError as error:
        raise invalid(f"{error}.") from error


def run(hub: Hub, query: language.Query) -> Iterator[Document]:
    """Yield a query's results."""
    return language.run(query, documents(hub, query.source))


def documents(hub: Hub, source: str) -> Iterator[Document]:
    """Yield what a query is about, in order of ids."""
    if source == "devices":
        for document in registry.devices(hub):
            yield twins.shown(hub, document)
    elif source == "devices.modules":
        for document in registry.modules(hub):
            yield twins.shown(hub, document)
    else:
        for _, document in hub.state.under(DEVICE_JOB, hub.key("")):
            yield document

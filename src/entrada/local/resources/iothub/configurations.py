"""Automatic device management: configurations, and how they reach the twins they target.

Knows no HTTP. After every change of a hub its configurations are applied in order of priority, so
that the highest has the last word on a path. One that no longer targets a twin leaves there what
it wrote. https://learn.microsoft.com/azure/iot-hub/iot-hub-automatic-device-management
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from entrada.local.resources.iothub import contents, queries, registry, twins
from entrada.local.resources.iothub import properties as sections
from entrada.local.resources.iothub import query as language
from entrada.local.resources.iothub.contents import Setting
from entrada.local.resources.iothub.context import Hub
from entrada.local.resources.iothub.errors import HubError
from entrada.local.resources.iothub.registry import Who
from entrada.local.state import Document

KIND: Final = "iotConfiguration"


def all_of(hub: Hub) -> list[Document]:
    """Return a hub's configurations in order of their ids."""
    return [document for _, document in hub.state.under(KIND, hub.key(""))]


@lru_cache(maxsize=256)
def target(condition: str) -> language.Query | None:
    """Read a target condition, ``None`` for the empty one, which is nobody.

    Raises :class:`HubError` where it cannot be understood.
    """
    if not condition.strip():
        return None
    try:
        return language.parse_condition(condition)
    except language.QueryError as error:
        raise HubError("InvalidConfigurationTargetCondition", f"{error}.") from error


def shown(hub: Hub, configuration: Document) -> Document:
    """Return a configuration with its metrics counted."""
    query = target(configuration["targetCondition"])
    source = query.source if query else "devices"
    column = "deviceId" if source == "devices" else "deviceId, moduleId"
    status = f"configurations.[[{configuration['id']}]].status"
    start = ("SELECT", column, "FROM", source, "WHERE")
    own = {
        "targetedCount": " ".join((*start, f"is_defined({status})")),
        "appliedCount": " ".join((*start, status, "= 'Applied'")),
    }
    custom = configuration["metrics"]
    return {
        **configuration,
        "systemMetrics": {"results": _counts(hub, own), "queries": own},
        "metrics": {"results": _counts(hub, custom), "queries": custom},
    }


def apply(hub: Hub) -> None:
    """Bring every twin to what the configurations that target it say."""
    standing = sorted(all_of(hub), key=lambda each: (each["priority"], each["createdTimeUtc"]))
    if not standing:
        return
    for document in [*registry.devices(hub), *registry.modules(hub)]:
        _apply_to(hub, document, standing)


def forget(hub: Hub, configuration_id: str) -> None:
    """Take a deleted configuration off the twins that it targeted."""
    for document in [*registry.devices(hub), *registry.modules(hub)]:
        twin = document["twin"]
        if configuration_id in twin["configurations"]:
            rest = {
                name: value
                for name, value in twin["configurations"].items()
                if name != configuration_id
            }
            changed = {**document, "twin": {**twin, "configurations": rest}}
            registry.write(hub, registry.who_is(document), changed)


def set_content(hub: Hub, who: Who, settings: Sequence[Setting]) -> None:
    """Make a twin's desired properties what settings say."""
    document = registry.need(hub, who)
    after = _after(document["twin"]["desired"]["values"], settings)
    _write(hub, document, after, document["twin"]["configurations"])


def _apply_to(hub: Hub, document: Document, standing: Sequence[Document]) -> None:
    shown_twin = twins.shown(hub, document)
    source = "devices.modules" if "moduleId" in document["identity"] else "devices"
    statuses: dict[str, tuple[Setting, ...]] = {}
    for configuration in standing:
        query = target(configuration["targetCondition"])
        if query and query.source == source and language.matches(query.where, shown_twin):
            kind = "deviceContent" if source == "devices" else "moduleContent"
            found = configuration["content"].get(kind, {})
            statuses[configuration["id"]] = contents.settings_of(found, kind)
    ordered = [setting for found in statuses.values() for setting in found]
    ordered = [*_deployed(hub, document, standing), *ordered]
    values = document["twin"]["desired"]["values"]
    after = _after(values, ordered)
    _write(hub, document, after, _statuses(statuses, after))


def _deployed(hub: Hub, document: Document, standing: Sequence[Document]) -> Iterator[Setting]:
    """Yield what configurations of IoT Edge devices say of one of their modules."""
    identity = document["identity"]
    edge = registry.find(hub, (identity["deviceId"],)) if "moduleId" in identity else None
    if edge is None or not edge["identity"]["capabilities"]["iotEdge"]:
        return
    shown_edge = twins.shown(hub, edge)
    for configuration in standing:
        query = target(configuration["targetCondition"])
        deployed = configuration["content"].get("modulesContent", {}).get(identity["moduleId"])
        if deployed and query and language.matches(query.where, shown_edge):
            yield from contents.settings_of(deployed, "modulesContent")


def _after(values: Document, settings: Sequence[Setting]) -> Document:
    for setting in settings:
        values = sections.assigned(values, setting.path, setting.value)
    return values


def _statuses(found: Mapping[str, tuple[Setting, ...]], after: Document) -> Document:
    return {
        name: {"status": "Applied" if all(each.holds(after) for each in settings) else "Targeted"}
        for name, settings in found.items()
    }


def _write(hub: Hub, document: Document, after: Document, statuses: Document) -> None:
    who, twin = registry.who_is(document), document["twin"]
    marked = {**document, "twin": {**twin, "configurations": statuses}}
    patch = sections.difference(twin["desired"]["values"], after)
    if patch:
        desired = sections.patched(twin["desired"], patch, hub.moment, desired=True)
        try:
            twins.rewrite(hub, who, {**marked, "twin": {**marked["twin"], "desired": desired}})
        except HubError:
            # It has no room: the twin is left as it is, and says that it is only targeted.
            waiting: dict[str, Any] = {name: {"status": "Targeted"} for name in statuses}
            _write(hub, document, twin["desired"]["values"], waiting)
    elif statuses != twin["configurations"]:
        registry.write(hub, who, marked)


def _counts(hub: Hub, asked: Mapping[str, str]) -> dict[str, int]:
    return {
        name: sum(1 for _ in queries.run(hub, queries.parsed(text))) for name, text in asked.items()
    }

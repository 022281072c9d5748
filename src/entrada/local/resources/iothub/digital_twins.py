"""Digital twins: a device's twin as IoT Plug and Play shows it, and its commands.

The model is not known here: a component is what has ``__t`` set to ``c``, all else a property.
https://learn.microsoft.com/azure/iot/concepts-digital-twin
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrada._engine.effects import Response
from entrada.local.http import empty_reply, json_reply
from entrada.local.resources.iothub import etags, methods, registry, twins
from entrada.local.resources.iothub.context import Context
from entrada.local.resources.iothub.devices import who
from entrada.local.resources.iothub.errors import HubError, invalid
from entrada.local.state import Document

_OPERATIONS = ("add", "replace", "remove")
_MARK = "__t"


def get(context: Context) -> Response:
    """Show a digital twin: reported properties, or desired ones where none is reported."""
    twin = registry.need(context.hub, who(context))["twin"]
    found = _properties(twin["desired"], twin["reported"], ())
    metadata = {"$model": "", **found.pop("$metadata", {})}
    body = {"$dtId": context.param("id"), **found, "$metadata": metadata}
    tag = etags.twin_etag(twin["changes"])
    return json_reply(200, body, etag=f'"{tag}"')


def patch(context: Context) -> Response:
    """Change desired properties by a JSON Patch (RFC 6902) of add, replace and remove."""
    operations = context.json()
    if not isinstance(operations, list):
        raise HubError("InvalidDigitalTwinPatch", "The request's body is not a list.")
    desired: Document = {}
    for each in operations:
        _add(desired, each)
    tag = etags.wanted(context.header("if-match"))
    body = {"properties": {"desired": desired}}
    document = twins.change(context.hub, who(context), body, tag)
    place = f"{context.cloud.endpoints.iothub}/digitaltwins/{context.param('id')}"
    changed = etags.twin_etag(document["twin"]["changes"])
    return empty_reply(202, etag=f'"{changed}"', location=place)


def command(context: Context) -> Response:
    """Call a command, which a device has as the direct method ``command`` or ``part*command``."""
    params = context.inbound.params
    component = params.get("component")
    name = f"{component}*{params['command']}" if component else params["command"]
    asked: Document = {"methodName": name}
    asked["payload"] = context.json() if context.inbound.body else None
    for timeout in ("connectTimeoutInSeconds", "responseTimeoutInSeconds"):
        if context.query(timeout):
            asked[timeout] = context.number(timeout, 1, 10**9)
    answer = methods.invoke(context.hub, who(context), methods.Invocation.of(asked))
    headers = {"x_ms_command_statuscode": str(answer.status)}
    return json_reply(200, answer.payload, **headers)


def _properties(
    desired: Mapping[str, Any], reported: Mapping[str, Any], path: tuple[str, ...]
) -> Document:
    wanted, said = _at(desired["values"], path), _at(reported["values"], path)
    found: Document = {}
    metadata: Document = {}
    for name in {**said, **wanted}:
        if name == _MARK:
            continue
        value = said.get(name, wanted.get(name))
        if isinstance(value, Mapping) and value.get(_MARK) == "c":
            inner = _properties(desired, reported, (*path, name))
            found[name] = {**inner, "$metadata": inner.get("$metadata", {})}
            continue
        metadata[name] = _metadata(desired, reported, (*path, name))
        if name in said:
            acknowledged = isinstance(value, Mapping) and {"value", "ac"} <= value.keys()
            found[name] = value["value"] if acknowledged else value
    return {**found, **({"$metadata": metadata} if metadata else {})}


def _metadata(
    desired: Mapping[str, Any], reported: Mapping[str, Any], path: tuple[str, ...]
) -> Document:
    found: Document = {}
    above, name = path[:-1], path[-1]
    wanted, said = _at(desired["values"], above), _at(reported["values"], above)
    if name in said:
        found["lastUpdateTime"] = _at(reported["metadata"], path).get("$lastUpdated")
        value = said[name]
        if isinstance(value, Mapping) and {"value", "ac"} <= value.keys():
            found |= {"ackCode": value["ac"], "ackVersion": value.get("av")}
            found["ackDescription"] = value.get("ad", "")
    if name in wanted:
        noted = _at(desired["metadata"], path)
        found["desiredValue"] = wanted[name]
        found["desiredVersion"] = noted.get("$lastUpdatedVersion")
        found.setdefault("lastUpdateTime", noted.get("$lastUpdated"))
    return found


def _at(values: Mapping[str, Any], path: tuple[str, ...]) -> Mapping[str, Any]:
    for name in path:
        below = values.get(name)
        values = below if isinstance(below, Mapping) else {}
    return values


def _add(desired: Document, operation: object) -> None:
    if not isinstance(operation, Mapping) or operation.get("op") not in _OPERATIONS:
        raise HubError("InvalidDigitalTwinPatch", f"op is none of {', '.join(_OPERATIONS)}.")
    path = str(operation.get("path") or "")
    names = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    if not path.startswith("/") or not all(names):
        raise HubError("InvalidDigitalTwinPatch", f"{path!r} is no path such as /property.")
    removed = operation["op"] == "remove"
    if not removed and "value" not in operation:
        raise invalid(f"The operation on {path} has no value.")
    here = desired
    for name in names[:-1]:
        inner = here.setdefault(name, {})
        if not isinstance(inner, dict):
            raise invalid(f"{path} leads through what is no object.")
        here = inner
    here[names[-1]] = None if removed else _stripped(operation["value"])


def _stripped(value: Any) -> Any:
    """Return a value without the metadata that components are sent with."""
    if not isinstance(value, Mapping):
        return value
    marked = {_MARK: "c"} if "$metadata" in value else {}
    return {**marked, **{name: each for name, each in value.items() if name != "$metadata"}}

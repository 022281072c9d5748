"""HTTP of the identity registry: devices, modules, and how many there are."""

from __future__ import annotations

from entrada._engine.effects import Response
from entrada.local.http import empty_reply, json_reply
from entrada.local.resources.iothub import etags, identities, presence, registry
from entrada.local.resources.iothub.context import Context
from entrada.local.resources.iothub.registry import Who
from entrada.local.state import Document

_MOST_LISTED = 1000


def who(context: Context) -> Who:
    """Return whom a request's path names."""
    params = context.inbound.params
    return (params["id"], params["mid"]) if "mid" in params else (params["id"],)


def put(context: Context) -> Response:
    """Create an identity, or with ``If-Match`` change it."""
    name, body = who(context), context.body()
    for member, text in zip(("deviceId", "moduleId"), name, strict=False):
        identities.check_same(body, member, text)
    tag = etags.wanted(context.header("if-match"))
    if tag:
        document, status = registry.update(context.hub, name, body, tag), 200
    else:
        document = registry.create(context.hub, name, body)
        status = 201 if len(name) > 1 else 200
    return _reply(context, document, status)


def get(context: Context) -> Response:
    """Show an identity."""
    return _reply(context, registry.need(context.hub, who(context)))


def delete(context: Context) -> Response:
    """Delete an identity; ``If-Match`` may name its version."""
    registry.delete(context.hub, who(context), etags.wanted(context.header("if-match")))
    return empty_reply(204)


def list_devices(context: Context) -> Response:
    """List devices in order of their ids, at most ``top``, which is at most 1000."""
    top = context.number("top", _MOST_LISTED, _MOST_LISTED)
    found = registry.devices(context.hub, limit=top)
    return json_reply(200, [registry.shown(context.hub, document) for document in found])


def list_modules(context: Context) -> Response:
    """List the modules of a device."""
    registry.need(context.hub, who(context))
    found = registry.modules(context.hub, who(context)[0])
    return json_reply(200, [registry.shown(context.hub, document) for document in found])


def device_statistics(context: Context) -> Response:
    """Count the devices, and those that may connect."""
    states = [each["identity"]["status"] for each in registry.devices(context.hub)]
    enabled = states.count("enabled")
    counts = {
        "totalDeviceCount": len(states),
        "enabledDeviceCount": enabled,
        "disabledDeviceCount": len(states) - enabled,
    }
    return json_reply(200, counts)


def service_statistics(context: Context) -> Response:
    """Count the devices that are connected."""
    connected = [
        each
        for each in registry.devices(context.hub)
        if presence.connection_state(context.hub, registry.who_is(each), each["identity"])
        == "Connected"
    ]
    return json_reply(200, {"connectedDeviceCount": len(connected)})


def purge_messages(context: Context) -> Response:
    """Empty a device's queue of messages, in which there are none: nothing can send any."""
    name = who(context)
    registry.need(context.hub, name)
    body = {"totalMessagesPurged": 0, "deviceId": name[0], "moduleId": None}
    return json_reply(200, body)


def _reply(context: Context, document: Document, status: int = 200) -> Response:
    shown = registry.shown(context.hub, document)
    return json_reply(status, shown, etag=f'"{shown["etag"]}"')

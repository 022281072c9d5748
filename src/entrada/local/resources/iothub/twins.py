"""Device and module twins: how they are shown, changed by the service and reported by devices.

Knows no HTTP. A twin's entity tag changes with tags and desired properties, its version with
reported properties too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrada.local.resources.iothub import etags, presence, registry
from entrada.local.resources.iothub import properties as sections
from entrada.local.resources.iothub.context import NEVER, Hub
from entrada.local.resources.iothub.errors import invalid
from entrada.local.resources.iothub.registry import Who
from entrada.local.state import Document


def shown(hub: Hub, document: Mapping[str, Any]) -> Document:
    """Return a twin as the service answers it."""
    identity, twin = document["identity"], document["twin"]
    named = {"moduleId": identity["moduleId"]} if "moduleId" in identity else {}
    scopes = {name: identity[name] for name in ("deviceScope", "parentScopes") if name in identity}
    configured = {"configurations": twin["configurations"]} if twin["configurations"] else {}
    return {
        "deviceId": identity["deviceId"],
        **named,
        "etag": etags.twin_etag(twin["changes"]),
        "deviceEtag": identity["etag"],
        "status": identity.get("status", "enabled"),
        "statusReason": identity.get("statusReason"),
        "statusUpdateTime": identity.get("statusUpdatedTime", NEVER),
        "connectionState": presence.connection_state(hub, registry.who_is(document), identity),
        "lastActivityTime": identity["lastActivityTime"],
        "cloudToDeviceMessageCount": 0,
        "authenticationType": identity["authentication"]["type"],
        "x509Thumbprint": identity["authentication"]["x509Thumbprint"],
        "modelId": "",
        "version": twin["version"],
        "tags": twin["tags"],
        **configured,
        "properties": {
            "desired": sections.shown(twin["desired"]),
            "reported": sections.shown(twin["reported"]),
        },
        "capabilities": identity.get("capabilities", {"iotEdge": False}),
        **scopes,
    }


def change(
    hub: Hub, who: Who, body: Mapping[str, Any], tag: str = "", *, replace: bool = False
) -> Document:
    """Merge tags and desired properties into a twin, or ``replace`` those that are given.

    Raises :class:`HubError` where ``tag`` is not the twin's, or the result has no room.
    """
    document = registry.need(hub, who)
    twin = document["twin"]
    etags.check(tag, etags.twin_etag(twin["changes"]))
    given = _given(body)
    changed = dict(twin)
    if "tags" in given:
        tags = given["tags"]
        changed["tags"] = sections.merged({} if replace else twin["tags"], tags)
    if "desired" in given:
        alter = sections.replaced if replace else sections.patched
        changed["desired"] = alter(twin["desired"], given["desired"], hub.moment, desired=True)
    return rewrite(hub, who, {**document, "twin": changed})


def check(body: Mapping[str, Any]) -> None:
    """Raise :class:`HubError` for what no twin can be changed to."""
    _given(body)


def rewrite(hub: Hub, who: Who, document: Document) -> Document:
    """Write a document whose twin's tags or desired properties have changed."""
    twin = document["twin"]
    sections.check_size(twin["tags"], "tags", sections.TAGS_SIZE)
    desired = twin["desired"]["values"]
    sections.check_size(desired, "properties.desired", sections.PROPERTIES_SIZE)
    counted = {**twin, "changes": twin["changes"] + 1, "version": twin["version"] + 1}
    return registry.write(hub, who, {**document, "twin": counted})


def report(hub: Hub, who: Who, patch: object) -> Document:
    """Merge what a device reports into its twin."""
    document = registry.need(hub, who)
    twin = document["twin"]
    content = sections.read(patch, "properties.reported")
    reported = sections.patched(twin["reported"], content, hub.moment, desired=False)
    size = sections.PROPERTIES_SIZE
    sections.check_size(reported["values"], "properties.reported", size)
    twin = {**twin, "reported": reported, "version": twin["version"] + 1}
    identity = {**document["identity"], "lastActivityTime": hub.moment}
    return registry.write(hub, who, {**document, "identity": identity, "twin": twin})


def _given(body: Mapping[str, Any]) -> Document:
    """Read the sections that a body gives; what else is in it is the service's to write."""
    found: Document = {}
    if body.get("tags") is not None:
        found["tags"] = sections.read(body["tags"], "tags")
    properties = body.get("properties")
    if properties is not None and not isinstance(properties, Mapping):
        raise invalid("properties is no JSON object.")
    if properties and properties.get("desired") is not None:
        found["desired"] = sections.read(properties["desired"], "properties.desired")
    return found

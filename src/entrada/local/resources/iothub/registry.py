"""The identity registry: devices and modules of a hub in the state, their keys sealed.

Knows no HTTP and asks nobody whether they may. A document holds an ``identity``, its sealed
``keys`` and its ``twin``; ``Who`` names it: a device, or a device and one of its modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

from entrada.local import sealed
from entrada.local.resources.iothub import etags, identities, presence
from entrada.local.resources.iothub.context import NEVER, Hub
from entrada.local.resources.iothub.errors import HubError
from entrada.local.resources.iothub.properties import new_section
from entrada.local.state import Document

Who: TypeAlias = tuple[str, ...]

DEVICE: Final = "iotDevice"
MODULE: Final = "iotModule"
KINDS: Final = (DEVICE, MODULE)
_KEYS: Final = "iot-device-keys"
_MOST_MODULES = 50
_SCOPES = ("deviceScope", "parentScopes")
_EDGE_MODULES = ("$edgeAgent", "$edgeHub")


def kind_of(who: Who) -> str:
    """Return what the state calls such a thing."""
    return KINDS[len(who) - 1]


def find(hub: Hub, who: Who) -> Document | None:
    """Return a document, or ``None``."""
    return hub.state.get(kind_of(who), hub.key(*who))


def need(hub: Hub, who: Who) -> Document:
    """Return a document; raise :class:`HubError` where there is none."""
    found = find(hub, who)
    if found is not None:
        return found
    device = who[0]
    if len(who) > 1 and find(hub, (device,)) is not None:
        raise HubError("ModuleNotFound", f"The device {device!r} has no module {who[1]!r}.")
    raise HubError("DeviceNotFound", f"There is no device {device!r}.")


def write(hub: Hub, who: Who, document: Document) -> Document:
    """Write a document and return it."""
    return hub.state.put(kind_of(who), hub.key(*who), document)


def devices(hub: Hub, after: str = "", limit: int = -1) -> Iterator[Document]:
    """Yield the devices of a hub in order of their ids, from after one on."""
    start = hub.key(after) if after else ""
    for _, document in hub.state.under(DEVICE, hub.key(""), start, limit):
        yield document


def modules(hub: Hub, device_id: str = "") -> list[Document]:
    """Return the modules of a device, or of all."""
    prefix = hub.key(device_id, "") if device_id else hub.key("")
    return [document for _, document in hub.state.under(MODULE, prefix)]


def who_is(document: Mapping[str, Any]) -> Who:
    """Return whom a document is of."""
    identity = document["identity"]
    module = identity.get("moduleId")
    return (identity["deviceId"], module) if module else (identity["deviceId"],)


def create(hub: Hub, who: Who, body: Mapping[str, Any]) -> Document:
    """Register a device or module; raise :class:`HubError` where it is there."""
    if find(hub, who) is not None:
        raise _exists(who)
    device = who[0]
    identities.check_id(who[-1], "module" if len(who) > 1 else "device")
    if len(who) > 1:
        need(hub, (device,))
        if len(modules(hub, device)) >= _MOST_MODULES:
            raise HubError("TooManyModulesOnDevice")
    names = zip(("deviceId", "moduleId"), who, strict=False)
    identity = {**dict(names), "generationId": identities.new_generation()}
    moments = {"connectionStateUpdatedTime": NEVER, "lastActivityTime": NEVER}
    document = _written(hub, who, body, {**identity, **moments}, None)
    if document["identity"].get("capabilities", {}).get("iotEdge"):
        _complete_edge(hub, device)
    return document


def update(hub: Hub, who: Who, body: Mapping[str, Any], tag: str) -> Document:
    """Change an identity whose entity tag is ``tag`` (``*`` for any)."""
    standing = need(hub, who)
    etags.check(tag, standing["identity"]["etag"])
    document = _written(hub, who, body, standing["identity"], standing)
    if document["identity"].get("capabilities", {}).get("iotEdge"):
        _complete_edge(hub, who[0])
    return document


def delete(hub: Hub, who: Who, tag: str) -> None:
    """Delete a device with its modules, or one module."""
    etags.check(tag, need(hub, who)["identity"]["etag"])
    if len(who) == 1:
        for module in modules(hub, who[0]):
            _forget(hub, who_is(module))
    _forget(hub, who)


def seen(hub: Hub, who: Who, *, connection: bool = False) -> None:
    """Note that a device was active now, and with ``connection`` that it came or went."""
    moments = {"lastActivityTime": hub.moment}
    if connection:
        moments["connectionStateUpdatedTime"] = hub.moment
    with hub.state.transaction():
        document = need(hub, who)
        write(hub, who, {**document, "identity": {**document["identity"], **moments}})


def shown(hub: Hub, document: Mapping[str, Any]) -> Document:
    """Return an identity as the registry answers it, keys included, as the service does."""
    identity = document["identity"]
    keys = sealed.unseal(hub.cloud, _KEYS, document["keys"]) or dict(identities.NO_KEYS)
    return {
        **identity,
        "connectionState": presence.connection_state(hub, who_is(document), identity),
        "cloudToDeviceMessageCount": 0,
        "authentication": {**identity["authentication"], "symmetricKey": keys},
    }


def _forget(hub: Hub, who: Who) -> None:
    presence.detach(hub, who)
    hub.state.delete(kind_of(who), hub.key(*who))


def _written(
    hub: Hub,
    who: Who,
    body: Mapping[str, Any],
    identity: Mapping[str, Any],
    standing: Document | None,
) -> Document:
    authentication, keys = identities.authentication_of(body, identity.get("authentication"))
    earlier = sealed.unseal(hub.cloud, _KEYS, standing["keys"]) if standing else None
    full = identities.completed_keys(keys, earlier or {}) if authentication["type"] == "sas" else {}
    kept = {name: value for name, value in identity.items() if name not in _SCOPES}
    after = {**kept, "etag": etags.new_etag(), "authentication": authentication}
    if len(who) > 1:
        after["managedBy"] = body.get("managedBy") or ""
    else:
        after |= _device_members(body, after, hub.moment)
    document = {
        "identity": after,
        "keys": sealed.seal(hub.cloud, _KEYS, full) if full else "",
        "twin": standing["twin"] if standing else _new_twin(hub.moment),
    }
    return write(hub, who, document)


def _device_members(body: Mapping[str, Any], identity: Mapping[str, Any], moment: str) -> Document:
    status = identities.status_of(body, identity, moment)
    capabilities = {"capabilities": {"iotEdge": identities.edge_of(body)}}
    return {**status, **capabilities, **identities.scopes_of(body, {**identity, **capabilities})}


def _new_twin(moment: str) -> Document:
    return {
        "changes": 1,
        "version": 2,
        "tags": {},
        "desired": new_section(moment),
        "reported": new_section(moment),
        "configurations": {},
    }


def _complete_edge(hub: Hub, device_id: str) -> None:
    for name in _EDGE_MODULES:
        if find(hub, (device_id, name)) is None:
            create(hub, (device_id, name), {"managedBy": "iotEdge"})


def _exists(who: Who) -> HubError:
    if len(who) == 1:
        return HubError(
            "DeviceAlreadyExists", f"A device with ID '{who[0]}' is already registered."
        )
    return HubError(
        "ModuleAlreadyExistsOnDevice",
        f"A module with ID '{who[1]}' is already registered on device '{who[0]}'.",
    )

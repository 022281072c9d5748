"""Many changes of the registry in one request, each with its own outcome.

The same changes, one a line, are what an import job reads.
https://learn.microsoft.com/azure/iot-hub/iot-hub-bulk-identity-mgmt
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from entrada._engine.effects import Response
from entrada.local.http import json_reply
from entrada.local.resources.iothub import etags, registry, twins
from entrada.local.resources.iothub.context import Context, Hub
from entrada.local.resources.iothub.errors import HubError, invalid
from entrada.local.resources.iothub.registry import Who
from entrada.local.state import Document

Change: TypeAlias = Callable[[Hub, Who, Mapping[str, Any]], object]

_MOST = 100


def bulk(context: Context) -> Response:
    """Make up to 100 changes; 400 with the errors where any failed, the others being made."""
    body = context.json()
    if not isinstance(body, list) or not all(isinstance(item, dict) for item in body):
        raise invalid("The request's body is not a list of devices.")
    if not 1 <= len(body) <= _MOST:
        raise invalid(f"A bulk operation has 1 to {_MOST} devices, not {len(body)}.")
    errors = [error for item in body if (error := outcome(context.hub, item)) is not None]
    result = {"isSuccessful": not errors, "errors": errors, "warnings": []}
    return json_reply(400 if errors else 200, result)


def outcome(hub: Hub, item: Mapping[str, Any], default: str = "") -> Document | None:
    """Make one change; return what went wrong, or ``None``."""
    mode = item.get("importMode") or default
    who = _who(item)
    try:
        if who is None:
            raise invalid("A change has the texts id and, for modules, moduleId.")
        change = _CHANGES.get(str(mode).lower())
        if change is None:
            known = ", ".join(_MODES)
            raise invalid(f"importMode is {mode!r}, known are {known}.")
        change(hub, who, item)
    except HubError as error:
        return {
            "deviceId": str(item.get("id")),
            "moduleId": item.get("moduleId"),
            "errorCode": error.code,
            "errorStatus": error.message,
            "operation": str(mode),
        }
    return None


def _who(item: Mapping[str, Any]) -> Who | None:
    device, module = item.get("id"), item.get("moduleId")
    if not isinstance(device, str) or not isinstance(module, str | None):
        return None
    return (device, module) if module else (device,)


def _create(hub: Hub, who: Who, item: Mapping[str, Any]) -> None:
    registry.create(hub, who, item)
    try:
        _set_twin(hub, who, item)
    except HubError:
        registry.delete(hub, who, etags.ANY)
        raise


def _create_or_update(hub: Hub, who: Who, item: Mapping[str, Any]) -> None:
    if registry.find(hub, who) is None:
        _create(hub, who, item)
    else:
        _update(hub, who, item)


def _update(hub: Hub, who: Who, item: Mapping[str, Any]) -> None:
    registry.update(hub, who, item, etags.ANY)


def _update_if(hub: Hub, who: Who, item: Mapping[str, Any]) -> None:
    registry.update(hub, who, item, _tag(item, "eTag"))


def _delete(hub: Hub, who: Who, _item: Mapping[str, Any]) -> None:
    registry.delete(hub, who, etags.ANY)


def _delete_if(hub: Hub, who: Who, item: Mapping[str, Any]) -> None:
    registry.delete(hub, who, _tag(item, "eTag"))


def _update_twin(hub: Hub, who: Who, item: Mapping[str, Any]) -> None:
    twins.change(hub, who, item)


def _update_twin_if(hub: Hub, who: Who, item: Mapping[str, Any]) -> None:
    twins.change(hub, who, item, _tag(item, "twinETag"))


def _set_twin(hub: Hub, who: Who, item: Mapping[str, Any]) -> None:
    if item.get("tags") or item.get("properties"):
        twins.change(hub, who, item)


def _tag(item: Mapping[str, Any], name: str) -> str:
    found = item.get(name) or (item.get("etag") if name == "eTag" else None)
    if not isinstance(found, str):
        raise HubError("ArgumentNull", f"{name} is missing.")
    return etags.wanted(found)


_MODES: Final[Mapping[str, Change]] = {
    "create": _create,
    "createOrUpdate": _create_or_update,
    "update": _update,
    "updateIfMatchETag": _update_if,
    "delete": _delete,
    "deleteIfMatchETag": _delete_if,
    "updateTwin": _update_twin,
    "updateTwinIfMatchETag": _update_twin_if,
}
_CHANGES: Final = {name.lower(): change for name, change in _MODES.items()}

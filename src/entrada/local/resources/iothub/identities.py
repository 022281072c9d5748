"""What a client says of a device or module: read, checked and completed. Knows no HTTP, no state.

Names, limits and defaults are those of IoT Hub's identity registry:
https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-identity-registry
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final

from entrada.local.resources.iothub.context import NEVER
from entrada.local.resources.iothub.errors import invalid
from entrada.local.state import Document

NO_KEYS: Final[Mapping[str, None]] = {"primaryKey": None, "secondaryKey": None}
AUTHENTICATION_TYPES: Final = ("sas", "selfSigned", "certificateAuthority", "none")
_ID = re.compile(r"[A-Za-z0-9\-:.+%_#*?!(),=@$']{1,128}")
_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}")
_LONGEST_REASON = 128


def check_id(text: str, what: str) -> None:
    """Raise :class:`HubError` for what cannot be a device's or module's id."""
    if _ID.fullmatch(text) is None:
        raise invalid(
            f"{text!r} is no {what} id: it has 1 to 128 ASCII letters, digits and -:.+%_#*?!(),=@$'"
        )


def check_same(body: Mapping[str, Any], name: str, path: str) -> None:
    """Raise :class:`HubError` where a body names something else than the path."""
    said = body.get(name)
    if said is not None and said != path:
        raise invalid(f"{name} is {said!r} in the body and {path!r} in the path.")


def new_generation() -> str:
    """Return what tells a device from one of the same id that was deleted."""
    return str(secrets.randbelow(9 * 10**17) + 10**17)


def authentication_of(
    body: Mapping[str, Any], standing: Mapping[str, Any] | None
) -> tuple[Document, Document]:
    """Return how an identity signs in, without keys, and its keys.

    Keys that are missing or empty are those that stand, or new ones.
    """
    asked = body.get("authentication")
    if asked is None:
        asked = {} if standing is None else {"type": standing["type"], **_thumbprints(standing)}
    if not isinstance(asked, Mapping):
        raise invalid("authentication is no JSON object.")
    thumbprint = _thumbprint(asked)
    kind = asked.get("type") or ("selfSigned" if thumbprint["primaryThumbprint"] else "sas")
    if kind not in AUTHENTICATION_TYPES:
        known = ", ".join(AUTHENTICATION_TYPES)
        raise invalid(f"authentication.type is {kind!r}, known are {known}.")
    if kind == "selfSigned" and not thumbprint["primaryThumbprint"]:
        raise invalid("authentication.x509Thumbprint.primaryThumbprint is missing.")
    if kind != "selfSigned":
        thumbprint = {"primaryThumbprint": None, "secondaryThumbprint": None}
    return {"type": kind, "x509Thumbprint": thumbprint}, _keys(asked) if kind == "sas" else {}


def completed_keys(asked: Mapping[str, Any], standing: Mapping[str, Any]) -> Document:
    """Return keys in full: as asked, else as they stand, else new ones of 256 bits."""
    return {
        name: asked.get(name) or standing.get(name) or new_key()
        for name in ("primaryKey", "secondaryKey")
    }


def new_key() -> str:
    """Return a random device key."""
    return base64.b64encode(secrets.token_bytes(32)).decode()


def status_of(body: Mapping[str, Any], standing: Mapping[str, Any], moment: str) -> Document:
    """Return whether a device may connect, why, and since when that is so."""
    status = body.get("status") or "enabled"
    if status not in ("enabled", "disabled"):
        raise invalid(f"status is {status!r}, known are enabled and disabled.")
    reason = body.get("statusReason")
    if reason is not None and (not isinstance(reason, str) or len(reason) > _LONGEST_REASON):
        raise invalid(f"statusReason is no text of at most {_LONGEST_REASON} characters.")
    since = str(standing.get("statusUpdatedTime", NEVER))
    changed = (status, reason) != (standing.get("status", "enabled"), standing.get("statusReason"))
    updated = moment if changed else since
    return {"status": status, "statusReason": reason, "statusUpdatedTime": updated}


def edge_of(body: Mapping[str, Any]) -> bool:
    """Say whether a device is an IoT Edge device."""
    capabilities = body.get("capabilities") or {}
    edge = capabilities.get("iotEdge", False) if isinstance(capabilities, Mapping) else None
    if not isinstance(edge, bool):
        raise invalid("capabilities.iotEdge is neither true nor false.")
    return edge


def scopes_of(body: Mapping[str, Any], identity: Mapping[str, Any]) -> Document:
    """Return a device's own scope and its parent's.

    An edge device has a scope, ``ms-azure-iot-edge://{id}-{generation}``, that other devices name
    to be its children.
    """
    parents = body.get("parentScopes") or []
    scope = body.get("deviceScope") or ""
    if not isinstance(parents, list) or not all(isinstance(each, str) for each in parents):
        raise invalid("parentScopes is no list of texts.")
    if not isinstance(scope, str) or len(parents) > 1:
        raise invalid("A device has one deviceScope and at most one of parentScopes.")
    if identity["capabilities"]["iotEdge"]:
        own = f"ms-azure-iot-edge://{identity['deviceId']}-{identity['generationId']}"
        return {"deviceScope": own, "parentScopes": parents}
    parents = parents or [scope] * bool(scope)
    return {"deviceScope": parents[0], "parentScopes": parents} if parents else {}


def _keys(asked: Mapping[str, Any]) -> Document:
    keys = asked.get("symmetricKey") or {}
    if not isinstance(keys, Mapping):
        raise invalid("authentication.symmetricKey is no JSON object.")
    found = {name: keys.get(name) or None for name in NO_KEYS}
    if (found["primaryKey"] is None) != (found["secondaryKey"] is None):
        raise invalid("authentication.symmetricKey has one key: give both or none.")
    for name, key in found.items():
        if key is not None and not _is_key(key):
            raise invalid(f"authentication.symmetricKey.{name} is no base64 of 16 to 64 bytes.")
    return found


def _is_key(text: object) -> bool:
    try:
        return isinstance(text, str) and 16 <= len(base64.b64decode(text, validate=True)) <= 64
    except (binascii.Error, ValueError):
        return False


def _thumbprints(standing: Mapping[str, Any]) -> Document:
    return {"x509Thumbprint": standing["x509Thumbprint"]}


def _thumbprint(asked: Mapping[str, Any]) -> Document:
    given = asked.get("x509Thumbprint") or {}
    if not isinstance(given, Mapping):
        raise invalid("authentication.x509Thumbprint is no JSON object.")
    found = {name: given.get(name) or None for name in ("primaryThumbprint", "secondaryThumbprint")}
    for name, text in found.items():
        if text is not None and not (isinstance(text, str) and _THUMBPRINT.fullmatch(text)):
            raise invalid(
                f"authentication.x509Thumbprint.{name} is no SHA-1 or SHA-256 in hexadecimal."
            )
    return found

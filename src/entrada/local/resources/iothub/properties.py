"""A twin's tags and properties: merge patches, metadata, and the limits of size and shape.

Knows no HTTP and no state. A section is a document of ``values``, ``metadata`` (the same tree,
saying when each member was written) and ``version``. Limits are those of
https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-device-twins#tags-and-properties-format
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from entrada.local.resources.iothub.errors import invalid
from entrada.local.state import Document

TAGS_SIZE: Final = 8 << 10
PROPERTIES_SIZE: Final = 32 << 10
_DEEPEST = 10
_LONGEST_KEY = 1 << 10
_LONGEST_TEXT = 4 << 10
_LARGEST_INTEGER = 4503599627370495
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f.$ ]")
_OWN = ("$metadata", "$version")


def new_section(moment: str) -> Document:
    """Return an empty section of properties."""
    return {"values": {}, "metadata": {"$lastUpdated": moment}, "version": 1}


def shown(section: Document) -> Document:
    """Return a section of properties as a twin shows it."""
    return {
        **section["values"],
        "$metadata": section["metadata"],
        "$version": section["version"],
    }


def patched(section: Document, patch: Mapping[str, Any], moment: str, *, desired: bool) -> Document:
    """Return a section after a JSON merge patch (RFC 7396); ``null`` removes a member.

    Only ``desired`` properties say of every member in which version it was written.
    """
    version = section["version"] + 1
    stamp: Document = {"$lastUpdated": moment}
    if desired:
        stamp["$lastUpdatedVersion"] = version
    changed = _copied(section)
    _merge(changed["values"], changed["metadata"], patch, stamp)
    changed["metadata"].update(stamp)
    return {**changed, "version": version}


def replaced(
    section: Document, values: Mapping[str, Any], moment: str, *, desired: bool
) -> Document:
    """Return a section that holds nothing but the given values."""
    empty = {"values": {}, "metadata": {}, "version": section["version"]}
    return patched(empty, values, moment, desired=desired)


def assigned(values: Mapping[str, Any], path: tuple[str, ...], value: Any) -> Document:
    """Return values in which the member at a path is exactly a value, nothing merged into it."""
    if not path:
        return dict(_copied(value)) if isinstance(value, Mapping) else {}
    inner = values.get(path[0])
    below = inner if isinstance(inner, Mapping) else {}
    changed = value if len(path) == 1 else assigned(below, path[1:], value)
    return {**values, path[0]: _copied(changed)}


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> Document:
    """Return the merge patch that makes the second out of the first."""
    patch: Document = {name: None for name in before if name not in after}
    for name, value in after.items():
        standing = before.get(name)
        if isinstance(standing, Mapping) and isinstance(value, Mapping):
            inner = difference(standing, value)
            patch |= {name: inner} if inner else {}
        elif name not in before or standing != value:
            patch[name] = value
    return patch


def merged(target: Mapping[str, Any], patch: Mapping[str, Any]) -> Document:
    """Return an object after a JSON merge patch."""
    result: Document = _copied(target)
    _merge(result, None, patch, {})
    return result


def read(body: object, name: str) -> Document:
    """Read what a client sends for a section; raise :class:`HubError` for what cannot be kept.

    ``$metadata`` and ``$version`` are left out: a twin that was read may be sent back.
    """
    if not isinstance(body, dict):
        raise invalid(f"{name} is no JSON object.")
    content = {key: value for key, value in body.items() if key not in _OWN}
    _check(content, name, 0)
    return content


def check_size(values: Mapping[str, Any], name: str, largest: int) -> None:
    """Raise :class:`HubError` where a section has more bytes than it may."""
    size = _size(values)
    if size > largest:
        raise invalid(f"{name} has {size} bytes, the limit is {largest}.")


def _copied(value: Any) -> Any:
    """Return a JSON value with objects of its own."""
    if isinstance(value, Mapping):
        return {name: _copied(member) for name, member in value.items()}
    return value


def _merge(
    values: Document, metadata: Document | None, patch: Mapping[str, Any], stamp: Document
) -> None:
    for name, value in patch.items():
        if value is None:
            values.pop(name, None)
            if metadata is not None:
                metadata.pop(name, None)
            continue
        inner = metadata.setdefault(name, {}) if metadata is not None else None
        if isinstance(value, Mapping):
            if not isinstance(values.get(name), dict):
                values[name] = {}
            _merge(values[name], inner, value, stamp)
        else:
            values[name] = value
            if inner is not None:
                inner.clear()
        if inner is not None:
            inner.update(stamp)


def _check(value: Any, name: str, depth: int) -> None:
    if isinstance(value, dict):
        if depth > _DEEPEST:
            raise invalid(f"{name} is nested deeper than {_DEEPEST} levels.")
        for key, member in value.items():
            if not key or len(key.encode(errors="replace")) > _LONGEST_KEY:
                raise invalid(f"{name} has a key that is empty or longer than {_LONGEST_KEY}.")
            if _FORBIDDEN.search(key):
                raise invalid(f"{name} has the key {key!r}: no '.', '$', space or control.")
            _check(member, f"{name}.{key}", depth + 1)
    elif isinstance(value, list):
        if depth > _DEEPEST:
            raise invalid(f"{name} is nested deeper than {_DEEPEST} levels.")
        for member in value:
            _check(member, name, depth + 1)
    else:
        _check_plain(value, name)


def _check_plain(value: Any, name: str) -> None:
    if isinstance(value, str) and len(value.encode(errors="replace")) > _LONGEST_TEXT:
        raise invalid(f"{name} is longer than {_LONGEST_TEXT} bytes.")
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):  # noqa: PLR0124
        raise invalid(f"{name} is no finite number.")
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        raise invalid(f"{name} is beyond {_LARGEST_INTEGER}.")


def _size(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(len(key.encode(errors="replace")) + _size(part) for key, part in value.items())
    if isinstance(value, list):
        return sum(_size(part) for part in value)
    if isinstance(value, str):
        return len(value.encode(errors="replace"))
    if isinstance(value, bool):
        return 4
    return 0 if value is None else 8

"""What configurations write: a path of desired properties, and the value that is to stand there.

Knows no state. ``deviceContent`` and ``moduleContent`` map paths such as
``properties.desired.heating`` to values; ``modulesContent`` does so for named modules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from entrada.local.resources.iothub import properties as sections
from entrada.local.resources.iothub.errors import HubError
from entrada.local.state import Document

KINDS: Final = ("deviceContent", "moduleContent", "modulesContent")
_ROOT = ("properties", "desired")


@dataclass(frozen=True, slots=True)
class Setting:
    """One path below the desired properties, and its value."""

    path: tuple[str, ...]
    value: Any

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Say whether desired properties have this value at this path."""
        return sections.assigned(values, self.path, self.value) == values


def read(body: object) -> Document:
    """Read a configuration's content; raise :class:`HubError` where it is none."""
    content = body if isinstance(body, Mapping) else {}
    found = {kind: content[kind] for kind in KINDS if content.get(kind)}
    if not found:
        raise _invalid(f"content has none of {', '.join(KINDS)}.")
    for kind, settings in found.items():
        for name, inner in _by_module(kind, settings).items():
            settings_of(inner, name)
    return found


def settings_of(content: object, name: str) -> tuple[Setting, ...]:
    """Return the settings of a content for one twin."""
    if not isinstance(content, Mapping):
        raise _invalid(f"{name} is no JSON object.")
    return tuple(_setting(path, value, name) for path, value in content.items())


def _by_module(kind: str, settings: object) -> Mapping[str, Any]:
    if kind != "modulesContent":
        return {kind: settings}
    if not isinstance(settings, Mapping):
        raise _invalid(f"{kind} is no JSON object.")
    return {f"{kind}.{module}": inner for module, inner in settings.items()}


def _setting(path: str, value: Any, name: str) -> Setting:
    parts = tuple(path.split("."))
    if parts[:2] != _ROOT or not all(parts):
        raise _invalid(f"{name} has the path {path!r}: paths start with properties.desired.")
    if len(parts) == 2 and not isinstance(value, Mapping):
        raise _invalid(f"{name} sets properties.desired to what is no JSON object.")
    try:
        sections.read({"value": value}, f"{name}.{path}")
    except HubError as error:
        raise _invalid(error.message) from error
    return Setting(parts[2:], value)


def _invalid(sentence: str) -> HubError:
    return HubError("InvalidConfigurationContent", sentence)

"""The configuration of web and function apps, which is there without having been created.

Parts of it that nobody wrote follow from ``siteConfig`` of the site. See the Microsoft.Web REST
reference, sites/config.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from entrada.local.state import Document

_NAME_VALUE_LISTS = ("appSettings", "connectionStrings")


def _web(site_config: Mapping[str, Any]) -> Document:
    return {name: site_config[name] for name in site_config if name not in _NAME_VALUE_LISTS}


def _app_settings(site_config: Mapping[str, Any]) -> Document:
    pairs = site_config.get("appSettings")
    named = (pair for pair in pairs if isinstance(pair, dict)) if isinstance(pairs, list) else ()
    return {str(pair.get("name")): pair.get("value") for pair in named}


def _nothing(_site_config: Mapping[str, Any]) -> Document:
    return {}


_PARTS: Mapping[str, Callable[[Mapping[str, Any]], Document]] = {
    "web": _web,
    "appsettings": _app_settings,
    "connectionstrings": _nothing,
    "metadata": _nothing,
    "slotconfignames": _nothing,
}


def default(site: Document, part: str) -> Document | None:
    """Return the properties of a part that nobody wrote; ``None`` where there is no such part."""
    properties = _PARTS.get(part.lower())
    site_config = site["properties"].get("siteConfig")
    return properties(site_config if isinstance(site_config, dict) else {}) if properties else None

"""What a client may say of a secret in a body: value, attributes, content type, tags.

Knows no state. Limits are those of Key Vault's service limits and its reference of secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrada.local.resources.keyvault.errors import bad_parameter
from entrada.local.state import Document

_LARGEST_VALUE = 25 * 1024
_LONGEST_CONTENT_TYPE = 255
_MOST_TAGS, _LONGEST_TAG = 15, 256


def value(body: Document) -> str:
    """Return the value to set; raise :class:`VaultError` for none, or one of more than 25 KB."""
    given = body.get("value")
    if not isinstance(given, str):
        raise bad_parameter("The property 'value' is missing, or is no string.")
    if len(given.encode("utf-8", "replace")) > _LARGEST_VALUE:
        raise bad_parameter(f"The value of a secret has at most {_LARGEST_VALUE} bytes.")
    return given


def properties(body: Document) -> dict[str, Any]:
    """Return what a body says beside the value, by the names of ``Version``'s fields."""
    attributes = body.get("attributes")
    if attributes is not None and not isinstance(attributes, dict):
        raise bad_parameter("The property 'attributes' is not an object.")
    said: dict[str, Any] = {
        "enabled": _enabled(attributes or {}),
        "nbf": _time(attributes or {}, "nbf"),
        "exp": _time(attributes or {}, "exp"),
        "content_type": _content_type(body.get("contentType")),
        "tags": _tags(body.get("tags")),
    }
    return {name: given for name, given in said.items() if given is not None}


def check_times(nbf: int | None, exp: int | None) -> None:
    """Raise :class:`VaultError` where a version would expire before it is valid."""
    if nbf is not None and exp is not None and exp <= nbf:
        raise bad_parameter("The attribute 'exp' is not after 'nbf'.")


def _enabled(attributes: Mapping[str, Any]) -> bool | None:
    given = attributes.get("enabled")
    if given is None or isinstance(given, bool):
        return given
    raise bad_parameter("The attribute 'enabled' is neither true nor false.")


def _time(attributes: Mapping[str, Any], name: str) -> int | None:
    given = attributes.get(name)
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool) and given >= 0:
        return given
    raise bad_parameter(f"The attribute '{name}' is no time in whole seconds since 1970.")


def _content_type(given: object) -> str | None:
    if given is None or (isinstance(given, str) and len(given) <= _LONGEST_CONTENT_TYPE):
        return given
    raise bad_parameter(
        f"The property 'contentType' is no text of at most {_LONGEST_CONTENT_TYPE} characters."
    )


def _tags(given: object) -> dict[str, str] | None:
    if given is None:
        return None
    if not isinstance(given, dict) or len(given) > _MOST_TAGS:
        raise bad_parameter(f"The property 'tags' is no object of at most {_MOST_TAGS} members.")
    for name, text in given.items():
        if not isinstance(text, str) or max(len(name), len(text)) > _LONGEST_TAG:
            raise bad_parameter(
                f"A tag's name and value are texts of at most {_LONGEST_TAG} characters."
            )
    return given

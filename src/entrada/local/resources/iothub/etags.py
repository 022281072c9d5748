"""Entity tags of IoT Hub: making them, and what an ``If-Match`` header asks. Knows no state."""

from __future__ import annotations

import base64
import secrets

from entrada.local.resources.iothub.errors import HubError

ANY = "*"


def new_etag() -> str:
    """Return a tag that no other version of an identity or configuration has."""
    return base64.b64encode(str(secrets.randbelow(900_000_000) + 100_000_000).encode()).decode()


def twin_etag(version: int) -> str:
    """Return the tag of a twin's version, such as ``AAAAAAAAAAE=``."""
    return base64.b64encode(version.to_bytes(8, "big")).decode()


def wanted(header: str) -> str:
    """Read an ``If-Match`` header: a tag without its quotes, ``*`` for any, nothing for none."""
    text = header.strip()
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text


def check(tag: str, standing: str) -> None:
    """Raise :class:`HubError` where a wanted tag, if there is one, is not the standing one."""
    if tag not in ("", ANY, standing):
        raise HubError(
            "PreconditionFailed",
            f"Precondition failed: the entity tag is {standing!r}, the request was for {tag!r}.",
        )

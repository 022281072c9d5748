"""What a JSON Web Token says of itself, read without its signature: RFC 7519.

Nothing here proves anything: it is for messages and for our own clock, never for trust.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from entrada._wire.seconds import seconds_of


def decoded_segment(segment: object) -> dict[str, Any]:
    """Return the JSON object in a base64url segment, ``{}`` where there is none."""
    if not isinstance(segment, str):
        return {}
    try:
        found = json.loads(base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def expiry_of(token: str) -> float | None:
    """Return when a token says that it expires (epoch seconds), ``None`` where it does not."""
    parts = token.split(".")
    expiry = decoded_segment(parts[1]).get("exp") if len(parts) == 3 else None
    if isinstance(expiry, bool) or not isinstance(expiry, int | float):
        return None
    try:
        return seconds_of(expiry)
    except ValueError:
        return None

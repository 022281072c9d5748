"""When a token that a live connection was opened with has to be replaced there.

Pure: who waits and who is told differ by library and colour.
"""

from __future__ import annotations

from typing import Any, NamedTuple

SHARE = 0.7
"""The part of a token's remaining life after which a new one is looked for."""

_SHORTEST = 1.0
_SOON = 30.0


class Held(NamedTuple):
    """A token in use. ``expires_on`` and ``due`` are epoch seconds."""

    text: str
    expires_on: float
    due: float

    def __repr__(self) -> str:
        return f"Held(expires_on={self.expires_on}, due={self.due})"


def held(token: Any, now: float) -> Held:
    """Return a credential's token with the time to look for its successor.

    ``token`` is an ``AccessToken``, or an ``AccessTokenInfo``, which may say when itself.
    """
    expires_on = float(token.expires_on)
    refresh_on = getattr(token, "refresh_on", None)
    due = now + (expires_on - now) * SHARE if refresh_on is None else float(refresh_on)
    return Held(token.token, expires_on, max(due, now + _SHORTEST))


def again(now: float, expires_on: float) -> float:
    """Return seconds to wait where there was no new token yet: sooner as the old one's end nears.

    A credential that renews in the background has it at the next look.
    """
    return min(_SOON, max(_SHORTEST, (expires_on - now) / 4))

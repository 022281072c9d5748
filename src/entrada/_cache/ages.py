"""How old a token is: fresh, stale (renewed behind the caller's back) or dead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from entrada.types import Token, public_tokens

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, AccessTokenInfo

_LONG_LIFE = 7200.0
_MARGIN = 300.0
_LAST_RESORT = 5.0
_SPREAD = 0.1
_OVERHEAD = 700  # measured: the objects around a token, its key included


class Ages(NamedTuple):
    """When a token stops being fresh, stale and a last resort, in epoch seconds."""

    refresh_on: float
    dead_on: float
    last_on: float


def ages_of(token: Token, received_on: float) -> Ages:
    """Return the times of a token that was received then."""
    life = max(0.0, token.expires_on - received_on)
    dead_on = token.expires_on - min(_MARGIN, life / 10)
    refresh_on = token.refresh_on
    if refresh_on is None or refresh_on <= received_on:
        # Half of a long life, as the peers do; else a quarter is left to try again in.
        refresh_on = received_on + (life / 2 if life >= _LONG_LIFE else life * 0.75)
    last_on = token.expires_on - min(_LAST_RESORT, life / 10)
    return Ages(min(refresh_on, dead_on), dead_on, last_on)


class Entry:
    """A token in memory. All times are epoch seconds.

    Until ``refresh_on`` it is fresh; until ``dead_on`` stale: still handed out while it is renewed
    in the background; until ``last_on`` it is a last resort for when renewing fails, which has
    happened ``failures`` times since. Once nobody answered a renewal, ``dead_on`` is ``last_on``:
    callers shall not wait for that again.
    """

    __slots__ = (
        "_margin_on",
        "dead_on",
        "failures",
        "info",
        "last_on",
        "refresh_on",
        "token",
    )

    token: AccessToken
    info: AccessTokenInfo
    refresh_on: float
    dead_on: float
    last_on: float

    def __init__(self, token: Token, received_on: float) -> None:
        self.token, self.info = public_tokens(token)
        self.refresh_on, self.dead_on, self.last_on = ages_of(token, received_on)
        self._margin_on = self.dead_on
        self.failures = 0

    @property
    def size(self) -> int:
        """About how many bytes it takes in memory."""
        return len(self.token.token) + _OVERHEAD

    def age(self, now: float) -> str:
        """Return what the token is at a time: fresh, stale or dead."""
        return "fresh" if now < self.refresh_on else "stale" if now < self.dead_on else "dead"

    def spread(self, chance: float) -> None:
        """Put the first renewal off by ``chance`` (0 to 1) of a tenth of the time left for it.

        Processes that began together shall not all renew in the same second.
        """
        self.refresh_on += chance * _SPREAD * (self.dead_on - self.refresh_on)

    def postponed(self, refresh_on: float, *, unanswered: bool = True) -> None:
        """Try the next renewal no sooner than then; ``unanswered``: nobody refused the last one."""
        self.dead_on = self.last_on if unanswered else self._margin_on
        self.refresh_on = min(refresh_on, self.dead_on)

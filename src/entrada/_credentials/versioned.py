"""Credentials of somebody who signed in elsewhere: tokens hold while that sign-in does."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from entrada._credentials.recipe import Recipe
from entrada.types import Ask

if TYPE_CHECKING:
    from entrada._cache.ages import Entry


class Versioned(Recipe):
    """A recipe whose tokens hold for as long as ``version`` does not change.

    So 1,000 calls get one token, and after somebody else signs in the next call gets a new one.
    """

    def version(self, cae: bool) -> Hashable:
        """Say who is signed in, without a request or a program."""
        raise NotImplementedError

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return the fresh token of whoever is signed in now, or ``None``."""
        try:
            entry = self._entries.get((scopes, tenant, cae, self.version(cae)))
        except TypeError:  # a list for a scope: the ask's own check says what is wrong
            return None
        return entry if entry is not None and self._now() < entry.refresh_on else None

    def key(self, ask: Ask) -> Hashable:
        """Bind an ask's token to who is signed in."""
        return (ask.scopes, ask.tenant, ask.cae, self.version(ask.cae))

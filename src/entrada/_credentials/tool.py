"""What all credentials of signed-in developer tools share: memory bound to who is signed in."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, ClassVar

from entrada._credentials.recipe import Recipe
from entrada._tools.tool import Tool
from entrada.types import Ask

if TYPE_CHECKING:
    from entrada._cache.ages import Entry


class SignedInTool(Recipe):
    """A recipe whose tokens hold for as long as the tool's profile files do not change.

    So 1,000 calls start one program, and after somebody else signs in the next call starts a
    new one.
    """

    tool: ClassVar[Tool]

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return the fresh token of whoever is signed in now, or ``None``."""
        try:
            entry = self._entries.get((scopes, tenant, cae, self.tool.version(self.world)))
        except TypeError:  # a list for a scope: the ask's own check says what is wrong
            return None
        return entry if entry is not None and self._now() < entry.refresh_on else None

    def key(self, ask: Ask) -> Hashable:
        """Bind an ask's token to the state of the tool's profile."""
        return (ask.scopes, ask.tenant, ask.cae, self.tool.version(self.world))

"""A credential that stands for another, which is chosen and loaded when a token is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrada._credentials.recipe import Recipe

if TYPE_CHECKING:
    from entrada._cache.ages import Entry
    from entrada._engine.effects import Flow, Transport
    from entrada.types import Ask


class Chosen(Recipe):
    """A recipe that hands on to the one that ``choose`` returns, from then on always the same."""

    def choose(self, ask: Ask) -> Recipe:
        """Return a new recipe; raise CredentialUnavailableError where there is none to choose."""
        raise NotImplementedError

    @property
    def chosen(self) -> Recipe | None:
        """The recipe that was chosen, once that has happened."""
        return self._parts.get("chosen")

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return the chosen recipe's fresh token, or ``None``."""
        chosen: Recipe | None = self._parts.get("chosen")
        return chosen.ready(scopes, tenant, cae) if chosen is not None else None

    def acquire(self, ask: Ask) -> Flow[Entry]:
        """Return the chosen recipe's token."""
        return (yield from self.part("chosen", lambda: self._chosen_for(ask)).acquire(ask))

    def describe(self) -> dict[str, object]:
        """Return the chosen recipe's settings."""
        return self.chosen.describe() if self.chosen is not None else {}

    def transports(self) -> list[Transport]:
        """Return the chosen recipe's transports."""
        return self.chosen.transports() if self.chosen is not None else []

    def members(self) -> list[Any]:
        """Return what the chosen recipe holds of others."""
        return self.chosen.members() if self.chosen is not None else []

    def nested(self) -> tuple[Recipe, ...]:
        """Return the chosen recipe."""
        return (self.chosen,) if self.chosen is not None else ()

    def _chosen_for(self, ask: Ask) -> Recipe:
        recipe = self.choose(ask)
        recipe.asynchronous, recipe.guard = self.asynchronous, self.guard
        return recipe

"""Whether a store works at the moment: one that fails is said once, and let alone for a while."""

from __future__ import annotations

from collections.abc import Callable

from entrada._engine import log
from entrada._engine.effects import Flow, T
from entrada._engine.world import World
from entrada._stores.store import StoreUnavailable

_REST_SECONDS = 5.0


class Health:
    """The health of one store, for all credentials that use it."""

    def __init__(self) -> None:
        self._down_until: float | None = None

    def run(self, start: Callable[[], Flow[T]], world: World, store: object) -> Flow[T | None]:
        """Run a flow of the store's; ``None`` where it fails, or failed a moment ago."""
        if self._down_until is not None and world.elapsed() < self._down_until:
            return None
        try:
            result = yield from start()
        except StoreUnavailable as why:
            if self._down_until is None:
                log.warning("tokens are kept in memory only: %s", why)
            self._down_until = world.elapsed() + _REST_SECONDS
            return None
        if self._down_until is not None:
            self._down_until = None
            log.warning("tokens are kept in %r again", store)
        return result

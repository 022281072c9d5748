"""From an ask to a token: memory first, else one renewal shared by all who ask meanwhile.

A stale token is returned at once and renewed in the background; a failed renewal is tried again
later and never takes away a token that still works.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from typing import TypeAlias

from entrada._cache.ages import Entry
from entrada._engine.effects import Flow, Spawn
from entrada._engine.flight import Flights
from entrada._engine.world import World
from entrada.errors import AuthenticationError, AuthorityUnreachableError
from entrada.types import Token

_log = logging.getLogger("entrada")

_MOST_ENTRIES = 10_000
_FIRST_RETRY = 30.0
_LONGEST_RETRY = 300.0

Start: TypeAlias = Callable[[], Flow[Token]]


class Lookup:
    """One credential's tokens and the renewals under way. ``name`` is for the log."""

    def __init__(self, name: str, world: World, entries: dict[Hashable, Entry]) -> None:
        self._name = name
        self._world = world
        self._entries = entries
        self._flights: Flights[Entry] = Flights()
        self._failures: dict[Hashable, int] = {}

    def get(self, key: Hashable, start: Start) -> Flow[Entry]:
        """Return the token for a key; ``start()`` is the flow that gets a new one."""
        entry = self._entries.get(key)
        if entry is None or self._world.now() >= entry.dead_on:
            return (yield from self._flights.once(key, lambda: self._replace(key, start)))
        if self._world.now() >= entry.refresh_on and not self._flights.under_way(key):
            yield Spawn(lambda: self._flights.once(key, lambda: self._refresh(key, start)))
        return entry

    def fetch(self, key: Hashable, claims: str, start: Start) -> Flow[Entry]:
        """Return a new token that answers a claims challenge; it replaces the one in memory.

        Callers with the same claims at the same time share it.
        """
        return (yield from self._flights.once((key, claims), lambda: self._renew(key, start)))

    def _replace(self, key: Hashable, start: Start) -> Flow[Entry]:
        """Get a token where there is none, or serve the last seconds of the old one."""
        entry = self._entries.get(key)
        if entry is not None and self._world.now() < entry.refresh_on:
            return entry  # somebody renewed it between our look and our flight
        try:
            return (yield from self._renew(key, start))
        except AuthorityUnreachableError:
            if entry is None or self._world.now() >= entry.last_on:
                raise
            _log.warning("%s: renewal failed, the old token is used to its end", self._name)
            return entry

    def _refresh(self, key: Hashable, start: Start) -> Flow[Entry]:
        """Renew a stale token in the background."""
        entry = self._entries[key]
        now = self._world.now()
        if now < entry.refresh_on:
            return entry
        try:
            return (yield from self._renew(key, start))
        except AuthenticationError as error:
            count = self._failures[key] = self._failures.get(key, 0) + 1
            wait = min(_FIRST_RETRY * 2.0 ** (count - 1), _LONGEST_RETRY)
            wait *= 0.75 + self._world.chance() / 2
            entry.postponed(self._world.now() + wait)
            _log.warning("%s: background renewal failed (%s)", self._name, error.kind)
            return entry

    def _renew(self, key: Hashable, start: Start) -> Flow[Entry]:
        token = yield from start()
        entry = Entry(token, self._world.now())
        self._make_room()
        self._entries[key] = entry
        self._failures.pop(key, None)
        _log.info(
            "%s got a token, valid for %d s", self._name, token.expires_on - self._world.now()
        )
        return entry

    def _make_room(self) -> None:
        while len(self._entries) >= _MOST_ENTRIES:
            oldest = next(iter(self._entries))
            self._entries.pop(oldest, None)
            self._failures.pop(oldest, None)

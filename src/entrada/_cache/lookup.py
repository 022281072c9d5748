"""From an ask to a token: memory first, else one renewal shared by all who ask meanwhile.

A stale token is returned at once and renewed in the background; a failed renewal is tried again
later and never takes away a token that still works. Nobody waits for an answer while there is a
token that works, but for the one caller that first finds it in its last minutes.

Memory has two generations. When the young one is full it becomes the old one, whose tokens were
forgotten by then unless somebody asked for them again: so the least recently used make room, and
a warm look-up stays that of one dictionary.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeAlias

from entrada._cache.ages import Entry
from entrada._engine import log
from entrada._engine.effects import Flow, Spawn
from entrada._engine.flight import Flights
from entrada._engine.world import World
from entrada.types import Token

_MOST_ENTRIES = 200_000
_MOST_BYTES = 256 * 1024 * 1024
_FIRST_RETRY = 30.0
_LONGEST_RETRY = 300.0
_LONGEST_WAIT = 5.0
_FORCED = "forced"  # no claims: those are JSON

Start: TypeAlias = Callable[[], Flow[Token]]


class Lookup:
    """One credential's tokens and the renewals under way. ``name`` is for the log.

    Memory never holds more than ``most_entries`` tokens, or ``most_bytes`` of them.
    """

    def __init__(
        self,
        name: str,
        world: World,
        entries: dict[Hashable, Entry],
        *,
        most_entries: int = _MOST_ENTRIES,
        most_bytes: int = _MOST_BYTES,
    ) -> None:
        self._name = name
        self._world = world
        self._entries = entries
        self._old: dict[Hashable, Entry] = {}
        self._most_young = max(1, most_entries // 2)
        self._most_young_bytes = most_bytes // 2
        self._young_bytes = 0
        self._flights: Flights[Entry] = Flights()
        self._generation = 0
        self.forgotten_on = float("-inf")

    def get(self, key: Hashable, start: Start) -> Flow[Entry]:
        """Return the token for a key; ``start()`` is the flow that gets a new one."""

        def soon() -> Flow[Token]:
            from entrada._engine.watch import within

            return within(start(), _LONGEST_WAIT, self._world)

        entry = self._entries.get(key) or self._revived(key)
        now = self._world.now()
        if entry is None or now >= max(entry.dead_on, entry.last_on - _LONGEST_WAIT):
            return (yield from self._flights.once(key, lambda: self._renew(key, start)))
        if now >= entry.dead_on and not self._flights.under_way(key):
            return (yield from self._flights.once(key, lambda: self._renew(key, soon)))
        if now >= entry.refresh_on and not self._flights.under_way(key):
            yield Spawn(lambda: self._flights.once(key, lambda: self._renew(key, start)))
        return entry

    def age(self, key: Hashable) -> str:
        """Say how old the token for a key is: fresh, stale, dead, or that there is none."""
        entry = self._entries.get(key) or self._old.get(key)
        return "none" if entry is None else entry.age(self._world.now())

    def fetch(self, key: Hashable, claims: str, start: Start) -> Flow[Entry]:
        """Return a new token that answers a claims challenge; it replaces the one in memory.

        Callers with the same claims at the same time share it.
        """
        return (yield from self._flights.once((key, claims), lambda: self._new(key, start)))

    def force(self, key: Hashable, start: Start) -> Flow[Entry]:
        """Return a new token, which replaces the one in memory; callers at the same time share it.

        Where there is none the old token stays in memory.
        """
        return (yield from self.fetch(key, _FORCED, start))

    def forget(self, scopes: tuple[str, ...] = ()) -> None:
        """Drop the tokens for these scopes, or all; renewals under way give nothing to memory."""
        self._flights.detach()
        self._generation += 1
        self.forgotten_on = self._world.now()
        for generation in (self._entries, self._old):
            for key in tuple(generation):
                if not scopes or (isinstance(key, tuple) and key[0] == scopes):
                    generation.pop(key, None)

    def _renew(self, key: Hashable, start: Start) -> Flow[Entry]:
        """Get a token where there is no fresh one; where that fails, serve the old one.

        Callers and the background share this flight, so it ends for both as it must for callers.
        """
        entry = self._entries.get(key)
        if entry is not None and self._world.now() < entry.refresh_on:
            return entry  # somebody renewed it, or failed to, between our look and our flight
        try:
            return (yield from self._new(key, start))
        except Exception as error:
            if entry is None:
                raise
            self._postpone(entry, unanswered=_is_unanswered(error))
            if self._world.now() >= entry.dead_on:
                raise
            reason = getattr(error, "kind", type(error).__name__)
            log.warning("%s: renewal failed (%s), the old token is used", self._name, reason)
            return entry
        except BaseException:
            # A caller that gave up has waited: the next one shall not.
            if entry is not None and self._world.now() >= entry.dead_on:
                self._postpone(entry, unanswered=True)
            raise

    def _postpone(self, entry: Entry, *, unanswered: bool) -> None:
        entry.failures += 1
        wait = min(_FIRST_RETRY * 2.0 ** min(entry.failures - 1, 10), _LONGEST_RETRY)
        wait *= 0.75 + self._world.chance() / 2
        entry.postponed(self._world.now() + wait, unanswered=unanswered)

    def _new(self, key: Hashable, start: Start) -> Flow[Entry]:
        generation = self._generation
        token = yield from start()
        received_on = self._world.now() if token.received_on is None else token.received_on
        entry = Entry(token, received_on)
        entry.spread(self._world.chance())
        if generation == self._generation:
            self._keep(key, entry)
        log.info("%s got a token, valid for %d s", self._name, token.expires_on - self._world.now())
        return entry

    def _revived(self, key: Hashable) -> Entry | None:
        """Return a token of the old generation, young again."""
        entry = self._old.pop(key, None)
        if entry is not None:
            self._keep(key, entry)
        return entry

    def _keep(self, key: Hashable, entry: Entry) -> None:
        if key not in self._entries:
            full = len(self._entries) >= self._most_young
            if full or self._young_bytes + entry.size > self._most_young_bytes:
                # What another thread adds between these lines is forgotten, and got again.
                self._old = self._entries.copy()
                self._entries.clear()
                self._young_bytes = 0
            self._young_bytes += entry.size
        self._entries[key] = entry


def _is_unanswered(error: Exception) -> bool:
    from entrada._engine.watch import DeadlineExceeded

    # Nobody having answered says nothing against the token; a refusal does.
    kind = getattr(error, "kind", "")
    return kind in ("unreachable", "unavailable") or isinstance(error, DeadlineExceeded)

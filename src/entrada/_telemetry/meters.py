"""The metrics: how long tokens took to get, what came of it, how old those in memory were."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from weakref import WeakKeyDictionary

from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation

import entrada

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Tally:
    """A count that threads add to without a lock: advancing an iterator is one step."""

    __slots__ = ("_count", "_reads", "add")

    def __init__(self) -> None:
        self._count = count()
        self._reads = 0
        self.add = self._count.__next__

    def read(self) -> int:
        """Return how often ``add`` was called; one reader at a time."""
        self._reads += 1
        return next(self._count) - (self._reads - 1)


class Meters:
    """The instruments of one meter provider."""

    def __init__(self, provider: MeterProvider) -> None:
        meter = provider.get_meter("entrada", entrada.__version__)
        self._tallies: dict[tuple[str, str], Tally] = {}
        self._duration = meter.create_histogram(
            "entrada.acquisition.duration",
            unit="s",
            description="How long callers waited for a token that was not fresh in memory.",
            explicit_bucket_boundaries_advisory=_SECONDS,
        )
        self._acquisitions = meter.create_counter(
            "entrada.acquisitions",
            unit="{acquisition}",
            description="Calls for a token that was not fresh in memory, by outcome.",
        )
        self._refreshes = meter.create_counter(
            "entrada.refreshes",
            unit="{refresh}",
            description="Renewals in the background, by outcome.",
        )
        # Observed when it is exported, so that a call that finds a fresh token only adds one.
        meter.create_observable_counter(
            "entrada.cache.lookups",
            [self._observe],
            unit="{lookup}",
            description="Looks for a token in memory, by the age of what was found.",
        )

    def tally(self, credential: str, age: str) -> Tally:
        """Return the count of a credential's tokens that were found at an age."""
        known = self._tallies.get((credential, age))
        return self._tallies.setdefault((credential, age), Tally()) if known is None else known

    def acquired(self, seconds: float, attributes: Mapping[str, str]) -> None:
        """Record one acquisition."""
        self._duration.record(seconds, attributes)
        self._acquisitions.add(1, attributes)

    def refreshed(self, attributes: Mapping[str, str]) -> None:
        """Record one renewal in the background."""
        self._refreshes.add(1, attributes)

    def _observe(self, _: CallbackOptions) -> Iterable[Observation]:
        for (credential, age), tally in tuple(self._tallies.items()):
            labels = {"entrada.credential": credential, "entrada.cache.result": age}
            yield Observation(tally.read(), labels)


_made: WeakKeyDictionary[MeterProvider, Meters] = WeakKeyDictionary()


def meters_of(provider: MeterProvider) -> Meters:
    """Return a provider's meters, the same each time: an instrument is made once."""
    known = _made.get(provider)
    return _made.setdefault(provider, Meters(provider)) if known is None else known

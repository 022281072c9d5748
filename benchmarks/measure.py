"""The nouns: measures in groups, their goals, and the place that a group's processes run in."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

OURS, PEER, MSAL, JS = "entrada", "azure-identity", "msal", "@azure/identity"
PYTHON = (PEER, MSAL, OURS)
ALL = (PEER, MSAL, JS, OURS)

Unit: TypeAlias = Literal["ms", "µs", "KB", "requests", "processes", "signed", "users", "/s"]
COUNTED: frozenset[Unit] = frozenset({"requests", "processes"})
"""Units that the place counts while a process runs; any other figure the process prints."""
MORE_IS_BETTER: frozenset[Unit] = frozenset({"users", "/s"})

Figures: TypeAlias = Mapping[str, float]
"""A figure of each subject: a library, or a program to compare with."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What our figure shall be: ``times`` better than a peer's, or within a ``limit``.

    ``limit`` is in the measure's unit; where ``of`` names a subject, a share of its figure.
    """

    text: str
    times: float = 0.0
    limit: float = 0.0
    of: str = PEER

    def met(self, figures: Figures, unit: Unit) -> bool | None:
        """Say whether the goal is met; ``None`` where what it compares with was not measured."""
        ours, peer = figures.get(OURS), figures.get(self.of)
        if ours is None:
            return None
        if self.limit and not self.of:
            return ours >= self.limit if unit in MORE_IS_BETTER else ours <= self.limit
        if peer is None:
            return None
        if self.limit:
            return ours <= peer * self.limit
        return factor(peer, ours, unit) >= self.times


def times(least: float) -> Goal:
    """Return the goal to be that many times better than azure-identity."""
    return Goal(f"≥ {least:g}x", times=least)


def within(limit: float, text: str) -> Goal:
    """Return the goal to stay within a limit in the measure's unit."""
    return Goal(text, limit=limit, of="")


def share(limit: float, of: str, text: str) -> Goal:
    """Return the goal to stay within that share of another subject's figure."""
    return Goal(text, limit=limit, of=of)


def factor(peer: float, ours: float, unit: Unit) -> float:
    """Return how many times better ours is; 1 where both are nothing."""
    better, worse = (ours, peer) if unit in MORE_IS_BETTER else (peer, ours)
    if worse:
        return better / worse
    return float("inf") if better else 1.0


@dataclass(frozen=True, slots=True)
class Measure:
    """A row: ``name`` is the probe's function, ``rounds`` how often each subject runs.

    ``reason`` is why the goal is not met, for where it is not; ``headline`` rows are the README's.
    """

    name: str
    title: str
    unit: Unit
    goal: Goal | None = None
    subjects: Sequence[str] = PYTHON
    rounds: int = 3
    headline: bool = False
    reason: str = ""


@dataclass(slots=True)
class Place:
    """Where a group's processes run.

    ``environment`` is their variables; ``programs`` are subjects that are a command of their own,
    timed from start to end in milliseconds; ``lead`` stands in front of every command; ``count``
    returns how often what the unit names happened since ``reset`` was called.
    """

    environment: Mapping[str, str]
    programs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lead: Sequence[str] = ()
    count: Callable[[], int] = int
    reset: Callable[[], object] = int


@dataclass(frozen=True, slots=True)
class Group:
    """Measures that share a probe file and a place; ``missing`` says why it cannot run here."""

    name: str
    probe: str
    title: str
    about: str
    measures: Sequence[Measure]
    place: Callable[[], AbstractContextManager[Place]]
    missing: Callable[[], str] = str


@dataclass(slots=True)
class Result:
    """The figures of a measure: for each run of the benchmark, for each subject, each round."""

    runs: list[dict[str, list[float]]] = field(default_factory=list)

    def medians(self) -> dict[str, float]:
        """Return each subject's median of all rounds of all runs."""
        subjects = dict.fromkeys(name for run in self.runs for name in run)
        pooled = {name: [v for run in self.runs for v in run.get(name, ())] for name in subjects}
        return {name: statistics.median(values) for name, values in pooled.items() if values}

    def met(self, measure: Measure) -> list[bool]:
        """Say for each run whether the goal was met, where it can be told."""
        if measure.goal is None:
            return []
        each = (
            {name: statistics.median(values) for name, values in run.items() if values}
            for run in self.runs
        )
        judged = (measure.goal.met(figures, measure.unit) for figures in each)
        return [verdict for verdict in judged if verdict is not None]

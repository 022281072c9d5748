"""Runs measures: every figure from a fresh process, the subjects in turn, round after round."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmarks import environments
from benchmarks.environments import PROBES
from benchmarks.measure import COUNTED, Group, Measure, Place, Result

PATIENCE = 1200.0
"""Seconds that a process may take."""

Results = dict[str, dict[str, Result]]
"""By group and measure."""


def measure(
    groups: Iterable[Group],
    *,
    runs: int,
    wanted: Callable[[Group, Measure], bool],
    tell: Callable[[str], object],
) -> Results:
    """Measure what is wanted, ``runs`` times over; what cannot be measured here is left out."""
    results: Results = {}
    for run in range(runs):
        for group in groups:
            chosen = [each for each in group.measures if wanted(group, each)]
            if not chosen or group.missing():
                continue
            found = results.setdefault(group.name, {})
            with group.place() as place:
                for each in chosen:
                    tell(f"run {run + 1} of {runs}: {group.title}: {each.title}")
                    found.setdefault(each.name, Result()).runs.append(_rounds(group, each, place))
    return results


def _rounds(group: Group, measure: Measure, place: Place) -> dict[str, list[float]]:
    subjects = [
        name
        for name in measure.subjects
        if name in place.programs or not environments.missing(name)
    ]
    found: dict[str, list[float]] = {name: [] for name in subjects}
    for number in range(measure.rounds):
        # The first of a round finds the caches colder: it is another one each time.
        turned = subjects[number % len(subjects) :] + subjects[: number % len(subjects)]
        for name in turned:
            found[name].append(figure(group.probe, measure, name, place))
    return found


def figure(probe: str, measure: Measure, subject: str, place: Place) -> float:
    """Run one process and return what it printed, or what the place counted meanwhile."""
    place.reset()
    printed = _printed(_command(probe, measure, subject, place), _environment(subject, place))
    return float(place.count()) if measure.unit in COUNTED else float(printed)


def _command(probe: str, measure: Measure, subject: str, place: Place) -> Sequence[str]:
    program = place.programs.get(subject)
    if program is not None:
        return [*place.lead, sys.executable, str(PROBES / "program.py"), *program]
    return [*place.lead, *environments.command(subject, probe, measure.name)]


def _environment(subject: str, place: Place) -> Mapping[str, str]:
    if subject in place.programs:
        return {"PATH": os.environ["PATH"], **place.environment}
    return {**environments.environment(subject), **place.environment}


def _printed(command: Sequence[str], environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[-3:])} failed:\n{done.stderr}")
    return done.stdout.strip()

"""Figures as Markdown tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from benchmarks.measure import JS, MSAL, OURS, PEER, Measure, Result, Unit, factor

NAMES = {MSAL: "MSAL", "az": "`az`", "python": "bare Python"}
ORDER = ("python", "az", PEER, MSAL, JS, OURS)


def table(
    rows: Iterable[tuple[Measure, Result]],
    versions: Mapping[str, str],
    columns: Sequence[str] = ORDER,
) -> list[str]:
    """Return the lines of a table: of ``columns`` the subjects that were measured in any row."""
    measured = [(each, result, result.medians()) for each, result in rows]
    subjects = [name for name in columns if any(name in figures for *_, figures in measured)]
    beside = PEER in subjects
    heads = ["", *(_title(name, versions) for name in subjects)]
    heads += [*(["better by"] if beside else []), "goal", "met"]
    lines = [_row(heads), _row(["---", *["---:"] * (len(heads) - 1)])]
    for each, result, figures in measured:
        cells = [each.title, *(show(figures.get(name), each.unit) for name in subjects)]
        if beside:
            cells.append(_factor(figures, each.unit))
        cells += [each.goal.text if each.goal else "", verdict(result.met(each))]
        lines.append(_row(cells))
    return lines


def reasons(rows: Iterable[tuple[Measure, Result]]) -> list[str]:
    """Return why goals were not met, a line for each."""
    return [
        f"- {each.title}: {each.reason or 'the reason is not known yet.'}"
        for each, result in rows
        if not all(result.met(each))
    ]


def verdict(met: Sequence[bool]) -> str:
    """Say whether the goal was met: in every run, in none, or in how many."""
    if not met:
        return ""
    if all(met):
        return "yes"
    return f"in {sum(met)} of {len(met)} runs" if any(met) else "no"


def show(value: float | None, unit: Unit) -> str:
    """Return a figure with its unit, three digits of it."""
    if value is None:
        return ""
    if unit in {"requests", "processes", "signed", "users"}:
        return f"{value:,.0f}"
    if unit in {"ms", "µs"} and value >= 10_000:
        return show(value / 1e3, "ms") if unit == "µs" else f"{_digits(value / 1e3)} s"
    if unit == "ms" and value < 0.1:
        return show(value * 1e3, "µs")
    return f"{_digits(value)}{'' if unit == '/s' else ' '}{unit}"


def _digits(value: float) -> str:
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _factor(figures: Mapping[str, float], unit: Unit) -> str:
    if PEER not in figures or OURS not in figures:
        return ""
    times = factor(figures[PEER], figures[OURS], unit)
    if math.isinf(times):
        return "∞"
    return f"{times:.0f}x" if times >= 10 else f"{times:.1f}x"


def _title(name: str, versions: Mapping[str, str]) -> str:
    title = NAMES.get(name, name)
    return f"{title} {versions[name]}" if name in versions and name != OURS else title


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |")

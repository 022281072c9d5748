"""What is written from results: ``docs/benchmarks.md``, and the figures in the README."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from benchmarks.measure import ALL, Group, Measure, Result
from benchmarks.runner import Results
from benchmarks.tables import reasons, table

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
_INTRODUCTION = """\
# Benchmarks

entrada beside azure-identity, MSAL for Python and `@azure/identity`, each in an environment of its
own. Every figure comes from fresh processes on one machine, the libraries in turn, round after
round; shown is the median, and how many times better it is than azure-identity's. A goal counts as
met when it is met in every run. This page, the figures in the README and
[the raw figures](../benchmarks/results.json) are written by one command:

```console
$ {command}
```
"""


@dataclass(slots=True)
class Report:
    """A benchmark's outcome; ``missing`` says of what was left out why."""

    command: str
    runs: int
    date: str
    machine: dict[str, str]
    versions: dict[str, str]
    missing: dict[str, str]
    results: Results = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write the report as JSON, figures to four digits."""
        path.write_text(json.dumps(_rounded(asdict(self)), indent=1, ensure_ascii=False) + "\n")

    def updated(self, newer: Report) -> Report:
        """Return these results with those in their places that were measured since."""
        for group, measures in newer.results.items():
            self.results.setdefault(group, {}).update(measures)
        return self

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a report that was saved."""
        told: dict[str, Any] = json.loads(path.read_text())
        groups: dict[str, dict[str, Any]] = told.pop("results")
        results = {
            group: {name: Result(**result) for name, result in measures.items()}
            for group, measures in groups.items()
        }
        return cls(**told, results=results)


def page(report: Report, groups: Sequence[Group]) -> str:
    """Return the page of all figures."""
    lines = [_INTRODUCTION.format(command=report.command), *_circumstances(report)]
    for group in groups:
        rows = list(_rows(report, group))
        if not rows:
            continue
        lines += ["", f"## {group.title}", "", group.about, "", *table(rows, report.versions)]
        unmet = reasons(rows)
        lines += ["", "Not met:", "", *unmet] if unmet else []
    if report.missing:
        left_out = (f"- {what}: {why}." for what, why in report.missing.items())
        lines += ["", "## Left out", "", *left_out]
    return "\n".join(lines) + "\n"


def headline(report: Report, groups: Sequence[Group]) -> str:
    """Return the README's figures."""
    rows = [row for group in groups for row in _rows(report, group) if row[0].headline]
    machine = report.machine
    return "\n".join(
        [
            *table(rows, report.versions, ALL),
            "",
            f"Medians on {machine['processor']}, {machine['Python']}, loopback: "
            f"`{report.command}`, [all figures](docs/benchmarks.md).",
        ]
    )


def put(path: Path, figures: str) -> None:
    """Put the figures between the marks of a file."""
    head, _, rest = path.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    path.write_text(f"{head}{BEGIN}\n{figures}\n{END}{tail}")


def _rows(report: Report, group: Group) -> Iterator[tuple[Measure, Result]]:
    found = report.results.get(group.name, {})
    return ((each, found[each.name]) for each in group.measures if each.name in found)


def _circumstances(report: Report) -> list[str]:
    facts = {**report.machine, **report.versions, "date": report.date, "runs": str(report.runs)}
    return ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items())]


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value

"""entrada beside azure-identity in one run: ``python benchmarks/compare.py [--write README.md]``.

Every measure runs in fresh processes, the two libraries in turn, against one local cloud on
loopback. Printed is the median of each and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from entrada._engine.effects import Request, Response
from entrada.local.cloud import Cloud
from entrada.testing import LocalCloud

PEER, OURS = "azure.identity", "entrada"
PROBES = Path(__file__).with_name("probes.py")
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


@dataclass(frozen=True)
class Measure:
    """A probe, what it is called, its unit, how often it runs, and the goal for ours / peer's."""

    probe: str
    title: str
    unit: str
    rounds: int
    goal: float


MEASURES = (
    Measure("import_time", "`from … import DefaultAzureCredential`", "ms", 9, 1 / 10),
    Measure("first_token", "imports to first client-secret token", "ms", 7, 1 / 2),
    Measure("warm_secret", "warm `get_token`, client secret", "µs", 3, 1 / 15),
    Measure("warm_secret_async", "the same, asyncio", "µs", 3, 1 / 8),
    Measure("warm_managed_identity", "warm `get_token`, managed identity", "µs", 3, 1 / 10),
    Measure("one_cold", "HTTP requests for a cold token", "requests", 1, 1 / 2),
    Measure("threads_cold", "64 threads on a cold credential", "requests", 1, 1 / 2),
    Measure("tasks_cold", "500 tasks on a cold credential", "requests", 1, 1 / 100),
    Measure("stale", "call past `refresh_on`, 200 ms server", "ms", 3, 5 / 200),
)


class SlowCloud(Cloud):
    """A cloud that takes 200 ms for a token and wants it refreshed after 2 s."""

    __slots__ = ()

    def handle(self, request: Request) -> Response:
        """Answer late, with ``refresh_in``."""
        response = super().handle(request)
        if not request.url.endswith("/token"):
            return response
        time.sleep(0.2)
        body = json.dumps({**json.loads(response.body), "refresh_in": 2}).encode()
        return response._replace(body=body)


def main() -> None:
    """Measure, print, and write the table where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="put the table between the marks of this file")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--only", help="run only the measures whose name contains this")
    options = parser.parse_args()
    chosen = [each for each in MEASURES if not options.only or options.only in each.probe]
    figures = {each.probe: figures_of(each) for each in chosen}
    table = render(chosen, figures)
    print(table)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    if options.write:
        text = options.write.read_text()
        head, _, rest = text.partition(BEGIN)
        _, _, tail = rest.partition(END)
        options.write.write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}")


def figures_of(measure: Measure) -> dict[str, float]:
    """Return the median of each library."""
    found: dict[str, list[float]] = {PEER: [], OURS: []}
    with LocalCloud() as local:
        if measure.probe == "stale":
            local.cloud.__class__ = SlowCloud
        for _ in range(measure.rounds):
            for library in (PEER, OURS):
                found[library].append(run(measure, library, local))
    return {library: statistics.median(values) for library, values in found.items()}


def run(measure: Measure, library: str, local: LocalCloud) -> float:
    """Run a probe in a fresh process and return its figure, or the requests it made."""
    machine = local.virtual_machine("vm1")
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **local.environment(),
        **local.service_principal("bench").environment(),
        **machine.environment,
    }
    local.cloud.requests.clear()
    answer = subprocess.run(
        [sys.executable, str(PROBES), measure.probe, library],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    if measure.unit == "requests":
        return float(len(local.cloud.requests))
    return float(answer.stdout)


def render(measures: list[Measure], figures: dict[str, dict[str, float]]) -> str:
    """Return the figures as a Markdown table with the run's circumstances below it."""
    lines = [
        f"| | azure-identity {version('azure-identity')} | entrada | ratio | goal |",
        "|---|---:|---:|---:|---:|",
    ]
    for each in measures:
        peer, ours = figures[each.probe][PEER], figures[each.probe][OURS]
        ratio = f"1/{peer / ours:.1f}" if ours else "-"
        goal = f"1/{1 / each.goal:.0f}"
        unit = each.unit
        lines.append(
            f"| {each.title} | {_show(peer, unit)} | {_show(ours, unit)} | {ratio} | {goal} |"
        )
    lines += [
        "",
        f"Medians of one run on {os.cpu_count()} cores, CPython {platform.python_version()}, "
        "loopback: `make compare`.",
    ]
    return "\n".join(lines)


def _show(value: float, unit: str) -> str:
    if unit == "requests":
        return f"{value:.0f}"
    return f"{value:.2f} {unit}" if value < 10 else f"{value:.0f} {unit}"


if __name__ == "__main__":
    main()

"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import datetime
import sys
from functools import partial

from benchmarks import environments, runner
from benchmarks.environments import ROOT
from benchmarks.groups import GROUPS
from benchmarks.machine import free_threaded, machine
from benchmarks.measure import ALL, Group, Measure
from benchmarks.pages import Report, headline, page, put

RESULTS = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "docs" / "benchmarks.md"
README = ROOT / "README.md"


def main() -> None:
    """Measure; print the page, or write it and the README's figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="groups or measures named so")
    parser.add_argument("--headline", action="store_true", help="only the README's measures")
    parser.add_argument("--runs", type=int, default=1, help="how often everything is measured")
    parser.add_argument(
        "--write",
        action="store_true",
        help="write the page and the README; with --only or --headline, the rest stays",
    )
    parser.add_argument("--render", action="store_true", help="measure nothing, write both anew")
    options = parser.parse_args()
    if options.render:
        _write(Report.load(RESULTS))
        return
    report = _measured(options)
    if options.write:
        if (options.only or options.headline) and RESULTS.exists():
            report = Report.load(RESULTS).updated(report)
        report.save(RESULTS)
        _write(Report.load(RESULTS))  # of the figures as they were saved, rounded
    else:
        print((headline if options.headline else page)(report, GROUPS))


def _measured(options: argparse.Namespace) -> Report:
    def wanted(group: Group, measure: Measure) -> bool:
        named = options.only in group.name or options.only in measure.name
        return named and (measure.headline or not options.headline)

    return Report(
        f"make bench RUNS={options.runs}",
        options.runs,
        datetime.datetime.now(datetime.UTC).date().isoformat(),
        machine(),
        dict(environments.versions()),
        _missing(),
        runner.measure(
            GROUPS, runs=options.runs, wanted=wanted, tell=partial(print, file=sys.stderr)
        ),
    )


def _missing() -> dict[str, str]:
    told = {name: environments.missing(name) for name in ALL}
    told |= {group.title: group.missing() for group in GROUPS}
    if not free_threaded():
        told["Free-threaded Python"] = "no python3.13t or later is on PATH"
    return {what: why for what, why in told.items() if why}


def _write(report: Report) -> None:
    PAGE.write_text(page(report, GROUPS))
    put(README, headline(report, GROUPS))


if __name__ == "__main__":
    main()

"""What the benchmarks make of their figures: verdicts, tables, the page and the README's part."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from benchmarks.environments import PROBES
from benchmarks.groups import GROUPS
from benchmarks.measure import (
    JS,
    MSAL,
    OURS,
    PEER,
    Figures,
    Goal,
    Group,
    Measure,
    Result,
    Unit,
    share,
    times,
    within,
)
from benchmarks.pages import BEGIN, END, Report, headline, page, put
from benchmarks.runner import measure as run_measures
from benchmarks.tables import show, table, verdict

_ROOT = Path(__file__).parents[1]
_RESULTS = _ROOT / "benchmarks" / "results.json"
_WARM = Measure("warm", "warm call", "µs", times(20), headline=True)


@pytest.mark.parametrize(
    ("goal", "unit", "figures", "met"),
    [
        (times(20), "µs", {PEER: 20.0, OURS: 1.0}, True),
        (times(20), "µs", {PEER: 19.0, OURS: 1.0}, False),
        (times(3), "/s", {PEER: 100.0, OURS: 300.0}, True),
        (times(3), "/s", {PEER: 100.0, OURS: 299.0}, False),
        (times(3), "ms", {OURS: 1.0}, None),
        (within(1, "1"), "requests", {PEER: 2.0, OURS: 1.0}, True),
        (within(1, "1"), "requests", {OURS: 2.0}, False),
        (within(100, "100"), "users", {OURS: 99.0}, False),
        (within(1, "1"), "ms", {PEER: 2.0}, None),
        (share(1.05, "az", "az + 5 %"), "ms", {"az": 400.0, OURS: 420.0}, True),
        (share(1.05, "az", "az + 5 %"), "ms", {"az": 400.0, OURS: 421.0}, False),
    ],
)
def test_a_goal_is_judged(goal: Goal, unit: Unit, figures: Figures, met: bool | None) -> None:
    assert goal.met(figures, unit) is met


@pytest.mark.parametrize(
    ("met", "said"),
    [([], ""), ([True] * 3, "yes"), ([False] * 3, "no"), ([True, False, True], "in 2 of 3 runs")],
)
def test_a_goal_counts_as_met_when_every_run_met_it(met: list[bool], said: str) -> None:
    assert verdict(met) == said


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (None, "ms", ""),
        (0.0312, "ms", "31.2 µs"),
        (0.3123, "µs", "0.31 µs"),
        (404.4, "ms", "404 ms"),
        (8123.0, "ms", "8,120 ms"),
        (81234.0, "ms", "81.2 s"),
        (2_912_345.0, "/s", "2,910,000/s"),
        (128.0, "requests", "128"),
        (99_501.0, "users", "99,501"),
    ],
)
def test_a_figure_has_three_digits_and_its_unit(value: float, unit: Unit, shown: str) -> None:
    assert show(value, unit) == shown


def test_a_table_has_the_medians_of_all_rounds_and_their_ratio() -> None:
    """A subject that was not measured has no column."""
    result = Result([{PEER: [30.0, 20.0, 20.0], OURS: [0.5, 0.25, 9.0]}, {PEER: [20], OURS: [0.5]}])
    assert table([(_WARM, result)], {PEER: "1.27.0", OURS: "0.1.0"}) == [
        "| | azure-identity 1.27.0 | entrada | better by | goal | met |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| warm call | 20.0 µs | 0.50 µs | 40x | ≥ 20x | yes |",
    ]


def test_an_unmet_goal_is_on_the_page_with_its_reason(tmp_path: Path) -> None:
    """A saved report gives the same page."""
    slow = Measure("slow", "slow call", "ms", times(2), reason="The server is slow.")
    group = Group("g", "g", "Calls", "About them.", (_WARM, slow), lambda: pytest.fail("no place"))
    results = {
        "g": {
            "warm": Result([{PEER: [9.0], OURS: [0.1]}]),
            "slow": Result([{PEER: [2.0], OURS: [2.0]}]),
        }
    }
    report = Report(
        "make bench", 1, "2026-01-01", {"processor": "p", "Python": "q"}, {}, {}, results
    )
    written = page(report, [group])
    assert "- slow call: The server is slow." in written
    report.save(tmp_path / "results.json")
    assert page(Report.load(tmp_path / "results.json"), [group]) == written
    assert "warm call" in headline(report, [group])
    assert "slow call" not in headline(report, [group])


def test_figures_are_put_between_the_marks(tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    put(readme, "new")
    assert readme.read_text() == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


def test_what_cannot_run_here_is_left_out() -> None:
    group = Group("g", "g", "g", "", (_WARM,), lambda: pytest.fail("no place"), lambda: "no root")
    assert run_measures([group], runs=1, wanted=lambda *_: True, tell=lambda _: None) == {}


def test_every_measure_has_a_probe_for_each_library() -> None:
    """JavaScript's are in one file; a place's own programs need none."""
    script = (PROBES / "azure_identity.mjs").read_text()
    absent = []
    for group in GROUPS:
        path = PROBES / f"{group.probe}.py"
        python = path.read_text() if path.exists() else ""
        for each in group.measures:
            asked = set(each.subjects) & {PEER, MSAL, JS, OURS}
            if group.name == "command":
                continue
            if asked - {JS} and f"def {each.name}(" not in python:
                absent.append(f"{group.probe}.py: {each.name}")
            if JS in asked and not re.search(rf"^  {each.name}\b", script, re.MULTILINE):
                absent.append(f"azure_identity.mjs: {each.name}")
    assert absent == []


@pytest.mark.parametrize("name", ["first_assertion", "assertions_signed"])
def test_a_probe_prints_a_figure(name: str) -> None:
    """Run as it is run by the benchmark: in a fresh process, in the group's place."""
    from benchmarks.groups import certificates
    from benchmarks.runner import figure

    chosen = next(each for each in certificates.GROUP.measures if each.name == name)
    with certificates.GROUP.place() as place:
        assert figure(certificates.GROUP.probe, chosen, OURS, place) > 0


def test_the_page_and_the_readme_are_those_of_the_results() -> None:
    """Nobody wrote a figure by hand."""
    report = Report.load(_RESULTS)
    assert (_ROOT / "docs" / "benchmarks.md").read_text() == page(report, GROUPS)
    readme = (_ROOT / "README.md").read_text()
    assert f"{BEGIN}\n{headline(report, GROUPS)}\n{END}" in readme

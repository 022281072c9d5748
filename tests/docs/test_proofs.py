"""The table of proofs names tests that are there, and leaves no way to sign in out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from e2e.peers import LIBRARIES
from e2e.proofs import PROOFS
from e2e.test_hosts import PLACES
from e2e.ways import WAYS

_ROOT = Path(__file__).parents[2]
_NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)(?:\[([\w-]+)\])?`")
_COLLECTED = re.compile(r"^tests/e2e/(test_\w+\.py)::(test_\w+)(?:\[(.+)\])?$", re.MULTILINE)
_CLIENTS = 4


class Proof(NamedTuple):
    """A test; ``case`` is what it is run with, ``""`` where that is not said."""

    module: str
    name: str
    case: str


def _rows() -> dict[str, list[str]]:
    """Return the cells of each flow's row."""
    lines = (_ROOT / "docs" / "proofs.md").read_text("utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {flow: cells for flow, *cells in rows if flow != "flow"}


ROWS = _rows()
NAMED = {Proof(*found) for cells in ROWS.values() for found in _NAMED.findall(" ".join(cells))}


@pytest.fixture(scope="module")
def collected() -> set[Proof]:
    """Return the named modules' tests as pytest finds them, without the library in their case."""
    modules = sorted({f"tests/e2e/{proof.module}" for proof in NAMED})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, *modules], cwd=_ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return {
        Proof(module, name, _without_library(case))
        for module, name, case in _COLLECTED.findall(run.stdout)
    }


def _without_library(case: str) -> str:
    for library in sorted(LIBRARIES, key=len, reverse=True):
        for part in (f"{library}-", f"-{library}", library):
            if case.startswith(part) or case.endswith(part):
                return case.removeprefix(part).removesuffix(part)
    return case


def test_every_test_that_the_table_names_is_there(collected: set[Proof]) -> None:
    """With the case that it is named with, if it is named with one."""
    known = collected | {proof._replace(case="") for proof in collected}
    assert NAMED
    assert sorted(NAMED - known) == []


@pytest.mark.parametrize("flow", ROWS)
def test_a_cell_names_a_test_or_says_why_there_is_none(flow: str) -> None:
    """For each of the clients."""
    assert len(ROWS[flow]) == _CLIENTS
    for cell in ROWS[flow]:
        assert _NAMED.search(cell) or re.fullmatch(r"no: \S.+", cell)


def test_the_table_leaves_no_way_to_sign_in_out() -> None:
    """A way, a host or a proof that is added to the tests is added to the table."""
    cases = {proof.case for proof in NAMED}
    assert {*WAYS, *PLACES, *PROOFS} - cases == set()

"""What every test may ask for: a tool that has to be there, a wire; what was left out is said."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from entrada._drivers.wire import Wire

REQUIRE_ALL = "ENTRADA_REQUIRE_ALL"
"""Where this variable is ``1``, a missing tool fails its tests instead of leaving them out."""

_SKIPPED = "Skipped: "

# Else botocore, asked in a test, looks for a machine's role at a link-local address.
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"

RequireTool: TypeAlias = Callable[..., str]


@pytest.fixture(scope="session")
def require_tool() -> RequireTool:
    """Return :func:`tool`, by which a test or fixture asks for a program."""
    return tool


@pytest.fixture
def wire() -> Iterator[Wire]:
    """Return a wire without proxies, closed after the test."""
    made = Wire({})
    yield made
    made.close()


def tool(name: str, hint: str = "install it", *, found: str | None = None) -> str:
    """Return the path of a program, looked up on PATH unless the caller has ``found`` it.

    Without it the test is left out, with a reason that names the program and says what to do; it
    fails where ``ENTRADA_REQUIRE_ALL`` is ``1``.
    """
    path = found if found is not None else shutil.which(name)
    if path:
        return path
    reason = f"{name} is missing ({hint})"
    if os.environ.get(REQUIRE_ALL) == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end of a run which tests were left out and why."""
    reasons = Counter(_reason(report) for report in terminalreporter.getreports("skipped"))
    if not reasons:
        return
    terminalreporter.section("left out")
    for reason, count in sorted(reasons.items()):
        noun = "test" if count == 1 else "tests"
        terminalreporter.line(f"left out: {count} {noun} because {reason}")


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Read why a test was skipped; what comes from a worker is a list, not a tuple."""
    where = report.longrepr
    text = str(where[-1]) if isinstance(where, tuple | list) else str(where)
    return text.removeprefix(_SKIPPED)

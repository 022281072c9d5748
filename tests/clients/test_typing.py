"""Both type checkers, at their strictest, accept our credentials in Azure's clients."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "tests" / "typing"
PYRIGHT = ROOT / "tests" / "e2e" / "js" / "node_modules" / ".bin" / "pyright"


def run(*command: str) -> str:
    """Return what a command writes where it fails."""
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    return done.stdout if done.returncode else ""


@pytest.mark.e2e
def test_pyright_strict_accepts_the_samples(require_tool: Callable[..., str]) -> None:
    """Also that a client is of the class by which it is asked for."""
    found = str(PYRIGHT) if PYRIGHT.exists() else ""
    program = require_tool("pyright", "run npm ci in tests/e2e/js", found=found)
    config = str(SAMPLES / "pyrightconfig.json")
    assert run(program, "--pythonpath", sys.executable, "-p", config) == ""


@pytest.mark.e2e
def test_mypy_strict_accepts_the_samples() -> None:
    """Every ignored line has an error, so a misuse that passes fails the test."""
    assert run(sys.executable, "-m", "mypy", "--strict", str(SAMPLES)) == ""

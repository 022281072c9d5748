"""Whatever goes wrong is told in a few lines, with an exit code that says whose move it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from command_line import environment

from entrada.cli import exits
from entrada.cli.output import Failure, aligned
from entrada.cli.run import conclude
from entrada.errors import BY_KIND, Kind, error_of


@pytest.mark.parametrize("kind", BY_KIND)
def test_an_errors_kind_decides_the_exit_code(
    kind: Kind, capsys: pytest.CaptureFixture[str]
) -> None:
    assert conclude(error_of(kind, "No.", hint="Do this.")) == exits.BY_KIND[kind]
    assert capsys.readouterr().err == "error: No.\n-> Do this.\n"


def test_a_commands_own_failure_names_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert conclude(Failure("It is gone.", "look elsewhere", exits.NOT_FOUND)) == 3
    assert capsys.readouterr().err == "error: It is gone.\n-> look elsewhere\n"


def test_an_unexpected_error_is_one_line_and_says_how_to_see_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert conclude(RuntimeError("surprise")) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: RuntimeError: surprise\n")
    assert "ENTRADA_TRACEBACK=1" in told


def test_ctrl_c_ends_with_130_and_says_nothing(tmp_path: Path) -> None:
    script = (
        "import sys; from entrada.cli import run; from entrada.cli.commands import token;\n"
        "def interrupted(**_): raise KeyboardInterrupt\n"
        "token.command.callback = interrupted\n"
        "sys.exit(run.run(['token', 'arm']))"
    )
    done = _python(tmp_path, script)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "")


def test_a_reader_that_went_away_is_no_cause_for_words(tmp_path: Path) -> None:
    script = (
        "import os, sys; from entrada.cli import main; reader, writer = os.pipe()\n"
        "os.close(reader); os.dup2(writer, 1)\n"
        "sys.exit(main(['--help']))"
    )
    done = _python(tmp_path, script)
    assert (done.returncode, done.stderr) == (1, "")


def test_the_traceback_is_shown_on_demand(tmp_path: Path) -> None:
    script = (
        "import sys; from entrada.cli import run; from entrada.cli.commands import token;\n"
        "def surprised(**_): raise RuntimeError('surprise')\n"
        "token.command.callback = surprised\n"
        "sys.exit(run.run(['token', 'arm']))"
    )
    assert "Traceback" not in _python(tmp_path, script).stderr
    assert "Traceback" in _python(tmp_path, script, {"ENTRADA_TRACEBACK": "1"}).stderr


def test_rows_are_aligned_and_have_no_blanks_at_the_end() -> None:
    assert aligned([("a", "long"), ("bbb", "")]) == ["  a    long", "  bbb"]


def _python(
    home: Path, script: str, extra: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script],
        env=environment(home, extra),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

"""Every command explains itself: a paragraph, EXAMPLES and EXIT CODES."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from command_line import entrada, environment

from entrada.cli import main
from entrada.cli.run import entry


def _paths(group: click.Group, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [above]
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        path = (*above, name)
        found += _paths(command, path) if isinstance(command, click.Group) else [path]
    return found


@pytest.mark.parametrize("path", _paths(entry), ids=" ".join)
def test_help_has_a_summary_examples_and_exit_codes(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(entry, [*path, "--help"], prog_name="entrada")
    assert result.exit_code == 0
    usage, summary, *_ = result.output.split("\n\n")
    assert usage.startswith(" ".join(("Usage: entrada", *path)))
    assert summary.strip().endswith(".")
    assert "EXAMPLES:\n  " in result.output
    assert "EXIT CODES:\n  0 " in result.output
    assert "TODO" not in result.output


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("entrada, version ")


def test_an_unknown_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tokenn"]) == 2
    assert "tokenn" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "unwanted"),
    [
        (["token", "arm"], ("rich", "uvicorn", "trustme", "sqlite3", "entrada.local")),
        (["--help"], ("entrada.cli.commands.token", "entrada.cli.commands.local")),
        (["local", "--help"], ("entrada.cli.commands.local_up", "entrada.local")),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_need(
    words: list[str], unwanted: tuple[str, ...], tmp_path: Path
) -> None:
    script = (
        f"import sys; from entrada.cli import main; main({words!r});"
        f"print('loaded:', [name for name in {unwanted!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_without_click_the_entry_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise ImportError('not here')")
    done = entrada(tmp_path, "token", "arm", extra={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert "pip install 'entrada[cli]'" in done.stderr
    assert "Traceback" not in done.stderr

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from entrada._drivers.programs import run_program
from entrada._engine.effects import Run

pytestmark = pytest.mark.skipif(os.name != "posix", reason="programs here are shell scripts")


def _shell(script: str, timeout: float = 10.0, **settings: object) -> Run:
    return Run(("/bin/sh", "-c", script), timeout=timeout, **settings)  # type: ignore[arg-type]


def test_a_program_ends_with_its_code_and_both_outputs() -> None:
    ended = run_program(_shell("echo out; echo err >&2; exit 3"))

    assert (ended.code, ended.stdout, ended.stderr) == (3, "out\n", "err\n")


def test_its_environment_is_the_callers_and_what_is_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENTRADA_TEST_KEPT", "kept")

    ended = run_program(_shell("echo $ENTRADA_TEST_KEPT $ADDED", env={"ADDED": "added"}))

    assert ended.stdout == "kept added\n"


def test_it_runs_where_it_is_told_to(tmp_path: Path) -> None:
    assert run_program(_shell("pwd -P", cwd=str(tmp_path))).stdout.strip() == str(
        tmp_path.resolve()
    )


def test_what_is_to_be_done_meanwhile_is_done_while_it_runs(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    waits = _shell(f"until [ -e {gate} ]; do :; done; echo seen", meanwhile=gate.touch)

    assert run_program(waits).stdout == "seen\n"


def test_a_program_ends_with_what_fails_meanwhile() -> None:
    def fail() -> None:
        raise LookupError("broken")

    started = time.monotonic()
    with pytest.raises(LookupError, match="broken"):
        run_program(_shell("sleep 60", meanwhile=fail))

    assert time.monotonic() - started < 30


def test_it_finds_nothing_to_read() -> None:
    assert run_program(_shell("cat")).stdout == ""


def test_no_shell_reads_its_arguments() -> None:
    ended = run_program(Run(("/bin/echo", "$HOME; exit 1", "`id`")))

    assert ended.stdout == "$HOME; exit 1 `id`\n"


def test_a_program_that_is_not_there_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        run_program(Run((str(tmp_path / "none"),)))
    with pytest.raises(FileNotFoundError):
        run_program(_shell("true", cwd=str(tmp_path / "none")))


def test_a_file_that_is_no_program_cannot_be_started(tmp_path: Path) -> None:
    file = tmp_path / "text"
    file.write_text("text")

    with pytest.raises(PermissionError):
        run_program(Run((str(file),)))


def test_output_of_many_megabytes_on_both_sides_is_read_to_its_end() -> None:
    write = "import sys; [f.write('x' * (1 << 23)) for f in (sys.stdout, sys.stderr)]"

    ended = run_program(Run((sys.executable, "-c", write)))

    assert (len(ended.stdout), len(ended.stderr)) == (1 << 23, 1 << 23)


def test_output_in_another_encoding_is_read_as_far_as_it_goes() -> None:
    assert run_program(_shell(r"printf 'a\377\376b\303\251'")).stdout == "a\ufffd\ufffdb\u00e9"


def _ends(fifo: Path, script: str) -> float:
    """Run a script past its time limit; return when the last process of it has ended."""
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        started = time.monotonic()
        with pytest.raises(TimeoutError, match=r"did not end within 0\.2 s"):
            run_program(_shell(f"exec 3>{fifo}; echo up >&3; {script}", timeout=0.2))
        os.set_blocking(reader, True)
        text = b""
        while part := os.read(reader, 100):  # nothing more comes when no writer is left
            text += part
        assert text == b"up\n"
        return time.monotonic() - started
    finally:
        os.close(reader)


def test_when_the_time_is_up_the_program_and_its_children_are_ended(tmp_path: Path) -> None:
    assert _ends(tmp_path / "fifo", "sleep 30 & sleep 30") < 5


def test_a_child_that_outlives_its_parent_and_holds_the_output_is_ended_too(
    tmp_path: Path,
) -> None:
    assert _ends(tmp_path / "fifo", "sleep 30 & exit 0") < 5


def test_a_program_that_does_not_listen_to_signals_is_ended_too(tmp_path: Path) -> None:
    assert _ends(tmp_path / "fifo", "trap '' TERM INT HUP; sleep 30; sleep 30") < 5

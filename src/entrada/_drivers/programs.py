"""Run a program without a shell, with a time limit that ends its children too."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess

from entrada._engine.effects import Completed, Run


def run_program(program: Run) -> Completed:
    """Run a program and return how it ended.

    Raises ``OSError`` when it cannot be started, ``TimeoutError`` when it takes too long.
    """
    process = subprocess.Popen(  # noqa: S603 - argv is built by us, no shell
        program.argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=program.cwd,
        env={**os.environ, **program.env},
        text=True,
        encoding="utf-8",
        errors="replace",
        # az is a shell script around Python: only its whole group ends with it.
        start_new_session=os.name == "posix",
    )
    with process:
        try:
            if program.meanwhile is not None:
                program.meanwhile()
            stdout, stderr = process.communicate(timeout=program.timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"did not end within {program.timeout:g} s") from None
        finally:
            if process.returncode is None:
                _end(process)
    return Completed(process.wait(), stdout, stderr)


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()

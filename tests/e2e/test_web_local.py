"""What ``make example-web`` runs: both examples, a person to sign in as, and an end at Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys

import pytest

from e2e.interrupts import heed_interrupts
from e2e.web_site import EXAMPLES, is_free, wait

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("surroundings")]


def test_both_examples_run_and_end_together() -> None:
    """They say where they are and who may sign in."""
    # Below those that the cloud takes for itself when it is told none.
    ports = range(20_000 + os.getpid() % 5_000, 32_000, 2)
    first = next(port for port in ports if is_free(port) and is_free(port + 1))
    command = [sys.executable, str(EXAMPLES / "web_local.py"), str(first)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,  # noqa: PLW1509 - pytest has no other thread here
    )
    try:
        assert process.stdout
        lines = "".join(process.stdout.readline() for _ in range(4))
        assert re.search(r"as   ana@\S+, password: \S{8,}\n", lines)
        for port in (first, first + 1):
            assert f"http://localhost:{port}/" in lines
            wait(f"http://localhost:{port}", process)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 0

"""``kill -9`` of ``entrada local up --state``: what was acknowledged is there in the next run.

Fifty kills at random moments of a seeded generator; writers run while the process dies. Each run
begins with the state that the kill before it left, and checks what all runs before acknowledged.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from e2e.writing import Client, Journal, prepare
from entrada.local.files import RunDirectory, RunFile

pytestmark = pytest.mark.e2e

SERIES, KILLS = 5, 10
WRITERS = 2
MOST_WRITES = 12
"""How many writes at most are waited for before a process is killed."""
LONGEST = 0.01
"""Seconds at most from the last of them to the kill: several writes pass in that time."""
LONGEST_START = 0.5
"""Seconds at most from the start of a process to its kill, where that comes first."""

_COMMAND = "import sys; from entrada.cli import main; sys.exit(main())"
_PATIENCE = 60.0


@pytest.mark.parametrize("series", range(SERIES))
def test_a_killed_cloud_has_lost_no_acknowledged_write(tmp_path: Path, series: int) -> None:
    """Nor is anything there by half: a machine without its identity, a piece of a blob."""
    chance = random.Random(series)
    tokens: dict[str, str] | None = None
    journals: list[Journal] = []
    _kill_while_starting(tmp_path, chance)
    for _ in range(KILLS - 1):
        with _local_up(tmp_path) as (process, run), _client(run, tokens) as client:
            tokens = client.tokens
            prepare(client)
            assert [lost for each in journals[-WRITERS:] for lost in each.missing(client)] == []
            journals += _write_until_killed(process, run, tokens, chance)
    with _local_up(tmp_path) as (_, run), _client(run, tokens) as client:
        assert [lost for journal in journals for lost in journal.missing(client)] == []
    assert sum(len(journal.acknowledged) for journal in journals) >= KILLS


def _kill_while_starting(home: Path, chance: random.Random) -> None:
    """Kill the first run of a state while it makes its keys, its tenant and its operator."""
    process = _popen(home)
    threading.Event().wait(chance.uniform(0, LONGEST_START))
    process.kill()
    process.wait()


def _write_until_killed(
    process: subprocess.Popen[bytes],
    run: RunFile,
    tokens: dict[str, str],
    chance: random.Random,
) -> list[Journal]:
    written = threading.Semaphore(0)
    journals = [Journal() for _ in range(WRITERS)]
    with contextlib.ExitStack() as stack:
        threads = [
            threading.Thread(
                target=journal.keep,
                args=(
                    stack.enter_context(_client(run, tokens)),
                    random.Random(chance.random()),
                    written.release,
                ),
            )
            for journal in journals
        ]
        for thread in threads:
            thread.start()
        for _ in range(chance.randrange(1, MOST_WRITES)):
            assert written.acquire(timeout=_PATIENCE)
        threading.Event().wait(chance.uniform(0, LONGEST))
        process.kill()
        process.wait()
        for thread in threads:
            thread.join()
    return journals


@contextlib.contextmanager
def _client(run: RunFile, tokens: dict[str, str] | None) -> Iterator[Client]:
    client = Client(run, tokens)
    try:
        yield client
    finally:
        client.close()


@contextlib.contextmanager
def _local_up(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], RunFile]]:
    """Run the cloud on the state file of a home; return when it serves."""
    process = _popen(home)
    try:
        yield process, _run_file(RunDirectory(home / "entrada" / "local"), process)
    finally:
        process.kill()
        process.wait()


def _popen(home: Path) -> subprocess.Popen[bytes]:
    places = {"HOME": str(home), "XDG_STATE_HOME": str(home), "LOCALAPPDATA": str(home)}
    command = [sys.executable, "-c", _COMMAND, "local", "up", "--state", str(home / "state.db")]
    return subprocess.Popen(
        command,
        env={**os.environ, **places},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _run_file(directory: RunDirectory, process: subprocess.Popen[bytes]) -> RunFile:
    """Wait for what the process tells; what a killed one told counts no more."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        run = directory.read()
        if run is not None and run.pid == process.pid:
            return run
        threading.Event().wait(0.005)
    raise AssertionError("entrada local up did not start")

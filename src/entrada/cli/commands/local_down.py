"""``entrada local down``: ends the local cloud and waits until it has ended."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import click

from entrada._engine.world import World
from entrada.cli import exits
from entrada.cli.command import Command
from entrada.cli.output import Failure
from entrada.cli.running import running_cloud
from entrada.local.files import RunDirectory, RunFile

_PAUSE = 0.02


@click.command(
    "down",
    cls=Command,
    examples=[
        ("entrada local down", "End the local cloud of this user."),
        ("entrada local down && entrada local up", "Start it anew."),
    ],
    exit_codes={exits.NOT_FOUND: "No local cloud runs."},
)
@click.option(
    "--timeout",
    type=click.FloatRange(0),
    default=20.0,
    metavar="SECONDS",
    help="How long to wait for its end (default: 20).",
)
def command(timeout: float) -> None:
    """End the running local cloud, wherever it was started.

    What is in a state file stays; a cloud in memory is forgotten.
    """
    run = running_cloud()
    with contextlib.suppress(ProcessLookupError):
        os.kill(run.pid, signal.SIGTERM)
    deadline = time.monotonic() + timeout
    while _runs(run):
        if time.monotonic() >= deadline:
            raise Failure(
                f"the local cloud (process {run.pid}) has not ended in {timeout:g} s.",
                f"kill -9 {run.pid} ends it; a state file loses nothing by that",
            )
        time.sleep(_PAUSE)
    click.echo(f"The local cloud (process {run.pid}) has ended.")


def _runs(run: RunFile) -> bool:
    """Say whether it is still the same cloud that runs."""
    now = RunDirectory.of(World.real()).read()
    return now is not None and now.pid == run.pid

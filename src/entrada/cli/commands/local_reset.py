"""``entrada local reset``: brings the running cloud back to its start."""

from __future__ import annotations

import sys

import click

from entrada.cli import exits
from entrada.cli.arm import RESOURCES
from entrada.cli.command import Command
from entrada.cli.running import operation, operator_arm, running_cloud


@click.command(
    "reset",
    cls=Command,
    examples=[
        ("entrada local reset", "Ask, then forget everything that was made."),
        ("entrada local reset --yes", "Forget it without asking, as between two test runs."),
    ],
    exit_codes={exits.NOT_FOUND: "No local cloud runs."},
)
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(yes: bool) -> None:
    """Let the running cloud forget everything that was made in it, also in its state file.

    Its certificate authority, keys, tenant and subscription stay, the operator and seeded
    principals keep their ids and secrets, and the seed file is applied as it was at the start: so
    shells and clients go on working.
    """
    run = running_cloud()
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("Nobody can be asked here: say --yes.")
        what = f"everything in {run.state_file}" if run.state_file else "everything that was made"
        click.confirm(f"Let the local cloud forget {what}?", abort=True)
    with operator_arm(run) as arm:
        arm.post(operation(run, "reset"), RESOURCES)
    click.echo("The local cloud is as it was at its start.")

"""``entrada local``: the group of commands around the local cloud."""

from __future__ import annotations

import click

from entrada.cli.command import LazyGroup, Row

ROWS = {
    "up": Row("entrada.cli.commands.local_up", "Run the local cloud until Ctrl-C."),
    "env": Row("entrada.cli.commands.local_env", "Print variables that lead a shell to it."),
    "status": Row("entrada.cli.commands.local_status", "Say whether it runs, and where."),
}


@click.group(
    "local",
    cls=LazyGroup,
    rows=ROWS,
    examples=[
        ("entrada local up --state cloud.db", "Run it, and keep everything in a file."),
        ('eval "$(entrada local env)"', "Let this shell's programs sign in to it."),
        ("entrada local status", "See where it is."),
    ],
)
def command() -> None:
    """Run Entra, managed identity, Azure Resource Manager and Blob Storage on this machine.

    It listens on loopback addresses only, and every unchanged Azure SDK can use it.
    """

"""``entrada local``: the group of commands around the local cloud."""

from __future__ import annotations

import click

from entrada.cli.command import LazyGroup, Row

ROWS = {
    "up": Row("entrada.cli.commands.local_up", "Run the local cloud until Ctrl-C."),
    "env": Row("entrada.cli.commands.local_env", "Print variables that lead a shell to it."),
    "az": Row("entrada.cli.commands.local_az", "Run the Azure CLI against it."),
    "status": Row("entrada.cli.commands.local_status", "Say whether it runs, and where."),
    "log": Row("entrada.cli.commands.local_log", "Say what it refused, and why."),
    "reset": Row("entrada.cli.commands.local_reset", "Bring it back to its start."),
    "trust": Row("entrada.cli.commands.local_trust", "Let browsers and programs trust it."),
    "down": Row("entrada.cli.commands.local_down", "End it."),
}


@click.group(
    "local",
    cls=LazyGroup,
    rows=ROWS,
    examples=[
        ("entrada local up --state cloud.db", "Run it, and keep everything in a file."),
        ('eval "$(entrada local env)"', "Let this shell's programs sign in to it."),
        ("entrada local az -- group list", "Administer it with the Azure CLI."),
        ("entrada local log --follow", "Watch what it refuses, and why."),
    ],
)
def command() -> None:
    """Run Entra, managed identity, Azure Resource Manager and data services on this machine.

    It listens on loopback addresses unless told otherwise, and every unchanged Azure SDK can use
    it.
    """

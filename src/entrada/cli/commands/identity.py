"""``entrada identity``: the group of commands around managed identities."""

from __future__ import annotations

import click

from entrada.cli.command import LazyGroup, Row

ROWS = {
    "enable": Row("entrada.cli.commands.identity_enable", "Give a resource a managed identity."),
    "list": Row("entrada.cli.commands.identity_list", "List the managed identities there are."),
    "create": Row("entrada.cli.commands.identity_create", "Create a user-assigned identity."),
}


@click.group(
    "identity",
    cls=LazyGroup,
    rows=ROWS,
    examples=[
        ("entrada identity enable msdocs-web-app", "Give a web app its own identity."),
        ("entrada identity list", "See all of them."),
    ],
)
def command() -> None:
    """Create, assign and see managed identities, in Azure or in the local cloud.

    A shell that evaluated `entrada local env` works on the local cloud.
    """

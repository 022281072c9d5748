"""``entrada role``: the group of commands around Azure role-based access control."""

from __future__ import annotations

import click

from entrada.cli.command import LazyGroup, Row

ROWS = {
    "assign": Row("entrada.cli.commands.role_assign", "Assign a role to a principal."),
    "remove": Row("entrada.cli.commands.role_remove", "Remove a role assignment."),
    "list": Row("entrada.cli.commands.role_list", "List who has which role, and where."),
    "definitions": Row("entrada.cli.commands.role_definitions", "List the roles there are."),
}


@click.group(
    "role",
    cls=LazyGroup,
    rows=ROWS,
    examples=[
        (
            'entrada role assign --assignee msdocs-web-app --role "Storage Blob Data Reader" '
            "--resource-group GROUP",
            "Let a web app read the blobs of a resource group.",
        ),
        ("entrada role list --assignee msdocs-web-app", "See what it may do."),
    ],
)
def command() -> None:
    """See, give and take Azure roles, in Azure or in the local cloud.

    A shell that evaluated `entrada local env` works on the local cloud.
    """

"""``entrada role``: the group of commands around Azure role-based access control."""

from __future__ import annotations

import click

from entrada.cli.command import LazyGroup, Row

ROWS = {"assign": Row("entrada.cli.commands.role_assign", "Assign a role to a principal.")}


@click.group(
    "role",
    cls=LazyGroup,
    rows=ROWS,
    examples=[
        (
            'entrada role assign --assignee OBJECT_ID --role "Storage Blob Data Reader" '
            "--scope /subscriptions/SUBSCRIPTION/resourceGroups/GROUP",
            "Let a principal read the blobs of a resource group.",
        )
    ],
)
def command() -> None:
    """Give somebody an Azure role, in Azure or in the local cloud.

    A shell that evaluated `entrada local env` works on the local cloud.
    """

"""``entrada identity create``: a managed identity that stands for itself."""

from __future__ import annotations

import click

from entrada.cli import exits, options
from entrada.cli.command import Command
from entrada.cli.management.identities import creating
from entrada.cli.management.scopes import existing, group_id
from entrada.cli.management.session import open_session
from entrada.cli.output import aligned


@click.command(
    "create",
    cls=Command,
    examples=[
        (
            "entrada identity create deployer -g msdocs-sdk-auth-example",
            "Create a user-assigned identity where its group is.",
        )
    ],
    exit_codes={exits.NOT_FOUND: "There is no such resource group.", exits.SIGN_IN: ""},
)
@click.argument("name")
@click.option("-g", "--resource-group", "group", required=True, help="Resource group.")
@click.option("--location", help="Azure region (default: the resource group's).")
@options.subscription
@options.dry_run
@options.as_json
def command(
    *,
    name: str,
    group: str,
    location: str | None,
    subscription: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Create a user-assigned managed identity; one that is there already is left alone."""
    with open_session(subscription) as session:
        change = creating(session, name, group, location)
        if dry_run:
            options.show_change(session.arm, change, as_json=as_json)
            return
        with existing(session, group_id(session, group)):
            made = session.arm.apply(change)
    if as_json:
        options.show_json(made)
        return
    properties = made["properties"]
    rows = [
        ("id", made["id"]),
        ("client id", properties["clientId"]),
        ("principal id", properties["principalId"]),
    ]
    click.echo("\n".join(aligned(rows, indent="")))

"""``entrada identity list``: the managed identities of a subscription or resource group."""

from __future__ import annotations

import click

from entrada.cli import exits, options
from entrada.cli.command import Command
from entrada.cli.management.identities import identities
from entrada.cli.management.session import open_session


@click.command(
    "list",
    cls=Command,
    examples=[
        ("entrada identity list", "List every identity of the subscription."),
        ("entrada identity list -g msdocs-sdk-auth-example --json", "Those of a group, as JSON."),
    ],
    exit_codes={exits.NOT_FOUND: "There is no such resource group.", exits.SIGN_IN: ""},
)
@options.group
@options.subscription
@options.as_json
def command(*, group: str | None, subscription: str | None, as_json: bool) -> None:
    """List managed identities: those that resources own, and the user-assigned ones."""
    with open_session(subscription) as session:
        found = sorted(identities(session, group))
    if as_json:
        options.show_json([each._asdict() for each in found])
    elif found:
        rows = [(each.name, each.kind, each.principal_id, each.client_id) for each in found]
        options.show_table(("NAME", "OF", "PRINCIPAL ID", "CLIENT ID"), rows)
    else:
        click.echo("There is no managed identity.", err=True)

"""``entrada role definitions``: the roles that can be assigned, and what each is for."""

from __future__ import annotations

import click

from entrada.cli import exits, options
from entrada.cli.command import Command
from entrada.cli.management.roles import definitions
from entrada.cli.management.scopes import existing
from entrada.cli.management.session import open_session


@click.command(
    "definitions",
    cls=Command,
    examples=[
        ("entrada role definitions", "List all roles by name."),
        ("entrada role definitions blob", "List those that speak of blobs."),
    ],
    exit_codes={exits.NOT_FOUND: "There is no such scope.", exits.SIGN_IN: ""},
)
@click.argument("text", required=False)
@options.where
@options.as_json
def command(
    *,
    text: str | None,
    scope: str | None,
    group: str | None,
    subscription: str | None,
    as_json: bool,
) -> None:
    """List the roles that can be assigned at a scope, those with TEXT in name or description."""
    with open_session(subscription) as session:
        place = options.scope_of(session, scope, group)
        with existing(session, place):
            known = list(definitions(session, place))
    found = [
        each
        for each in sorted(known, key=lambda body: body["properties"]["roleName"])
        if _speaks_of(each["properties"], text or "")
    ]
    if as_json:
        options.show_json(found)
        return
    listed = [each["properties"] for each in found]
    options.show_table(
        ("ROLE", "DESCRIPTION"),
        [(each["roleName"], each.get("description") or "") for each in listed],
    )


def _speaks_of(properties: dict[str, str], text: str) -> bool:
    told = f"{properties['roleName']} {properties.get('description') or ''}"
    return text.casefold() in told.casefold()

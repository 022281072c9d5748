"""``entrada role remove``: the opposite of ``entrada role assign``, by the same words."""

from __future__ import annotations

import click

from entrada.cli import exits, options
from entrada.cli.arm import AUTHORIZATION, Change
from entrada.cli.command import Command
from entrada.cli.management.names import quoted
from entrada.cli.management.principals import Principal, find_principal
from entrada.cli.management.roles import (
    Role,
    assignments,
    assignments_at,
    find_role,
    role_guid,
)
from entrada.cli.management.scopes import existing
from entrada.cli.management.session import Session, open_session


@click.command(
    "remove",
    cls=Command,
    examples=[
        (
            'entrada role remove --assignee msdocs-web-app --role "Storage Blob Data Contributor" '
            "--resource-group msdocs-sdk-auth-example",
            "Take a role from a web app's managed identity.",
        )
    ],
    exit_codes={exits.NOT_FOUND: "There is no such principal, role or scope.", exits.SIGN_IN: ""},
)
@options.assignment
def command(
    *,
    assignee: str,
    role: str,
    scope: str | None,
    group: str | None,
    subscription: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Remove a role assignment that was made at exactly this scope.

    Where there is none nothing happens; one made further up is told of, and stays. It prints the
    ids of what it removed.
    """
    options.check_where(scope, group, subscription)
    with open_session(subscription) as session:
        place = options.scope_of(session, scope, group)
        with existing(session, place):
            wanted = find_role(session, role, place)
            principal = find_principal(session, assignee)
            held = assignments_at(session, place, principal.id, wanted)
        if not held:
            _tell_of_inherited(session, place, principal, wanted)
        changes = [Change("DELETE", each["id"], AUTHORIZATION) for each in held]
        for change in changes:
            if dry_run:
                options.show_change(session.arm, change, as_json=as_json)
            else:
                session.arm.apply(change)
    if not dry_run and as_json:
        options.show_json(held)
    elif not dry_run:
        for change in changes:
            click.echo(change.path)


def _tell_of_inherited(session: Session, scope: str, principal: Principal, role: Role) -> None:
    click.echo(f"{role.name} is not assigned at {scope}.", err=True)
    for each in assignments(session, scope, f"assignedTo({quoted(principal.id)})"):
        place = each["properties"]["scope"]
        if role_guid(each) == role.guid and scope.lower().startswith(place.lower().rstrip("/")):
            who = "" if each["properties"]["principalId"] == principal.id else " by way of a group"
            click.echo(f"It is held at {place}{who}.", err=True)

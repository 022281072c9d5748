"""``entrada role assign``: what a refusal of the local cloud tells you to run."""

from __future__ import annotations

import uuid
from typing import Any

import click

from entrada.cli import exits, options
from entrada.cli.arm import AUTHORIZATION, Change
from entrada.cli.command import Command
from entrada.cli.management.principals import Principal, find_principal
from entrada.cli.management.rest import Refused
from entrada.cli.management.roles import Role, assignments_at, find_role
from entrada.cli.management.scopes import existing
from entrada.cli.management.session import Session, open_session
from entrada.cli.output import Failure


@click.command(
    "assign",
    cls=Command,
    examples=[
        (
            'entrada role assign --assignee msdocs-web-app --role "Storage Blob Data Contributor" '
            "--resource-group msdocs-sdk-auth-example",
            "Let a web app's managed identity read, write and delete the blobs of a group.",
        ),
        (
            "entrada role assign --assignee ana@contoso.com --role Reader "
            "--scope /subscriptions/SUBSCRIPTION --dry-run",
            "Print the request instead of sending it.",
        ),
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
    """Assign a role to a principal (user, group, service principal, managed identity) at a scope.

    It signs in as DefaultAzureCredential does. An assignment that is there already is left alone.
    In Azure a new one can take some minutes until every service knows it.
    """
    options.check_where(scope, group, subscription)
    with open_session(subscription) as session:
        place = options.scope_of(session, scope, group)
        with existing(session, place):
            wanted = find_role(session, role, place)
            principal = find_principal(session, assignee)
            change = _change(place, wanted, principal)
            if dry_run:
                options.show_change(session.arm, change, as_json=as_json)
                return
            made = _assign(session, change, place, wanted, principal)
    if as_json:
        options.show_json(made)
    else:
        click.echo(made["id"])


def _change(scope: str, role: Role, principal: Principal) -> Change:
    properties = {"roleDefinitionId": role.id, "principalId": principal.id}
    if principal.type:
        properties["principalType"] = principal.type
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    return Change("PUT", path, AUTHORIZATION, {"properties": properties})


def _assign(session: Session, change: Change, scope: str, role: Role, principal: Principal) -> Any:
    try:
        return session.arm.apply(change)
    except Refused as error:
        if error.code != "RoleAssignmentExists":
            raise
    held = assignments_at(session, scope, principal.id, role)
    if not held:
        raise Failure("the role is assigned already, but the assignment cannot be read.")
    click.echo("It was assigned already.", err=True)
    return held[0]

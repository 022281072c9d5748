"""``entrada role list``: who has which role, and where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from entrada.cli import exits, options
from entrada.cli.command import Command
from entrada.cli.management.names import quoted
from entrada.cli.management.principals import described, find_principal
from entrada.cli.management.roles import assignments, definitions, find_role, role_guid
from entrada.cli.management.scopes import existing
from entrada.cli.management.session import Session, open_session


@click.command(
    "list",
    cls=Command,
    examples=[
        ("entrada role list", "List every role assignment of the subscription."),
        (
            "entrada role list --resource-group msdocs-sdk-auth-example",
            "List those that hold in a group, made there or above.",
        ),
        (
            "entrada role list --assignee msdocs-web-app",
            "List what an app may do, and by which group.",
        ),
    ],
    exit_codes={exits.NOT_FOUND: "There is no such principal, role or scope.", exits.SIGN_IN: ""},
)
@click.option("--assignee", metavar="WHO", help="Only this principal's, and those of its groups.")
@click.option("--role", metavar="NAME", help="Only those of this role.")
@options.where
@options.as_json
def command(
    *,
    assignee: str | None,
    role: str | None,
    scope: str | None,
    group: str | None,
    subscription: str | None,
    as_json: bool,
) -> None:
    """List role assignments: principal, role, scope.

    With --scope or --resource-group those that hold there; else all of the subscription.
    """
    with open_session(subscription) as session:
        place = options.scope_of(session, scope, group)
        with existing(session, place):
            found = _found(session, place, assignee, narrow=bool(scope or group))
            if role:
                guid = find_role(session, role, place).guid
                found = [each for each in found if role_guid(each) == guid]
            rows = [] if as_json else _rows(session, place, found)
    if as_json:
        options.show_json(found)
    elif rows:
        options.show_table(("PRINCIPAL", "TYPE", "ROLE", "SCOPE"), rows)
    else:
        click.echo("There is no such role assignment.", err=True)


def _found(session: Session, scope: str, assignee: str | None, *, narrow: bool) -> list[Any]:
    conditions = ["atScope()"] if narrow else []
    if assignee:
        principal = find_principal(session, assignee)
        conditions.append(f"assignedTo({quoted(principal.id)})")
    return list(assignments(session, scope, " and ".join(conditions)))


def _rows(session: Session, scope: str, found: Iterable[Any]) -> list[tuple[str, ...]]:
    names = {
        each["name"].lower(): each["properties"]["roleName"] for each in definitions(session, scope)
    }
    listed = [each["properties"] for each in found]
    who = described(session, (each["principalId"] for each in listed))
    rows: list[tuple[str, ...]] = []
    for each in listed:
        holder = who.get(each["principalId"].lower())
        guid = each["roleDefinitionId"].rpartition("/")[2].lower()
        rows.append(
            (
                holder.name if holder else each["principalId"],
                (holder.type if holder else each.get("principalType")) or "",
                names.get(guid, guid),
                each["scope"],
            )
        )
    return sorted(rows)

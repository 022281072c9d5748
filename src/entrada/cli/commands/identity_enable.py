"""``entrada identity enable``: the step before a role can be assigned to an app."""

from __future__ import annotations

import shlex
from typing import Any

import click

from entrada.cli import exits, options
from entrada.cli.command import Command
from entrada.cli.management.identities import HOSTS, enabling
from entrada.cli.management.resources import IDENTITY_TYPE, find_resource
from entrada.cli.management.session import Session, open_session
from entrada.cli.output import aligned


@click.command(
    "enable",
    cls=Command,
    examples=[
        (
            "entrada identity enable msdocs-web-app -g msdocs-sdk-auth-example",
            "Give a web app a system-assigned identity, and print its principal id.",
        ),
        (
            "entrada identity enable build-vm --user-assigned deployer",
            "Attach a user-assigned identity to a virtual machine.",
        ),
    ],
    exit_codes={exits.NOT_FOUND: "There is no such resource or identity.", exits.SIGN_IN: ""},
)
@click.argument("resource", metavar="RESOURCE")
@click.option("--type", "kind", type=click.Choice(list(HOSTS)), help="What the resource is.")
@click.option(
    "--user-assigned",
    "named",
    multiple=True,
    metavar="IDENTITY",
    help="Attach this user-assigned identity (name or ARM id); can be repeated.",
)
@click.option(
    "--system-assigned",
    "system",
    is_flag=True,
    help="Enable its own identity too (the default without --user-assigned).",
)
@options.group
@options.subscription
@options.dry_run
@options.as_json
def command(
    *,
    resource: str,
    kind: str | None,
    named: tuple[str, ...],
    system: bool,
    group: str | None,
    subscription: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Give RESOURCE (a name or ARM id of a web app, VM, …) a managed identity.

    Identities that it has already stay. It prints what a role can then be assigned to.
    """
    with open_session(subscription) as session:
        body = find_resource(session, resource, group, *([HOSTS[kind]] if kind else []))
        attached = [find_resource(session, each, None, IDENTITY_TYPE)["id"] for each in named]
        change = enabling(session, body, attached, system=system or not named)
        if change is None:
            click.echo(f"{body['name']} has it already.", err=True)
        elif dry_run:
            options.show_change(session.arm, change, as_json=as_json)
            return
        else:
            body = _applied(session, body, session.arm.apply(change))
    if as_json:
        options.show_json(body["identity"])
    else:
        _show(body)


def _applied(session: Session, before: Any, answer: Any) -> Any:
    """Return the resource as it is after a change; some services answer before they are done."""
    if (answer or {}).get("identity"):
        return answer
    return find_resource(session, before["id"], None)


def _show(body: Any) -> None:
    identity = body["identity"]
    rows = [("type", identity["type"])]
    if identity.get("principalId"):
        rows += [("principal id", identity["principalId"]), ("tenant id", identity["tenantId"])]
    for resource_id, each in (identity.get("userAssignedIdentities") or {}).items():
        rows += [("identity", resource_id), ("  principal id", each.get("principalId", ""))]
    click.echo("\n".join(aligned(rows, indent="")))
    if identity.get("principalId"):
        name = shlex.quote(body["id"])
        click.echo(f"\nNext: entrada role assign --assignee {name} --role ROLE -g GROUP", err=True)

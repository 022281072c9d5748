"""Options that commands around Azure resources share, and what they all print alike."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from entrada.cli.arm import Arm, Change
from entrada.cli.management.scopes import group_id
from entrada.cli.management.session import Session
from entrada.cli.output import aligned

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _arm_id(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is None or value.startswith("/"):
        return value if value in (None, "/") else str(value).rstrip("/")
    raise click.BadParameter("an ARM id is expected; it starts with a slash.", ctx, param)


subscription = click.option(
    "--subscription",
    metavar="ID",
    help="Subscription (default: AZURE_SUBSCRIPTION_ID, or the only one there is).",
)
group = click.option("-g", "--resource-group", "group", metavar="NAME", help="Resource group.")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
dry_run = click.option(
    "--dry-run", is_flag=True, help="Print the request that would change something; change nothing."
)


def where(function: _Function) -> _Function:
    """Add ``--scope``, ``--resource-group`` and ``--subscription``: where a role holds."""
    scope = click.option(
        "--scope",
        metavar="ARM_ID",
        callback=_arm_id,
        help="Where: a subscription, resource group or resource.",
    )
    return scope(group(subscription(function)))


def assignment(function: _Function) -> _Function:
    """Add the options that name one role assignment: who, which role, where."""
    assignee = click.option(
        "--assignee",
        required=True,
        metavar="WHO",
        help="Object id, client id, user principal name, display name, or ARM id of a resource.",
    )
    role = click.option(
        "--role", required=True, metavar="NAME", help="The role's name, GUID or id."
    )
    return assignee(role(where(dry_run(as_json(function)))))


def scope_of(session: Session, scope: str | None, group: str | None) -> str:
    """Return the scope that the options of :func:`where` name; the subscription by default."""
    if scope:
        return scope
    return group_id(session, group) if group else f"/subscriptions/{session.subscription_id}"


def check_where(scope: str | None, group: str | None, subscription: str | None) -> None:
    """Raise a usage error where no place was named, or two were."""
    if scope and (group or subscription):
        raise click.UsageError("--scope names the place whole: leave out the other two options.")
    if not (scope or group or subscription):
        raise click.UsageError(
            "Say where: --resource-group NAME, --scope ARM_ID, or --subscription ID for all of it."
        )


def show_change(arm: Arm, change: Change, *, as_json: bool) -> None:
    """Print what ``--dry-run`` leaves undone."""
    if not as_json:
        click.echo(arm.shown(change))
        return
    click.echo(json.dumps(dict(zip(change._fields, change, strict=True)), indent=2))


def show_json(body: object) -> None:
    """Print JSON."""
    click.echo(json.dumps(body, indent=2))


def show_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below a header; nothing where there is none."""
    if rows:
        click.echo("\n".join(aligned([header, *rows], indent="")))

"""``entrada token``: a token for scripts, from whatever this machine has to sign in with."""

from __future__ import annotations

import json
import sys

import click

from entrada._chain.plan import ROWS, VARIABLE
from entrada._credentials.default import DefaultAzureCredential
from entrada._engine.world import World
from entrada.cli import exits
from entrada.cli.aliases import ALIASES, scope_of
from entrada.cli.command import Command

_SHORT = {row.key.replace("_", "-"): row.name for row in ROWS if row.named}
_LINKS = {**_SHORT, **{name.lower(): name for name in _SHORT.values()}}


def _scope(ctx: click.Context, param: click.Parameter, value: str) -> str:
    try:
        return scope_of(value)
    except ValueError as error:
        told = f"{error}\nAliases: {', '.join(ALIASES)}."
        raise click.BadParameter(told, ctx, param) from None


@click.command(
    "token",
    cls=Command,
    examples=[
        ("entrada token arm", "Print a token for Azure Resource Manager."),
        (
            'curl -H "Authorization: Bearer $(entrada token graph)" '
            "https://graph.microsoft.com/v1.0/organization",
            "Call Microsoft Graph.",
        ),
        ("entrada token https://vault.azure.net --json", "Also say when it ends and whose it is."),
        ("entrada token storage --credential cli", "Ask nobody but the Azure CLI."),
    ],
    exit_codes={exits.SIGN_IN: ""},
)
@click.argument("scope", callback=_scope)
@click.option("--json", "as_json", is_flag=True, help="Print JSON: token, expires_on, and so on.")
@click.option("--tenant", metavar="TENANT", help="Tenant id or domain to get the token from.")
@click.option(
    "--credential",
    "link",
    type=click.Choice(list(_LINKS), case_sensitive=False),
    metavar="NAME",
    help=f"Use only this credential: {', '.join(_SHORT)}, or its full name.",
)
def command(scope: str, as_json: bool, tenant: str | None, link: str | None) -> None:
    """Print an access token for SCOPE.

    SCOPE is an alias (arm, graph, storage, vault, sql ...), a resource URL, a client id, or a full
    scope. The token comes from the first credential of DefaultAzureCredential that has one:
    environment, workload identity, managed identity, developer tools. It goes to standard output,
    bare and without a newline unless that is a terminal; all else goes to standard error.
    """
    world = World.real()
    if link is not None:
        world = world._replace(env={**world.env, VARIABLE: _LINKS[link.lower()]})
    allowed = [tenant] if tenant else []
    with DefaultAzureCredential(world=world, additionally_allowed_tenants=allowed) as credential:
        info = credential.get_token_info(scope, options={"tenant_id": tenant} if tenant else None)
        winner = next((a.link for a in credential.last_attempts if a.outcome == "token"), None)
    if not as_json:
        click.echo(info.token, nl=sys.stdout.isatty())
        return
    told = {
        "token": info.token,
        "expires_on": info.expires_on,
        "token_type": info.token_type,
        "credential": winner,
    }
    click.echo(json.dumps(told, indent=2))

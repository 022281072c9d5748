"""``entrada local env``: variables that lead a shell's programs to the local cloud."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import click

from entrada.cli import exits
from entrada.cli.arm import RESOURCES, Arm
from entrada.cli.command import Command
from entrada.cli.output import Failure
from entrada.cli.running import operator_arm, running_cloud
from entrada.local.files import RunFile
from entrada.local.seed import OPERATOR

IDENTITY = (
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
)
"""Variables that say who a process is: those that are not set are unset."""


class _Shell(NamedTuple):
    """A shell's statements, and how it quotes a value."""

    assign: str
    unset: str
    quote: Callable[[str], str]


def _fish(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _pwsh(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


SHELLS: Mapping[str, _Shell] = {
    "bash": _Shell("export {}={}", "unset {}", shlex.quote),
    "fish": _Shell("set -gx {} {}", "set -e {}", _fish),
    "pwsh": _Shell("$Env:{} = {}", "$Env:{} = $null", _pwsh),
}


@click.command(
    "env",
    cls=Command,
    examples=[
        ('eval "$(entrada local env)"', "Sign this shell in as the cloud's operator (bash, zsh)."),
        ("entrada local env --shell fish | source", "The same in fish."),
        ("entrada local env --shell pwsh | Invoke-Expression", "The same in PowerShell."),
        ('eval "$(entrada local env --for my-web-app)"', "Run the next program as a web app."),
    ],
    exit_codes={exits.NOT_FOUND: "No local cloud runs, or it has no such resource or principal."},
)
@click.option(
    "--shell", type=click.Choice(list(SHELLS)), default="bash", help="Whose syntax (default: bash)."
)
@click.option("--principal", metavar="NAME", help="A principal of `local up --seed-principal`.")
@click.option(
    "--for",
    "resource",
    metavar="RESOURCE",
    help="Name or ARM id of a web app, container app or VM: print its managed identity's variables",
)
def command(shell: str, principal: str | None, resource: str | None) -> None:
    """Print the variables by which programs find the running local cloud, trust it and sign in.

    They sign in as the operator "local-admin" unless told otherwise. The output holds a secret of
    the local cloud: evaluate it, do not log it. Variables of other identities are unset.
    """
    if principal and resource:
        raise click.UsageError("--principal and --for exclude each other.")
    run = running_cloud()
    identity = (
        _resource_identity(run, resource) if resource else _principal(run, principal or OPERATOR)
    )
    click.echo("\n".join(lines(SHELLS[shell], {**run.surroundings(), **identity})))


def lines(shell: _Shell, variables: Mapping[str, str]) -> list[str]:
    """Return a shell's statements that set the variables and unset other identities'."""
    dropped = [shell.unset.format(name) for name in IDENTITY if name not in variables]
    return dropped + [
        shell.assign.format(name, shell.quote(value)) for name, value in sorted(variables.items())
    ]


def _principal(run: RunFile, name: str) -> Mapping[str, str]:
    if name not in run.principals:
        known = ", ".join(run.principals)
        raise Failure(
            f"the local cloud was not started with a principal {name!r}.",
            f"it has {known}; entrada local up --seed-principal {shlex.quote(name)}",
            exits.NOT_FOUND,
        )
    return run.principals[name]


def _resource_identity(run: RunFile, name: str) -> dict[str, str]:
    with operator_arm(run) as arm:
        resource_id = name if name.startswith("/") else _named(arm, run, name)
        path = f"{resource_id.rstrip('/')}/providers/Entrada.Local/hostEnvironment"
        variables: dict[str, str] = arm.post(path, RESOURCES)
    return variables


def _named(arm: Arm, run: RunFile, name: str) -> str:
    path = f"/subscriptions/{run.subscription_id}/resources"
    found: list[dict[str, Any]] = arm.get(path, RESOURCES)["value"]
    ids = [str(each["id"]) for each in found if each["name"].lower() == name.lower()]
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise Failure(f"several resources are named {name}.", "name one: " + ", ".join(ids))
    raise Failure(f"the local cloud has no resource {name}.", exit_code=exits.NOT_FOUND)

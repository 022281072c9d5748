"""``entrada local env``: variables that lead a shell's programs, or a container's, to the cloud."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import click

from entrada.cli import exits
from entrada.cli.arm import RESOURCES, Arm
from entrada.cli.command import Command
from entrada.cli.commands.local_containers import FORMATS, HOST, Container, usage
from entrada.cli.output import Failure
from entrada.cli.running import operator_arm, running_cloud
from entrada.local.files import OPERATOR, RunFile
from entrada.local.listening import LOOPBACK

IDENTITY = (
    "AZURE_TENANT_ID",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_CLIENT_CERTIFICATE_PATH",
    "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_USERNAME",
    "AZURE_PASSWORD",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
    "IDENTITY_SERVER_THUMBPRINT",
    "IMDS_ENDPOINT",
    "MSI_ENDPOINT",
    "MSI_SECRET",
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
        ("entrada local env --shell docker > cloud.env", "Write an env-file for docker run."),
        ("entrada local env --shell k8s | kubectl apply -f -", "Give it to a cluster's pods."),
    ],
    exit_codes={exits.NOT_FOUND: "No local cloud runs, or it has no such resource or principal."},
)
@click.option(
    "--shell",
    type=click.Choice([*SHELLS, *FORMATS]),
    default="bash",
    help="Whose syntax (default: bash).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
@click.option("--principal", metavar="NAME", help="A principal or user of the cloud's seed.")
@click.option(
    "--for",
    "resource",
    metavar="RESOURCE",
    help="Name or ARM id of a web app, container app or VM: print its managed identity's variables",
)
@click.option(
    "--host",
    metavar="NAME",
    help=f"What containers call this machine (default: the cloud's public host, or {HOST}).",
)
def command(
    shell: str, as_json: bool, principal: str | None, resource: str | None, host: str | None
) -> None:
    """Print the variables by which programs find the running local cloud, trust it and sign in.

    They sign in as the operator "local-admin" unless told otherwise. The output holds a secret of
    the local cloud: evaluate it, do not log it. A shell's variables of other identities are unset.
    For docker, compose and k8s the variables are those of a container on this machine.
    """
    if principal and resource:
        raise click.UsageError("--principal and --for exclude each other.")
    run = running_cloud()
    identity = (
        _resource_identity(run, resource) if resource else _principal(run, principal or OPERATOR)
    )
    if shell in SHELLS:
        variables = {**run.surroundings(), **identity}
        click.echo(_json(variables) if as_json else "\n".join(lines(SHELLS[shell], variables)))
        return
    container = Container.of(run, identity, host or _public_host(run) or HOST)
    click.echo(_json(container.variables) if as_json else FORMATS[shell](container))
    for hint in (usage(shell, container), *_warnings(run, sys.platform)):
        click.echo(f"-> {hint}", err=True)


def lines(shell: _Shell, variables: Mapping[str, str]) -> list[str]:
    """Return a shell's statements that set the variables and unset other identities'."""
    dropped = [shell.unset.format(name) for name in IDENTITY if name not in variables]
    return dropped + [
        shell.assign.format(name, shell.quote(value)) for name, value in sorted(variables.items())
    ]


def _json(variables: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(variables.items())), indent=2)


def _public_host(run: RunFile) -> str:
    """Return the name in the cloud's URLs, ``""`` where it is localhost."""
    host = urlsplit(run.endpoints.login).hostname or ""
    return "" if host == "localhost" else host


def _warnings(run: RunFile, platform: str) -> Iterator[str]:
    """Yield what keeps containers from reaching the cloud as it was started."""
    if run.host == LOOPBACK and platform == "linux":
        yield (
            f"containers on Linux do not reach {LOOPBACK}: start the cloud on Docker's bridge, "
            "entrada local up --host 172.17.0.1 --allow-remote"
        )
    if not _public_host(run):
        yield (
            "MSAL and azure-identity follow the URLs that Entra answers, which name localhost: "
            f"start the cloud with --public-host {HOST}"
        )


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
    found: list[dict[str, Any]] = list(arm.list(path, RESOURCES))
    ids = [str(each["id"]) for each in found if each["name"].lower() == name.lower()]
    if len(ids) == 1:
        return ids[0]
    if ids:
        raise Failure(f"several resources are named {name}.", "name one: " + ", ".join(ids))
    raise Failure(f"the local cloud has no resource {name}.", exit_code=exits.NOT_FOUND)

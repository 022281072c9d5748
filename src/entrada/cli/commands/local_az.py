"""``entrada local az``: the Azure CLI, led to the running local cloud."""

from __future__ import annotations

import os
import shutil
import subprocess

import click

from entrada._engine.world import World
from entrada.cli import exits
from entrada.cli.command import Command
from entrada.cli.commands.local_az_profile import Profile
from entrada.cli.output import Failure
from entrada.cli.running import running_cloud
from entrada.local.files import RunDirectory

NAMED_BY = "ENTRADA_AZ"
"""The variable that names the program where it is not the ``az`` of PATH."""

_INSTALL = "install it: https://aka.ms/azure-cli, pipx install azure-cli or brew install azure-cli"
_NOBODY_NEEDED = frozenset(
    {
        "cloud",
        "completion",
        "config",
        "configure",
        "extension",
        "find",
        "login",
        "logout",
        "version",
    }
)
"""Commands that need nobody to be signed in."""

_ABOUT_ITSELF = frozenset({"-h", "--help", "--version"})


@click.command(
    "az",
    cls=Command,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    examples=[
        ("entrada local az -- group create -n rg1 -l westeurope", "Make a resource group."),
        ("entrada local az ad signed-in-user show", "The -- can be left out."),
        ("entrada local az login --identity", "Sign in as the web app or VM that this shell is."),
        ("entrada local az --no-login account show", "Do not sign in by itself."),
    ],
    exit_codes={exits.NOT_FOUND: "No local cloud runs, or az found nothing."},
)
@click.option("--no-login", is_flag=True, help='Do not sign in as "local-admin" if nobody is.')
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(no_login: bool, arguments: tuple[str, ...]) -> int:
    """Run the Azure CLI with a configuration of its own that knows the local cloud alone.

    Your own sign-ins and settings are neither used nor changed. The first use registers the cloud
    and signs in as its operator; `login` and `logout` then work as ever. Input, output and exit
    code are those of az, found by PATH or ENTRADA_AZ.
    """
    run, world = running_cloud(), World.real()
    program = shutil.which(world.env.get(NAMED_BY) or "az")
    if program is None:
        named = world.env.get(NAMED_BY)
        what = f"{NAMED_BY} names {named}, which is no program." if named else "there is no az."
        raise Failure(what, _INSTALL)
    profile = Profile(RunDirectory.of(world).path / "az", run, program)
    env = profile.environment(world.env)
    profile.prepare(env, sign_in=not no_login and _needs_somebody(arguments))
    return _become(program, [program, *arguments], env)


def _needs_somebody(arguments: tuple[str, ...]) -> bool:
    if not arguments or arguments[0] in _NOBODY_NEEDED or _ABOUT_ITSELF & set(arguments):
        return False
    return arguments[:2] != ("account", "clear")


def _become(program: str, arguments: list[str], env: dict[str, str]) -> int:
    if os.name == "posix":
        os.execve(program, arguments, env)  # noqa: S606 - no shell is wanted
    return subprocess.call(arguments, env=env)  # noqa: S603 - the user's own words

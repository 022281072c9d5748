"""``entrada local trust``: the local cloud's certificate authority and the machine's own trust."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from entrada._engine.world import World
from entrada.cli import exits
from entrada.cli.command import Command
from entrada.cli.commands.local_trust_stores import STORES, Store, Words, shown
from entrada.cli.output import Failure
from entrada.cli.running import running_cloud
from entrada.local.files import RunDirectory


@click.command(
    "trust",
    cls=Command,
    examples=[
        ("entrada local trust", "Show the CA's file and the commands that install it."),
        ("curl --cacert $(entrada local trust --path) URL", "Trust it for one command only."),
        ("entrada local trust --install", "Ask, then let the whole machine trust it."),
        ("entrada local trust --remove", "Ask, then take that back."),
    ],
    exit_codes={
        exits.NOT_FOUND: "No local cloud runs, or no store here that we install into ourselves."
    },
)
@click.option("--install", "action", flag_value="install", help="Run the commands.")
@click.option("--remove", "action", flag_value="remove", help="Run those that take it back.")
@click.option("--path", "action", flag_value="path", help="Print the path of the CA's file only.")
@click.option("--yes", is_flag=True, help="Do not ask before the machine is changed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON and run nothing.")
def command(action: str | None, yes: bool, as_json: bool) -> None:
    """Show how this machine comes to trust the running local cloud, or do it.

    Shells do not need it: `entrada local env` sets what makes programs trust the cloud. Browsers
    do. Commands are run on Debian and Ubuntu; elsewhere they are printed. Whoever can read the
    cloud's state can then pose as any site to this machine, so take it back when you are done,
    and use --state: a cloud in memory has another authority each time.
    """
    # What was installed can be taken back when the cloud is gone.
    in_memory = action != "remove" and running_cloud().state_file is None
    ca = RunDirectory.of(World.real()).ca_file
    if as_json:
        click.echo(json.dumps(_described(ca), indent=2))
    elif action == "path":
        click.echo(ca)
    elif action is None:
        click.echo("\n".join(_text(ca, _here(), remove=False)))
        if in_memory:
            click.echo("-> this cloud is in memory: its next start has another authority", err=True)
    else:
        _perform(ca, remove=action == "remove", yes=yes)


def _perform(ca: Path, *, remove: bool, yes: bool) -> None:
    here = _here()
    stores = [store for store in here if store.performed]
    if not stores:
        text = "\n".join(_text(ca, here, remove=remove))
        raise Failure(
            f"no store here is one that we change ourselves.\n{text}", "", exits.NOT_FOUND
        )
    for store in stores:
        if remove and not Path(store.file).exists():
            click.echo(f"{store.name}: no authority of a local cloud is installed.")
            continue
        commands = _commands(store, ca, remove=remove)
        _agree(commands, yes=yes)
        for words in commands:
            _run(store, words)
        click.echo(f"{store.name}: {'no longer trusts' if remove else 'trusts'} the local cloud.")


def _agree(commands: list[Words], *, yes: bool) -> None:
    """Return where somebody agrees to commands that change the whole machine."""
    click.echo("\n".join(f"$ {line}" for line in shown(commands, sys.platform)), err=True)
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("This changes the whole machine and nobody can be asked: say --yes.")
    click.confirm("Change what this whole machine trusts?", abort=True, err=True)


def _run(store: Store, words: Words) -> None:
    try:
        # Captured, for a reader of ours that goes away must not stop a program half-way.
        subprocess.run(words, check=True, capture_output=True, text=True)  # noqa: S603 - our table
    except subprocess.CalledProcessError as error:
        said = str(error.stderr).strip() or f"it ended with {error.returncode}"
        raise Failure(f"{store.name}: {words[0]} did not work: {said}") from None
    except OSError as error:
        raise Failure(f"{store.name}: {words[0]} cannot be run: {error}") from None


def _here() -> list[Store]:
    """Return the stores of this machine."""
    return [
        store for store in STORES if store.platform == sys.platform and shutil.which(store.tool)
    ]


def _commands(store: Store, ca: Path, *, remove: bool) -> list[Words]:
    sudo = hasattr(os, "geteuid") and os.geteuid() != 0
    values = {"ca": str(ca), "home": str(Path.home()), "sha1": _thumbprint(ca)}
    return store.commands(remove=remove, sudo=sudo, **values)


def _thumbprint(ca: Path) -> str:
    if not ca.exists():
        return "THUMBPRINT"
    der = ssl.PEM_cert_to_DER_cert(ca.read_text())
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


def _text(ca: Path, stores: list[Store], *, remove: bool) -> Iterator[str]:
    yield f"The certificate authority: {ca}"
    for store in stores:
        yield f"\n{store.name}:"
        yield from (
            f"  {line}" for line in shown(_commands(store, ca, remove=remove), store.platform)
        )
    if not stores:
        yield "No store of this machine is known; give the file to the program that is to trust it."


def _described(ca: Path) -> dict[str, object]:
    return {
        "ca_file": str(ca),
        "sha1": _thumbprint(ca),
        "stores": [
            {
                "name": store.name,
                "install": shown(_commands(store, ca, remove=False), store.platform),
                "remove": shown(_commands(store, ca, remove=True), store.platform),
            }
            for store in _here()
        ],
    }

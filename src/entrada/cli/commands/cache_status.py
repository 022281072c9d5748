"""``entrada cache status``: where this user's tokens rest, and what seals them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from entrada._engine.world import World
from entrada._stores.file import FileStore
from entrada._stores.folders import state_folders
from entrada._stores.store import StoreUnavailable
from entrada.cli import exits
from entrada.cli.command import Command
from entrada.cli.output import aligned


@click.command(
    "status",
    cls=Command,
    examples=[
        ("entrada cache status", "Show this user's files of tokens."),
        ("entrada cache status --json | jq '.[].tokens'", "Count the tokens in each."),
    ],
    exit_codes={exits.OK: "Tokens rest here.", exits.NOT_FOUND: "None do."},
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> int:
    """Show this user's files of tokens, what seals them, and how many valid entries they have.

    Tokens themselves are never printed, nor whose they are.
    """
    found = _found(World.real())
    if as_json:
        click.echo(json.dumps(found, indent=2))
    elif found:
        click.echo("\n\n".join(_text(file) for file in found))
    else:
        click.echo("No tokens rest on this machine.")
    return exits.OK if found else exits.NOT_FOUND


def _found(world: World) -> list[dict[str, object]]:
    files = [path for folder in state_folders(world) for path in sorted(Path(folder).glob("*.db"))]
    return [_state(path, world) for path in files]


def _state(path: Path, world: World) -> dict[str, object]:
    try:
        return FileStore(path).status(world)._asdict()
    except StoreUnavailable as why:
        return {"path": str(path), "problem": str(why)}


def _text(state: dict[str, object]) -> str:
    labels = {"key": "sealed by", "tokens": "tokens", "sign_ins": "sign-ins", "problem": "problem"}
    rows = [(label, str(state[name])) for name, label in labels.items() if name in state]
    return "\n".join([str(state["path"]), *aligned(rows)])

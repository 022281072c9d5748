"""``entrada local status``: whether the local cloud runs, and where."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from entrada._engine.world import World
from entrada.cli import exits
from entrada.cli.command import Command
from entrada.cli.output import aligned
from entrada.cli.running import facts
from entrada.local.files import RunDirectory, RunFile


@click.command(
    "status",
    cls=Command,
    examples=[
        ("entrada local status", "Show where the local cloud is."),
        ("until entrada local status >/dev/null; do sleep 0.1; done", "Wait until it is up."),
        ("entrada local status --json | jq -r .endpoints.blob", "Get one endpoint."),
    ],
    exit_codes={exits.OK: "It runs.", exits.NOT_FOUND: "It does not run."},
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(as_json: bool) -> int:
    """Say whether this user's local cloud runs, since when, and at which endpoints.

    No secret is printed.
    """
    run = RunDirectory.of(World.real()).read()
    click.echo(_json(run) if as_json else _text(run))
    return exits.OK if run else exits.NOT_FOUND


def _json(run: RunFile | None) -> str:
    return json.dumps({"running": bool(run), **(run.facts() if run else {})}, indent=2)


def _text(run: RunFile | None) -> str:
    if run is None:
        return "No local cloud runs."
    since = datetime.fromtimestamp(run.started, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    head = f"The local cloud runs since {since} (process {run.pid}).\n"
    return "\n".join([head, *aligned(facts(run))])

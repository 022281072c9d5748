"""``entrada local log``: what the running cloud refused, and why."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click

from entrada.cli import exits
from entrada.cli.arm import RESOURCES, Arm
from entrada.cli.command import Command
from entrada.cli.management.rest import Refused
from entrada.cli.running import operation, operator_arm, running_cloud
from entrada.local.files import RunFile

_PAUSE = 0.5


@click.command(
    "log",
    cls=Command,
    examples=[
        ("entrada local log", "Show the last twenty refusals."),
        ("entrada local log --follow -n 0", "Watch what is refused from now on."),
        ("entrada local log --json | jq -r .reason", "Get the reasons alone."),
    ],
    exit_codes={exits.NOT_FOUND: "No local cloud runs."},
)
@click.option(
    "-n", "count", type=click.IntRange(0, 1000), default=20, help="How many (default: 20)."
)
@click.option("--follow", "-f", is_flag=True, help="Go on until Ctrl-C or the cloud's end.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(count: int, follow: bool, as_json: bool) -> None:
    """Print the requests that the local cloud refused, each with its reason.

    No token or secret is ever in it. The cloud remembers the last thousand, until a reset.
    """
    run = running_cloud()
    with operator_arm(run) as arm:
        for decision in _decisions(arm, run, count, follow=follow):
            click.echo(json.dumps(decision) if as_json else _text(decision))


def _decisions(arm: Arm, run: RunFile, count: int, *, follow: bool) -> Iterator[dict[str, Any]]:
    path = operation(run, "decisions")
    found: list[dict[str, Any]] = arm.get(path, RESOURCES)["value"]
    last = found[-1]["number"] if found else 0
    yield from found[-count:] if count else []
    while follow:
        time.sleep(_PAUSE)
        try:
            found = arm.get(path, RESOURCES, after=str(last))["value"]
        except Refused as refused:
            if refused.status:
                raise
            click.echo("The local cloud has ended.", err=True)
            return
        last = found[-1]["number"] if found else last
        yield from found


def _text(decision: dict[str, Any]) -> str:
    when = datetime.fromtimestamp(decision["time"], UTC).strftime("%H:%M:%S")
    head = f"{when}  {decision['status']}  {decision['service']:<6}  {decision['request']}"
    return f"{head}\n    {decision['reason']}"

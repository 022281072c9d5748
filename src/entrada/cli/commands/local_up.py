"""``entrada local up``: the local cloud as a foreground process."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrada._engine.world import World
from entrada.cli.command import Command
from entrada.cli.output import Failure, aligned
from entrada.local.cloud import SERVICE_NAMES, ServiceName
from entrada.local.files import AlreadyRunning, RunDirectory, RunFile

if TYPE_CHECKING:
    from entrada.local.running import LocalCloud


def _port_options(function: Callable[..., None]) -> Callable[..., None]:
    for name in reversed(SERVICE_NAMES):
        function = click.option(
            f"--port-{name}",
            type=click.IntRange(1, 65535),
            metavar="PORT",
            help=f"Port of the {name} service (default: a free one).",
        )(function)
    return function


@click.command(
    "up",
    cls=Command,
    examples=[
        ("entrada local up", "Run a cloud that is forgotten when it ends."),
        ("entrada local up --state cloud.db", "Keep everything in a file from run to run."),
        ("entrada local up --seed-principal ci", "Also have a service principal named ci."),
        ('eval "$(entrada local env)"', "In another shell: sign in to it."),
    ],
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File (SQLite) that keeps everything (default: memory).",
)
@_port_options
@click.option(
    "--seed-principal",
    "principals",
    multiple=True,
    metavar="NAME",
    help="Also have this service principal, without any role; can be repeated.",
)
def command(state: Path | None, principals: tuple[str, ...], **ports: int | None) -> None:
    """Run the local cloud in the foreground until Ctrl-C or SIGTERM.

    It listens on loopback only: Entra, Azure Resource Manager and Blob Storage over https, managed
    identity endpoints over http. A service principal "local-admin" owns the subscription and all
    blobs; `entrada local env` prints what signs a shell in as it. One cloud runs per user.
    """
    stop = _stop_signal()
    directory = RunDirectory.of(World.real())
    wanted: dict[ServiceName, int] = {
        name: port for name in SERVICE_NAMES if (port := ports[f"port_{name}"])
    }
    try:
        with directory.claim(), _cloud(state, wanted) as cloud:
            run = _describe(cloud, directory, state, principals)
            directory.write(run, cloud.ca_file.read_bytes())
            _announce(run)
            while not stop.wait(1.0):  # on Windows no signal ends a wait without a limit
                pass
    except AlreadyRunning as error:
        raise _already_running(error) from None
    except sqlite3.DatabaseError as error:
        raise Failure(f"{state} cannot be used as state: {error}") from error
    except OSError as error:
        raise Failure(f"the local cloud cannot start: {error}", _hint(wanted)) from error
    click.echo("Stopped.", err=True)


def _stop_signal() -> threading.Event:
    stop = threading.Event()

    def note(*_: Any) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return stop


def _cloud(state: Path | None, ports: dict[ServiceName, int]) -> LocalCloud:
    try:
        from entrada.local.running import LocalCloud
    except ImportError as error:
        raise Failure(
            f"the local cloud needs {error.name}.", "pip install 'entrada[local]'"
        ) from error
    return LocalCloud(state=state, ports=ports)


def _describe(
    cloud: LocalCloud, directory: RunDirectory, state: Path | None, names: tuple[str, ...]
) -> RunFile:
    from entrada.local.seed import OPERATOR, seed_operator, seed_principal

    principals = {OPERATOR: seed_operator(cloud).environment()}
    for name in names:
        principals.setdefault(name, seed_principal(cloud, name).environment())
    return RunFile(
        pid=os.getpid(),
        started=World.real().now(),
        endpoints=cloud.endpoints,
        tenant_id=cloud.tenant_id,
        subscription_id=cloud.subscription_id,
        ca_file=str(directory.ca_file),
        state_file=str(state.resolve()) if state else None,
        principals=principals,
    )


def _announce(run: RunFile) -> None:
    from entrada.cli.running import facts

    click.echo(f"The local cloud runs (process {run.pid}); Ctrl-C ends it.\n")
    click.echo("\n".join(aligned(facts(run))))
    click.echo('\nIn another shell:\n  eval "$(entrada local env)"')


def _already_running(error: AlreadyRunning) -> Failure:
    if error.pid is None:
        return Failure("another local cloud is just starting.", "entrada local status")
    return Failure(
        f"the local cloud runs already, as process {error.pid}.",
        f"entrada local status shows where; kill {error.pid} ends it",
    )


def _hint(ports: dict[ServiceName, int]) -> str:
    return "choose other --port-... numbers, or none for free ones" if ports else ""

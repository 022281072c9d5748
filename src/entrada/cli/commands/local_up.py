"""``entrada local up``: the local cloud as a foreground process."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from entrada._engine.world import World
from entrada.cli.command import Command
from entrada.cli.exits import USAGE
from entrada.cli.output import Failure, aligned
from entrada.local.cloud import SERVICE_NAMES, ServiceName
from entrada.local.files import OPERATOR, AlreadyRunning, RunDirectory, RunFile
from entrada.local.listening import LOOPBACK, Listening, RemoteRefused

if TYPE_CHECKING:
    from entrada.local.running import BlobStore, LocalCloud


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
        ("entrada local up --seed cloud.toml", "Have what a seed file describes."),
        ("entrada local up --blob azurite", "Keep blobs in Azurite, found by npm install azurite."),
        ("entrada local up --seed-principal ci", "Also have a service principal named ci."),
        (
            "entrada local up --host 172.17.0.1 --allow-remote --public-host host.docker.internal",
            "Let containers on Linux in, by Docker's bridge.",
        ),
        ('eval "$(entrada local env)"', "In another shell: sign in to it."),
    ],
)
@click.option(
    "--state",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File (SQLite) that keeps everything (default: memory).",
)
@click.option(
    "--seed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File (TOML) of users, applications, resources and roles to have from the start.",
)
@click.option(
    "--blob",
    type=click.Choice(["embedded", "azurite"]),
    default="embedded",
    help="What keeps blobs: the cloud itself, or Azurite behind its tokens and roles.",
)
@_port_options
@click.option(
    "--host",
    default=LOOPBACK,
    metavar="ADDRESS",
    help="Also listen on this address, 0.0.0.0 for all (default: loopback only).",
)
@click.option("--allow-remote", is_flag=True, help="Let an address be one that others reach.")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="A further name of this host in the server certificate; can be repeated.",
)
@click.option(
    "--public-host",
    default="localhost",
    metavar="NAME",
    help="The name in every URL that is answered, issuers too (default: localhost).",
)
@click.option(
    "--seed-principal",
    "principals",
    multiple=True,
    metavar="NAME",
    help="Also have this service principal, without any role; can be repeated.",
)
def command(
    *,
    state: Path | None,
    seed: Path | None,
    principals: tuple[str, ...],
    blob: BlobStore,
    host: str,
    allow_remote: bool,
    names: tuple[str, ...],
    public_host: str,
    **ports: int | None,
) -> None:
    """Run the local cloud in the foreground until Ctrl-C or SIGTERM.

    It listens on loopback unless told otherwise: Entra, Azure Resource Manager, Microsoft Graph and
    data services over https, managed identity endpoints over http. A service principal
    "local-admin" owns the subscription and its data; `entrada local env` prints what signs a shell
    in as it. One cloud runs per user.
    """
    listening = _listening(host, names, public_host, allow_remote=allow_remote)
    stop = _stop_signal()
    directory = RunDirectory.of(World.real())
    wanted: dict[ServiceName, int] = {
        name: port for name in SERVICE_NAMES if (port := ports[f"port_{name}"])
    }
    try:
        with directory.claim(), _cloud(state, seed, wanted, listening, blob) as cloud:
            run = _describe(cloud, directory, state, principals, host)
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


def _listening(
    host: str, names: tuple[str, ...], public_host: str, *, allow_remote: bool
) -> Listening:
    try:
        return Listening(host, names, public_host, allow_remote)
    except RemoteRefused as error:
        raise Failure(f"{error}.", "--allow-remote does it nevertheless", USAGE) from None
    except ValueError as error:
        raise Failure(f"{error}.", exit_code=USAGE) from None


@contextmanager
def _cloud(
    state: Path | None,
    seed: Path | None,
    ports: dict[ServiceName, int],
    listening: Listening,
    blob: BlobStore,
) -> Iterator[LocalCloud]:
    try:
        from entrada.local.resources.blob.azurite import AzuriteError
        from entrada.local.running import LocalCloud
        from entrada.local.seeding import SeedError
    except ImportError as error:
        raise Failure(
            f"the local cloud needs {error.name}.", "pip install 'entrada[local]'"
        ) from error
    cloud = LocalCloud(
        state=state,
        seed=seed,
        ports=ports,
        host=listening.host,
        names=listening.names,
        public_host=listening.public_host,
        allow_remote=listening.allow_remote,
        blob=blob,
    )
    try:
        cloud.start()
    except SeedError as error:
        raise Failure(str(error), "nothing of it was applied", USAGE) from error
    except AzuriteError as error:
        raise Failure(error.reason, error.hint) from error
    try:
        yield cloud
    finally:
        cloud.stop()


def _describe(
    cloud: LocalCloud,
    directory: RunDirectory,
    state: Path | None,
    names: tuple[str, ...],
    host: str,
) -> RunFile:
    from entrada.local.seed import seed_operator, seed_principal

    operator = {OPERATOR: seed_operator(cloud).environment()}
    principals = {**operator, **cloud.seeded.environments(), **operator}
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
        host=host,
    )


def _announce(run: RunFile) -> None:
    from entrada.cli.running import facts

    click.echo(f"The local cloud runs (process {run.pid}); Ctrl-C ends it.\n")
    click.echo("\n".join(aligned(facts(run))))
    if run.host != LOOPBACK:
        click.echo(
            f"\nOther machines may reach it at {run.host}: its secrets are not safe from them."
        )
    click.echo('\nIn another shell:\n  eval "$(entrada local env)"')


def _already_running(error: AlreadyRunning) -> Failure:
    if error.pid is None:
        return Failure("another local cloud is just starting.", "entrada local status")
    return Failure(
        f"the local cloud runs already, as process {error.pid}.",
        "entrada local status shows where; entrada local down ends it",
    )


def _hint(ports: dict[ServiceName, int]) -> str:
    return "choose other --port-... numbers, or none for free ones" if ports else ""

"""The local cloud that runs in another process of this user, as commands see it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from entrada._engine.world import World
from entrada.cli.exits import NOT_FOUND
from entrada.cli.output import Failure
from entrada.local.files import OPERATOR, RunDirectory, RunFile
from entrada.local.listening import LOOPBACK

if TYPE_CHECKING:
    from entrada.cli.arm import Arm


def running_cloud() -> RunFile:
    """Return what the running cloud tells; raise :class:`Failure` where none runs."""
    run = RunDirectory.of(World.real()).read()
    if run is None:
        raise Failure("no local cloud runs.", "entrada local up", NOT_FOUND)
    return run


def operator_arm(run: RunFile) -> AbstractContextManager[Arm]:
    """Open a running cloud's Resource Manager, asked as its operator."""
    from entrada.cli.arm import local_arm

    return local_arm(run.nearby, run.ca_file, run.principals[OPERATOR])


def operation(run: RunFile, name: str) -> str:
    """Return the path of an operation that only the local cloud has."""
    return f"/subscriptions/{run.subscription_id}/providers/Entrada.Local/{name}"


def facts(run: RunFile) -> list[tuple[str, str]]:
    """Return what people want to know of a running cloud, as rows."""
    ends = run.endpoints
    return [
        ("login", ends.login),
        ("resource manager", ends.arm),
        ("graph", ends.graph),
        ("blob", ends.blob),
        ("key vault", ends.vault),
        ("iot hub", ends.iothub),
        ("managed identity", ends.hosts),
        ("tenant", run.tenant_id),
        ("subscription", run.subscription_id),
        ("CA certificate", run.ca_file),
        ("state", run.state_file or "in memory"),
        *([] if run.host == LOOPBACK else [("listens on", run.host)]),
    ]

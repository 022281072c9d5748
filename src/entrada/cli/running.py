"""The local cloud that runs in another process of this user, as commands see it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from entrada._engine.world import World
from entrada.cli.arm import Arm, local_arm
from entrada.cli.exits import NOT_FOUND
from entrada.cli.output import Failure
from entrada.local.files import RunDirectory, RunFile
from entrada.local.seed import OPERATOR


def running_cloud() -> RunFile:
    """Return what the running cloud tells; raise :class:`Failure` where none runs."""
    run = RunDirectory.of(World.real()).read()
    if run is None:
        raise Failure("no local cloud runs.", "entrada local up", NOT_FOUND)
    return run


def operator_arm(run: RunFile) -> AbstractContextManager[Arm]:
    """Open a running cloud's Resource Manager, asked as its operator."""
    return local_arm(run.endpoints, run.ca_file, run.principals[OPERATOR])


def facts(run: RunFile) -> list[tuple[str, str]]:
    """Return what people want to know of a running cloud, as rows."""
    ends = run.endpoints
    return [
        ("login", ends.login),
        ("resource manager", ends.arm),
        ("blob", ends.blob),
        ("managed identity", ends.hosts),
        ("tenant", run.tenant_id),
        ("subscription", run.subscription_id),
        ("CA certificate", run.ca_file),
        ("state", run.state_file or "in memory"),
    ]

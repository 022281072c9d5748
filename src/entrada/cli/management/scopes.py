"""Where a role holds: ARM ids of subscriptions, resource groups and resources."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from entrada.cli import exits
from entrada.cli.arm import RESOURCES
from entrada.cli.management.names import nearest
from entrada.cli.management.rest import Refused
from entrada.cli.management.session import Session
from entrada.cli.output import Failure


def group_id(session: Session, name: str) -> str:
    """Compose the ARM id of a resource group."""
    return f"/subscriptions/{session.subscription_id}/resourceGroups/{name}"


@contextmanager
def existing(session: Session, scope: str) -> Iterator[None]:
    """Tell of a scope that ARM does not know which of its resource groups was meant."""
    try:
        yield
    except Refused as error:
        parts = scope.split("/")
        if error.code != "ResourceGroupNotFound" or len(parts) < 5:
            raise
        raise unknown_group(session, f"/subscriptions/{parts[2]}", parts[4]) from error


def unknown_group(session: Session, subscription: str, name: str) -> Failure:
    """Say that a resource group is not there, and which one has a name like it."""
    path = f"{subscription}/resourceGroups"
    known = [str(each["name"]) for each in session.arm.list(path, RESOURCES)]
    meant = nearest(name, known)
    hint = f"did you mean {meant}?" if meant else "the groups are: " + (", ".join(known) or "none")
    return Failure(f"there is no resource group {name!r} in {subscription}.", hint, exits.NOT_FOUND)

"""Managed identities: those of resources, and those that stand for themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from entrada.cli.arm import IDENTITIES, RESOURCES, Change
from entrada.cli.management.resources import IDENTITY_TYPE, api_version, resources
from entrada.cli.management.scopes import existing, group_id
from entrada.cli.management.session import Session

HOSTS: Mapping[str, str] = {
    "webapp": "Microsoft.Web/sites",
    "functionapp": "Microsoft.Web/sites",
    "containerapp": "Microsoft.App/containerApps",
    "vm": "Microsoft.Compute/virtualMachines",
    "arc": "Microsoft.HybridCompute/machines",
}
"""What people call the places that code runs at, as ``az``'s command groups do."""


class Identity(NamedTuple):
    """A managed identity; ``client_id`` is ``""`` where ARM does not tell it."""

    name: str
    kind: str
    principal_id: str
    client_id: str
    resource_id: str


def identities(session: Session, group: str | None = None) -> Iterator[Identity]:
    """Yield every managed identity of a group or of the subscription."""
    for body in resources(session, group):
        if body["type"].lower() == IDENTITY_TYPE.lower():
            whole = session.arm.get(body["id"], IDENTITIES)["properties"]
            yield Identity(
                body["name"], "user-assigned", whole["principalId"], whole["clientId"], body["id"]
            )
        elif (body.get("identity") or {}).get("principalId"):
            owner = body["identity"]["principalId"]
            yield Identity(body["name"], body["type"], owner, "", body["id"])


def enabling(
    session: Session, body: Any, attached: Sequence[str], *, system: bool
) -> Change | None:
    """Return the request that gives a resource its identities; ``None`` where it has them all.

    ``attached`` are ARM ids of user-assigned identities; those that it has already stay.
    """
    before = body.get("identity") or {}
    kinds = {part.strip() for part in str(before.get("type") or "None").split(",")} - {"None"}
    held = {each.lower() for each in before.get("userAssignedIdentities") or {}}
    wanted = set(kinds)
    wanted |= {"SystemAssigned"} if system else set()
    wanted |= {"UserAssigned"} if attached else set()
    new = [each for each in attached if each.lower() not in held]
    if wanted == kinds and not new:
        return None
    identity: dict[str, Any] = {"type": ",".join(sorted(wanted))}
    if new:
        identity["userAssignedIdentities"] = {each: {} for each in new}
    return Change("PATCH", body["id"], api_version(session, body["id"]), {"identity": identity})


def creating(session: Session, name: str, group: str, location: str | None) -> Change:
    """Return the request that creates a user-assigned identity, where its group is by default."""
    above = group_id(session, group)
    if location is None:
        with existing(session, above):
            location = session.arm.get(above, RESOURCES)["location"]
    path = f"{above}/providers/{IDENTITY_TYPE}/{name}"
    return Change("PUT", path, IDENTITIES, {"location": location})

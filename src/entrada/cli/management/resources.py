"""Azure resources, found by name or ARM id and read with an API version that they know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from entrada.cli import exits
from entrada.cli.arm import IDENTITIES, RESOURCES, WEB
from entrada.cli.management.names import nearest
from entrada.cli.management.scopes import existing, group_id
from entrada.cli.management.session import Session
from entrada.cli.output import Failure

IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"
_API_VERSIONS = {
    "microsoft.app/containerapps": "2024-03-01",
    "microsoft.compute/virtualmachines": "2024-07-01",
    IDENTITY_TYPE.lower(): IDENTITIES,
    "microsoft.web/sites": WEB,
}


def resources(session: Session, group: str | None = None) -> Iterator[Any]:
    """Yield the resources of a group, or of the whole subscription, as lists show them."""
    above = group_id(session, group) if group else f"/subscriptions/{session.subscription_id}"
    with existing(session, above):
        yield from session.arm.list(f"{above}/resources", RESOURCES)


def resource(session: Session, resource_id: str) -> Any:
    """Read a resource whole."""
    with existing(session, resource_id):
        return session.arm.get(resource_id, api_version(session, resource_id))


def find_resource(session: Session, wanted: str, group: str | None, *types: str) -> Any:
    """Return the resource of a name or ARM id, of one of the types if any are given.

    Raises :class:`Failure` where there is none, or more than one.
    """
    if wanted.startswith("/"):
        return resource(session, wanted)
    allowed = {each.lower() for each in types}
    known = [
        each for each in resources(session, group) if not allowed or each["type"].lower() in allowed
    ]
    found = [each for each in known if each["name"].lower() == wanted.lower()]
    if len(found) == 1:
        return resource(session, found[0]["id"])
    if found:
        told = ", ".join(each["id"] for each in found)
        raise Failure(f"{len(found)} resources are named {wanted}: {told}.", "use an ARM id")
    meant = nearest(wanted, (each["name"] for each in known))
    raise Failure(
        f"there is no such resource: {wanted}.",
        f"did you mean {meant}?" if meant else "the name or ARM id of a resource is expected",
        exits.NOT_FOUND,
    )


def api_version(session: Session, resource_id: str) -> str:
    """Return the API version to use for a resource: its type's newest stable one."""
    type_name = type_of(resource_id)
    known = _API_VERSIONS.get(type_name.lower())
    if known:
        return known
    namespace, _, name = type_name.partition("/")
    subscription = resource_id.split("/")[2]
    path = f"/subscriptions/{subscription}/providers/{namespace}"
    for each in session.arm.get(path, RESOURCES)["resourceTypes"]:
        if each["resourceType"].lower() == name.lower():
            return next((v for v in each["apiVersions"] if "preview" not in v), RESOURCES)
    return RESOURCES


def type_of(resource_id: str) -> str:
    """Return a resource's type, read from its ARM id; raise :class:`Failure` where it is none."""
    _, found, rest = resource_id.rpartition("/providers/")
    parts = [part for part in rest.split("/") if part]
    if not found or len(parts) < 3 or len(parts) % 2 == 0 or resource_id.count("/") < 8:
        raise Failure(
            f"{resource_id} is not the ARM id of a resource.",
            "it looks like /subscriptions/…/resourceGroups/…/providers/NAMESPACE/TYPE/NAME",
            exits.USAGE,
        )
    return "/".join([parts[0], *parts[1::2]])

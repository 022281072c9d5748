"""Who gets a role: users, groups, service principals and managed identities, however named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from entrada.cli import exits
from entrada.cli.management.names import is_guid, quoted
from entrada.cli.management.resources import resource
from entrada.cli.management.rest import Refused
from entrada.cli.management.session import Session
from entrada.cli.output import Failure

_BATCH = 1000
_TYPES = {
    "#microsoft.graph.user": "User",
    "#microsoft.graph.group": "Group",
    "#microsoft.graph.servicePrincipal": "ServicePrincipal",
}
_FORBIDDEN = (401, 403)


class Principal(NamedTuple):
    """A security principal; ``type`` and ``name`` are ``""`` where Graph does not tell them."""

    id: str
    type: str = ""
    name: str = ""


def find_principal(session: Session, wanted: str) -> Principal:
    """Return the principal of an object id, client id, user name, display name or ARM id.

    An ARM id stands for the managed identity that it is or has. Raises :class:`Failure` where
    nobody, or more than one, goes by it.
    """
    if wanted.startswith("/"):
        return _identity_of(session, wanted)
    found = _unique(_candidates(session, wanted))
    if len(found) == 1:
        return found[0]
    if not found:
        raise Failure(
            f"the directory has nobody named {wanted!r}.",
            "name an object id, a client id, a user's principal name, a display name or an ARM id",
            exits.NOT_FOUND,
        )
    told = ", ".join(f"{each.id} ({each.type})" for each in found)
    raise Failure(f"{len(found)} principals are named {wanted!r}: {told}.", "use an object id")


def described(session: Session, ids: Iterable[str]) -> Mapping[str, Principal]:
    """Return principals by object id in lower case; none where Graph does not tell the caller."""
    wanted = sorted(set(ids))
    try:
        return {
            each.id.lower(): each
            for start in range(0, len(wanted), _BATCH)
            for each in _by_ids(session, wanted[start : start + _BATCH])
        }
    except Refused as error:
        if error.status not in _FORBIDDEN:
            raise
        return {}


def _candidates(session: Session, wanted: str) -> Iterator[Principal]:
    if is_guid(wanted):
        yield from _of_guid(session, wanted)
        return
    if "@" in wanted:
        yield from _listed(session, "users", f"userPrincipalName eq {quoted(wanted)}", "User")
    name = f"servicePrincipalNames/any(n:n eq {quoted(wanted)})"
    yield from _listed(session, "servicePrincipals", name, "ServicePrincipal")
    named = f"displayName eq {quoted(wanted)}"
    yield from _listed(session, "servicePrincipals", named, "ServicePrincipal")
    yield from _listed(session, "groups", named, "Group")


def _of_guid(session: Session, guid: str) -> Iterator[Principal]:
    """Yield who has a GUID as object or client id; the GUID itself where Graph may not be asked."""
    try:
        yield from _by_ids(session, [guid])
        condition = f"appId eq {quoted(guid)}"
        yield from _listed(session, "servicePrincipals", condition, "ServicePrincipal")
    except Refused as error:
        if error.status not in _FORBIDDEN:
            raise
        yield Principal(guid)


def _by_ids(session: Session, ids: list[str]) -> Iterator[Principal]:
    body = {"ids": ids, "types": ["user", "group", "servicePrincipal"]}
    answer = session.graph.send("POST", "/v1.0/directoryObjects/getByIds", body=body)
    for each in answer["value"]:
        yield _principal(each, _TYPES.get(each.get("@odata.type", ""), ""))


def _listed(session: Session, collection: str, condition: str, kind: str) -> Iterator[Principal]:
    for each in session.graph.pages(f"/v1.0/{collection}", {"$filter": condition}):
        yield _principal(each, kind)


def _principal(body: Any, kind: str) -> Principal:
    return Principal(body["id"], kind, body.get("userPrincipalName") or body.get("displayName", ""))


def _unique(found: Iterable[Principal]) -> list[Principal]:
    return list({each.id.lower(): each for each in found}.values())


def _identity_of(session: Session, resource_id: str) -> Principal:
    body = resource(session, resource_id)
    owned = body.get("identity") or {}
    principal_id = owned.get("principalId") or body.get("properties", {}).get("principalId")
    if not principal_id:
        raise Failure(
            f"{resource_id} has no identity of its own.", f"entrada identity enable {resource_id}"
        )
    return Principal(principal_id, "ServicePrincipal", body["name"])

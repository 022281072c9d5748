"""Role definitions and role assignments, found by the names that people use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from entrada.cli import exits
from entrada.cli.arm import AUTHORIZATION
from entrada.cli.management.names import is_guid, nearest, quoted
from entrada.cli.management.rest import Refused
from entrada.cli.management.session import Session
from entrada.cli.output import Failure

_PROVIDER = "providers/Microsoft.Authorization"


class Role(NamedTuple):
    """A role definition: its full ARM id and its name."""

    id: str
    name: str

    @property
    def guid(self) -> str:
        """The definition's own id, the same at every scope."""
        return self.id.rpartition("/")[2].lower()


def definitions(session: Session, scope: str) -> Iterator[Any]:
    """Yield the definitions of all roles that can be assigned at a scope."""
    return session.arm.list(f"{scope}/{_PROVIDER}/roleDefinitions", AUTHORIZATION)


def find_role(session: Session, wanted: str, scope: str) -> Role:
    """Return the role of a name, in any case, a GUID or an id; raise :class:`Failure`."""
    guid = wanted.rpartition("/")[2]
    if is_guid(guid):
        return _role_of_guid(session, guid, scope)
    path = f"{scope}/{_PROVIDER}/roleDefinitions"
    found = list(session.arm.list(path, AUTHORIZATION, filter=f"roleName eq {quoted(wanted)}"))
    known = found or list(definitions(session, scope))
    for each in known:
        if each["properties"]["roleName"].casefold() == wanted.casefold():
            return _role(each)
    meant = nearest(wanted, (each["properties"]["roleName"] for each in known))
    hint = f"did you mean {meant!r}?" if meant else "entrada role definitions lists the names"
    raise Failure(f"there is no role named {wanted!r} at {scope}.", hint, exits.NOT_FOUND)


def assignments(session: Session, scope: str, condition: str = "") -> Iterator[Any]:
    """Yield role assignments seen from a scope; ``condition`` is a ``$filter``.

    Without one they are those at, above and below the scope; with ``atScope()`` none below it.
    """
    query = {"filter": condition} if condition else {}
    return session.arm.list(f"{scope}/{_PROVIDER}/roleAssignments", AUTHORIZATION, **query)


def assignments_at(session: Session, scope: str, principal_id: str, role: Role) -> list[Any]:
    """Return a principal's assignments of one role that were made at exactly a scope."""
    return [
        each
        for each in assignments(session, scope, f"principalId eq {quoted(principal_id)}")
        if role_guid(each) == role.guid and each["properties"]["scope"].lower() == scope.lower()
    ]


def role_guid(assignment: Any) -> str:
    """Return the id of the role that is assigned, without its scope."""
    return str(assignment["properties"]["roleDefinitionId"]).rpartition("/")[2].lower()


def _role_of_guid(session: Session, guid: str, scope: str) -> Role:
    try:
        path = f"{scope}/{_PROVIDER}/roleDefinitions/{guid}"
        return _role(session.arm.get(path, AUTHORIZATION))
    except Refused as error:
        if error.code != "RoleDefinitionDoesNotExist":
            raise
        hint = "entrada role definitions --json lists the ids"
        raise Failure(f"there is no role {guid} at {scope}.", hint, exits.NOT_FOUND) from error


def _role(definition: Any) -> Role:
    return Role(definition["id"], definition["properties"]["roleName"])

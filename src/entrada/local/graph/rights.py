"""Who may change what: the permissions of Microsoft Graph and the directory roles that allow it.

A table; every entry is enforced by :meth:`GraphRequest.require`. Reading is not in it: everybody
who is signed in to a tenant may read its directory, as in a tenant with Entra's default settings.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrada.local.directory_roles import GLOBAL_ADMINISTRATOR


@dataclass(frozen=True, slots=True)
class Right:
    """What it takes to do something; any one of these will do, and the first take least.

    ``permissions`` are given to an application, and are what an application needs that acts for a
    user; ``roles`` to a user or service principal. ``owned`` is the permission by which an
    application may do it to what it owns; users need none for that. With ``everybody`` every user
    of the tenant may. A Global Administrator may do everything.
    """

    what: str
    permissions: tuple[str, ...]
    roles: tuple[str, ...]
    owned: str = ""
    everybody: bool = False

    @property
    def any_role(self) -> tuple[str, ...]:
        """All roles that allow it."""
        return (*self.roles, GLOBAL_ADMINISTRATOR)


_OWNED_BY = "Application.ReadWrite.OwnedBy"
_APPLICATIONS = "Application.ReadWrite.All"
_DIRECTORY = "Directory.ReadWrite.All"
_APPLICATION_ADMINISTRATORS = ("Cloud Application Administrator", "Application Administrator")
_GROUP_ADMINISTRATORS = ("Groups Administrator", "Directory Writers", "User Administrator")

CREATE_APPLICATION = Right(
    "register applications",
    (_OWNED_BY, _APPLICATIONS),
    ("Application Developer", *_APPLICATION_ADMINISTRATORS),
    everybody=True,
)
WRITE_APPLICATION = Right(
    "change this application or service principal",
    (_APPLICATIONS,),
    _APPLICATION_ADMINISTRATORS,
    owned=_OWNED_BY,
)
WRITE_USER = Right(
    "create, change or delete users",
    ("User.ReadWrite.All", _DIRECTORY),
    ("User Administrator",),
)
CREATE_GROUP = Right(
    "create groups",
    ("Group.ReadWrite.All", _DIRECTORY),
    _GROUP_ADMINISTRATORS,
    everybody=True,
)
WRITE_GROUP = Right(
    "change this group",
    ("Group.ReadWrite.All", _DIRECTORY),
    _GROUP_ADMINISTRATORS,
    owned="Group.ReadWrite.All",
)
WRITE_MEMBERS = Right(
    "change the members of this group",
    ("GroupMember.ReadWrite.All", "Group.ReadWrite.All", _DIRECTORY),
    _GROUP_ADMINISTRATORS,
    owned="GroupMember.ReadWrite.All",
)
GRANT_SCOPES = Right(
    "consent to delegated permissions for others",
    ("DelegatedPermissionGrant.ReadWrite.All", _DIRECTORY),
    _APPLICATION_ADMINISTRATORS,
)
ASSIGN_APP_ROLE = Right(
    "assign app roles",
    ("AppRoleAssignment.ReadWrite.All",),
    _APPLICATION_ADMINISTRATORS,
)
ASSIGN_GRAPH_ROLE = Right(
    "assign application permissions of Microsoft Graph",
    ("AppRoleAssignment.ReadWrite.All",),
    ("Privileged Role Administrator",),
)
ASSIGN_DIRECTORY_ROLE = Right(
    "assign directory roles",
    ("RoleManagement.ReadWrite.Directory",),
    ("Privileged Role Administrator",),
)

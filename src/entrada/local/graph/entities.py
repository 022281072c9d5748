"""What Graph shows of the directory: which properties an object has, and from where.

A view is made of the state's document; what is kept of secrets is in none. ``ENTITIES`` says how
a collection is named, what its objects are called, and which properties go out unasked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from entrada.local import people
from entrada.local.cloud import Cloud
from entrada.local.graph import applications_view, directory_view
from entrada.local.state import Document

View: TypeAlias = Callable[[Cloud, Document], Document]
Expansion: TypeAlias = Callable[[Cloud, str], Any]


@dataclass(frozen=True, slots=True)
class Entity:
    """A kind of object; ``kind`` is its documents', ``default`` what goes out without $select.

    ``default`` is ``None`` where everything does.
    """

    collection: str
    type: str
    kind: str
    view: View
    properties: frozenset[str]
    default: tuple[str, ...] | None = None
    expandable: Mapping[str, Expansion] = field(default_factory=dict)


def typed(cloud: Cloud, body: Document) -> Document:
    """Return the view of any directory object, with ``@odata.type``."""
    entity = ENTITIES[_kind(body)]
    return {"@odata.type": f"#microsoft.graph.{entity.type}", **entity.view(cloud, body)}


def find_object(cloud: Cloud, object_id: str) -> tuple[str, Document] | None:
    """Return kind and document of the directory object with an id, ``None`` for none."""
    wanted = object_id.lower()
    for kind in ("user", "servicePrincipal", "group"):
        body = cloud.state.get(kind, wanted)
        if body is not None:
            return kind, body
    found = cloud.state.find("application", id=wanted)
    return ("application", found[0]) if found else None


def objects(cloud: Cloud, ids: Iterable[str]) -> list[Document]:
    """Return the directory objects with those ids that are there."""
    found = (find_object(cloud, each) for each in ids)
    return [pair[1] for pair in found if pair]


def _kind(body: Document) -> str:
    if "userPrincipalName" in body:
        return "user"
    if "servicePrincipalType" in body:
        return "servicePrincipal"
    return "application" if "appId" in body else "group"


def _members(cloud: Cloud, group_id: str) -> list[Document]:
    group = cloud.state.get("group", group_id) or {}
    return [typed(cloud, body) for body in objects(cloud, group.get("members", ()))]


def _owners(cloud: Cloud, object_id: str) -> list[Document]:
    found = find_object(cloud, object_id)
    ids = found[1].get("owners", ()) if found else ()
    return [typed(cloud, body) for body in objects(cloud, ids)]


def _groups(cloud: Cloud, object_id: str) -> list[Document]:
    return [typed(cloud, body) for body in people.groups_with(cloud, object_id)]


APPLICATION = Entity(
    "applications",
    "application",
    "application",
    applications_view.application,
    frozenset(applications_view.APPLICATION),
    expandable={"owners": _owners},
)
SERVICE_PRINCIPAL = Entity(
    "servicePrincipals",
    "servicePrincipal",
    "servicePrincipal",
    applications_view.service_principal,
    frozenset(applications_view.SERVICE_PRINCIPAL),
    expandable={"owners": _owners, "memberOf": _groups},
)
USER = Entity(
    "users",
    "user",
    "user",
    directory_view.user,
    frozenset(directory_view.USER),
    directory_view.USER_DEFAULT,
    expandable={"memberOf": _groups},
)
GROUP = Entity(
    "groups",
    "group",
    "group",
    directory_view.group,
    frozenset(directory_view.GROUP),
    expandable={"members": _members, "owners": _owners, "memberOf": _groups},
)
ENTITIES: Mapping[str, Entity] = {
    entity.kind: entity for entity in (APPLICATION, SERVICE_PRINCIPAL, USER, GROUP)
}
DIRECTORY_OBJECT = Entity(
    "directoryObjects",
    "directoryObject",
    "",
    typed,
    frozenset().union(*(entity.properties for entity in ENTITIES.values())),
)


def _as_kept(*names: str) -> tuple[View, frozenset[str]]:
    """Return a view of just these properties of a document."""

    def view(_: Cloud, body: Document) -> Document:
        return {name: body.get(name) for name in names}

    return view, frozenset(names)


def _app_role_assignment(cloud: Cloud, body: Document) -> Document:
    view, _ = _as_kept("id", "appRoleId", "createdDateTime", "principalId", "principalType")
    principal = find_object(cloud, body["principalId"])
    resource = find_object(cloud, body["resourceId"])
    return {
        **view(cloud, body),
        "deletedDateTime": None,
        "principalDisplayName": principal[1]["displayName"] if principal else None,
        "resourceDisplayName": resource[1]["displayName"] if resource else None,
        "resourceId": body["resourceId"],
    }


FEDERATED = Entity(
    "federatedIdentityCredentials",
    "federatedIdentityCredential",
    "",
    *_as_kept("id", "name", "issuer", "subject", "description", "audiences"),
)
GRANT = Entity(
    "oauth2PermissionGrants",
    "oAuth2PermissionGrant",
    "",
    *_as_kept("id", "clientId", "consentType", "principalId", "resourceId", "scope"),
)
APP_ROLE_ASSIGNMENT = Entity(
    "appRoleAssignments",
    "appRoleAssignment",
    "appRoleAssignment",
    _app_role_assignment,
    frozenset(
        {
            "id",
            "appRoleId",
            "createdDateTime",
            "deletedDateTime",
            "principalDisplayName",
            "principalId",
            "principalType",
            "resourceDisplayName",
            "resourceId",
        }
    ),
)
ROLE_DEFINITION = Entity(
    "roleManagement/directory/roleDefinitions",
    "unifiedRoleDefinition",
    "",
    *_as_kept(
        "id",
        "displayName",
        "description",
        "isBuiltIn",
        "isEnabled",
        "templateId",
        "resourceScopes",
    ),
)
ROLE_ASSIGNMENT = Entity(
    "roleManagement/directory/roleAssignments",
    "unifiedRoleAssignment",
    "directoryRoleAssignment",
    *_as_kept("id", "principalId", "roleDefinitionId", "directoryScopeId"),
)
ORGANIZATION = Entity(
    "organization",
    "organization",
    "tenant",
    *_as_kept("id", "displayName", "verifiedDomains", "tenantType"),
)
DOMAIN = Entity(
    "domains",
    "domain",
    "",
    *_as_kept(
        "id",
        "authenticationType",
        "isAdminManaged",
        "isDefault",
        "isInitial",
        "isRoot",
        "isVerified",
        "supportedServices",
    ),
)

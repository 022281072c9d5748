"""``roleManagement/directory``: the directory roles and who has them.

Assignments hold in the whole tenant.
https://learn.microsoft.com/graph/api/resources/rolemanagement
"""

from __future__ import annotations

from entrada._engine.effects import Response
from entrada.local import directory_roles
from entrada.local.graph import queries, schema
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.entities import ROLE_ASSIGNMENT, ROLE_DEFINITION, find_object
from entrada.local.graph.errors import CONFLICT, GraphError, bad_request, not_found
from entrada.local.graph.rights import ASSIGN_DIRECTORY_ROLE
from entrada.local.http import Route, empty_reply
from entrada.local.state import Document

_TYPE = "unifiedRoleAssignment"


def list_definitions(request: GraphRequest) -> Response:
    """List the directory roles that there are."""
    found = [_definition(name, template) for name, template in directory_roles.TEMPLATES.items()]
    return queries.listed(request, ROLE_DEFINITION, found)


def get_definition(request: GraphRequest) -> Response:
    """Show a directory role."""
    wanted = request.param("role").lower()
    for name, template in directory_roles.TEMPLATES.items():
        if template == wanted:
            return queries.shown(request, ROLE_DEFINITION, _definition(name, template))
    raise not_found(request.param("role"))


def list_assignments(request: GraphRequest) -> Response:
    """List who has which directory role."""
    return queries.listed(request, ROLE_ASSIGNMENT, directory_roles.assignments(request.cloud))


def get_assignment(request: GraphRequest) -> Response:
    """Show an assignment."""
    return queries.shown(request, ROLE_ASSIGNMENT, _one(request))


def assign(request: GraphRequest) -> Response:
    """Give a directory role to a user, a service principal or a group."""
    request.require(ASSIGN_DIRECTORY_ROLE)
    asked = schema.checked(request.body(), schema.ROLE_ASSIGNMENT, _TYPE)
    schema.required(asked, "principalId", "roleDefinitionId")
    if asked.get("directoryScopeId", "/") != directory_roles.TENANT_SCOPE:
        raise bad_request("Only 'directoryScopeId': '/', the whole tenant, is supported here.")
    role = directory_roles.find_role(asked["roleDefinitionId"])
    if role is None:
        known = ", ".join(directory_roles.TEMPLATES)
        raise bad_request(
            f"The directory role {asked['roleDefinitionId']} does not exist here. There are {known}"
        )
    principal = find_object(request.cloud, asked["principalId"])
    if principal is None or principal[0] == "application":
        raise not_found(asked["principalId"])
    standing = {"principalId": principal[1]["id"], "roleDefinitionId": role[1]}
    if request.cloud.state.find("directoryRoleAssignment", **standing):
        raise GraphError(
            400,
            CONFLICT,
            "A conflicting object with one or more of the specified property "
            "values is present in the directory.",
        )
    made = directory_roles.assign(request.cloud, principal[1]["id"], role[1])
    return queries.shown(request, ROLE_ASSIGNMENT, made, status=201)


def unassign(request: GraphRequest) -> Response:
    """Take a directory role back."""
    body = _one(request)
    request.require(ASSIGN_DIRECTORY_ROLE)
    directory_roles.unassign(request.cloud, body["id"])
    return empty_reply(204)


def _one(request: GraphRequest) -> Document:
    body = directory_roles.assignment(request.cloud, request.param("assignment").lower())
    if body is None:
        raise not_found(request.param("assignment"))
    return body


def _definition(name: str, template: str) -> Document:
    return {
        "id": template,
        "displayName": name,
        "description": None,
        "isBuiltIn": True,
        "isEnabled": True,
        "templateId": template,
        "resourceScopes": [directory_roles.TENANT_SCOPE],
    }


_PLACE = "/{version}/roleManagement/directory"

ROUTES: tuple[Route, ...] = (
    Route("GET", f"{_PLACE}/roleDefinitions", operation(list_definitions)),
    Route("GET", f"{_PLACE}/roleDefinitions/{{role}}", operation(get_definition)),
    Route("GET", f"{_PLACE}/roleAssignments", operation(list_assignments)),
    Route("POST", f"{_PLACE}/roleAssignments", operation(assign)),
    Route("GET", f"{_PLACE}/roleAssignments/{{assignment}}", operation(get_assignment)),
    Route("DELETE", f"{_PLACE}/roleAssignments/{{assignment}}", operation(unassign)),
)

"""``oauth2PermissionGrants``: which delegated permissions people gave to applications.

These are the consents that the sign-in pages ask for: what is given there stands here, and what
is granted here is asked no more. A consent to everything that an application may ever ask has no
shape in Graph, so it is not listed.
"""

from __future__ import annotations

from entrada._engine.effects import Response
from entrada.local import directory, people
from entrada.local.entra import consent
from entrada.local.graph import queries, schema
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.entities import GRANT
from entrada.local.graph.errors import CONFLICT, GraphError, bad_request, not_found
from entrada.local.graph.first_party import ensure
from entrada.local.graph.grant_ids import Grant, all_grants, find_grant, write
from entrada.local.graph.rights import GRANT_SCOPES
from entrada.local.http import Route, empty_reply

_TYPE = "oAuth2PermissionGrant"


def list_all(request: GraphRequest) -> Response:
    """List what was consented to."""
    ensure(request.cloud)
    found = [grant.document() for grant in all_grants(request.cloud)]
    return queries.listed(request, GRANT, found)


def get(request: GraphRequest) -> Response:
    """Show one grant."""
    return queries.shown(request, GRANT, _one(request).document())


def create(request: GraphRequest) -> Response:
    """Consent to delegated permissions, for one user or for all."""
    ensure(request.cloud)
    asked = schema.checked(request.body(), schema.GRANT, _TYPE)
    schema.required(asked, "clientId", "consentType", "resourceId", "scope")
    client = directory.principal(request.cloud, asked["clientId"].lower())
    resource = directory.principal(request.cloud, asked["resourceId"].lower())
    if client is None or resource is None:
        raise not_found(asked["clientId"] if client is None else asked["resourceId"])
    user_id = _consenting(request, asked.get("consentType"), asked.get("principalId"))
    request.require(GRANT_SCOPES)
    scopes = tuple((asked.get("scope") or "").split())
    with request.cloud.state.transaction():
        standing = find_grant(request.cloud, client, user_id, resource)
        if standing is not None:
            raise GraphError(409, CONFLICT, "Permission entry already exists.")
        made = Grant(client, user_id, resource, scopes)
        write(request.cloud, made, scopes)
    return queries.shown(request, GRANT, made.document(), status=201)


def update(request: GraphRequest) -> Response:
    """Replace the permissions of a grant."""
    standing = _one(request)
    request.require(GRANT_SCOPES)
    asked = schema.checked(request.body(), schema.GRANT, _TYPE)
    if not set(asked) <= {"scope"}:
        raise bad_request("Only property 'scope' of a grant can be changed.")
    write(request.cloud, standing, tuple((asked.get("scope") or "").split()))
    return empty_reply(204)


def delete(request: GraphRequest) -> Response:
    """Take a grant back; refresh tokens that rest on it are refused from now on."""
    standing = _one(request)
    request.require(GRANT_SCOPES)
    write(request.cloud, standing, ())
    return empty_reply(204)


def _one(request: GraphRequest) -> Grant:
    ensure(request.cloud)
    wanted = request.param("grant")
    for grant in all_grants(request.cloud):
        if grant.id == wanted:
            return grant
    raise not_found(wanted)


def _consenting(request: GraphRequest, kind: object, principal_id: str | None) -> str:
    """Return who consents, as ``entra.consent`` writes it."""
    if kind == "AllPrincipals":
        if principal_id:
            raise bad_request("'principalId' is null where 'consentType' is AllPrincipals.")
        return consent.EVERYONE
    if kind != "Principal" or not principal_id:
        raise bad_request(
            "'consentType' is AllPrincipals, or Principal with a user's id as 'principalId'."
        )
    if people.user(request.cloud, principal_id.lower()) is None:
        raise not_found(principal_id)
    return principal_id.lower()


ROUTES: tuple[Route, ...] = (
    Route("GET", "/{version}/oauth2PermissionGrants", operation(list_all)),
    Route("POST", "/{version}/oauth2PermissionGrants", operation(create)),
    Route("GET", "/{version}/oauth2PermissionGrants/{grant}", operation(get)),
    Route("PATCH", "/{version}/oauth2PermissionGrants/{grant}", operation(update)),
    Route("DELETE", "/{version}/oauth2PermissionGrants/{grant}", operation(delete)),
)

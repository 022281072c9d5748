"""Users: create, show, change, delete; who is signed in; end somebody's sign-ins.

What is written here is what people sign in with: the sign-in pages read the same document.
"""

from __future__ import annotations

import re

from entrada._engine.effects import Response
from entrada.local import app_roles, directory_roles, people
from entrada.local.graph import queries, schema
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.entities import DIRECTORY_OBJECT, USER, objects
from entrada.local.graph.errors import bad_request, not_found, taken
from entrada.local.graph.rights import WRITE_USER
from entrada.local.graph.targets import find_user, routes
from entrada.local.http import Route, empty_reply, json_reply
from entrada.local.state import Document

_TYPE = "user"
_UPN = re.compile(r"[^@\s/\\%]{1,64}@[A-Za-z0-9.-]{1,256}")
SHORTEST_PASSWORD = 8


def list_all(request: GraphRequest) -> Response:
    """List the tenant's users."""
    return queries.listed(request, USER, people.users(request.cloud, request.tenant_id))


def count(request: GraphRequest) -> Response:
    """Count them."""
    return queries.counted(request, USER, people.users(request.cloud, request.tenant_id))


def get(request: GraphRequest) -> Response:
    """Show a user."""
    return queries.shown(request, USER, find_user(request).body)


def create(request: GraphRequest) -> Response:
    """Create a user with a password."""
    request.require(WRITE_USER)
    asked = schema.checked(request.body(), schema.USER, _TYPE)
    schema.required(asked, "displayName", "mailNickname", "userPrincipalName", "passwordProfile")
    if asked.get("accountEnabled") is None:
        raise bad_request("A value is required for property 'accountEnabled' of resource.")
    profile = asked.pop("passwordProfile")
    upn = _checked_upn(request, asked["userPrincipalName"])
    password = _checked_password(profile.get("password"))
    try:
        made = people.create_user(
            request.cloud, upn, password=password, tenant_id=request.tenant_id
        )
    except ValueError:
        raise taken("userPrincipalName") from None
    changes = {**asked, "passwordExpired": _must_change(profile, default=True)}
    made = people.update_user(request.cloud, made["id"], **changes)
    return queries.shown(request, USER, made, status=201)


def update(request: GraphRequest) -> Response:
    """Change a user; another password ends the sign-ins that were made with the old one."""
    target = find_user(request)
    request.require(WRITE_USER)
    asked = schema.checked(request.body(), schema.USER, _TYPE)
    profile = asked.pop("passwordProfile", None)
    for name in ("displayName", "userPrincipalName", "accountEnabled"):
        if name in asked and asked[name] in (None, ""):
            raise bad_request(f"Invalid value specified for property '{name}' of resource 'User'.")
    if "userPrincipalName" in asked:
        _checked_upn(request, asked["userPrincipalName"])
        other = people.find_user(request.cloud, asked["userPrincipalName"])
        if other is not None and other["id"] != target.key:
            raise taken("userPrincipalName")
    with request.cloud.state.transaction():
        people.update_user(request.cloud, target.key, **asked)
        if profile is not None:
            _set_password(request, target.key, profile)
    return empty_reply(204)


def delete(request: GraphRequest) -> Response:
    """Delete a user and its memberships; what it was signed in to ends."""
    target = find_user(request)
    request.require(WRITE_USER)
    with request.cloud.state.transaction():
        app_roles.forget(request.cloud, target.key)
        directory_roles.forget(request.cloud, target.key)
        people.delete_user(request.cloud, target.key)
    return empty_reply(204)


def revoke_sessions(request: GraphRequest) -> Response:
    """End all sign-ins of a user; who understands claims challenges is challenged at once."""
    target = signed_in(request) if "id" not in request.inbound.params else find_user(request).body
    if not (request.delegated and target["id"] == request.object_id):
        request.require(WRITE_USER)
    people.revoke_sessions(request.cloud, target["id"])
    return json_reply(200, {"@odata.context": request.context("Edm.Boolean"), "value": True})


def me(request: GraphRequest) -> Response:
    """Show who is signed in, which takes a person."""
    return queries.shown(request, USER, signed_in(request))


def owned_by_me(request: GraphRequest) -> Response:
    """List the applications, service principals and groups that the signed-in user owns."""
    person = signed_in(request)
    found = (
        body
        for kind in ("application", "servicePrincipal", "group")
        for _, body in request.cloud.state.under(kind)
        if person["id"] in body.get("owners", ())
    )
    return queries.listed(request, DIRECTORY_OBJECT, found)


def signed_in(request: GraphRequest) -> Document:
    """Return the signed-in user; raise 400 where the caller is a service principal."""
    if not request.delegated:
        raise bad_request(
            "/me request is only valid with delegated authentication flow. The token is a service "
            f"principal's own: ask for /servicePrincipals/{request.object_id}, or sign a user in.",
            "BadRequest",
        )
    found = objects(request.cloud, [request.object_id])
    if not found:
        raise not_found(request.object_id)
    return found[0]


def _checked_upn(request: GraphRequest, upn: str) -> str:
    domain = upn.rpartition("@")[2].lower()
    if not _UPN.fullmatch(upn):
        raise bad_request(
            "Property userPrincipalName is invalid: it is a name, an @ and a domain of the tenant."
        )
    tenant = request.cloud.state.get("tenant", request.tenant_id) or {}
    if domain != tenant.get("domain", "").lower():
        raise bad_request(
            "The domain portion of the userPrincipalName property is invalid. You must use one of "
            f"the verified domain names in your organization: {tenant.get('domain')}."
        )
    return upn


def _checked_password(password: str | None) -> str:
    if not password or len(password) < SHORTEST_PASSWORD or len(password) > 256:
        raise bad_request(
            "The specified password does not comply with password complexity requirements. "
            f"It has {SHORTEST_PASSWORD} to 256 characters.",
        )
    return password


def _must_change(profile: Document, *, default: bool) -> bool:
    asked = profile.get("forceChangePasswordNextSignIn")
    with_mfa = profile.get("forceChangePasswordNextSignInWithMfa")
    return default if asked is None and with_mfa is None else bool(asked or with_mfa)


def _set_password(request: GraphRequest, user_id: str, profile: Document) -> None:
    password = profile.get("password")
    if password is None:
        expired = _must_change(profile, default=False)
        people.update_user(request.cloud, user_id, passwordExpired=expired)
        return
    expired = _must_change(profile, default=True)
    people.set_password(request.cloud, user_id, _checked_password(password), expired=expired)
    people.revoke_sessions(request.cloud, user_id)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/{version}/me", operation(me)),
    Route("GET", "/{version}/me/ownedObjects", operation(owned_by_me)),
    Route("POST", "/{version}/me/revokeSignInSessions", operation(revoke_sessions)),
    Route("GET", "/{version}/users", operation(list_all)),
    Route("GET", "/{version}/users/$count", operation(count)),
    Route("POST", "/{version}/users", operation(create)),
    *routes("GET", "users", "", get),
    *routes("PATCH", "users", "", update),
    *routes("DELETE", "users", "", delete),
    *routes("POST", "users", "/revokeSignInSessions", revoke_sessions),
)

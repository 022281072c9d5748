"""Applications: register, show, change, delete.

What is written here is what people and programs sign in to: ``entra.registrations`` and the token
endpoint read the same document.
"""

from __future__ import annotations

from typing import Any, Final

from entrada._engine.effects import Response
from entrada.local import app_roles, directory, directory_roles
from entrada.local.arm.ids import is_guid
from entrada.local.cloud import Cloud
from entrada.local.entra import consent, registrations
from entrada.local.graph import queries, schema
from entrada.local.graph.access import GraphRequest, operation
from entrada.local.graph.applications_view import scopes
from entrada.local.graph.credentials import make_password, replaced_keys
from entrada.local.graph.entities import APPLICATION
from entrada.local.graph.errors import GraphError, bad_request, taken
from entrada.local.graph.rights import CREATE_APPLICATION, WRITE_APPLICATION
from entrada.local.graph.targets import find_application, routes
from entrada.local.http import Route, empty_reply
from entrada.local.state import Document

AUDIENCES: Final = (
    "AzureADMyOrg",
    "AzureADMultipleOrgs",
    "AzureADandPersonalMicrosoftAccount",
    "PersonalMicrosoftAccount",
)
_PLATFORMS: Final = ("web", "spa", "publicClient")
_TYPE: Final = "application"


def list_all(request: GraphRequest) -> Response:
    """List the tenant's applications."""
    return queries.listed(request, APPLICATION, _all(request))


def count(request: GraphRequest) -> Response:
    """Count them."""
    return queries.counted(request, APPLICATION, _all(request))


def get(request: GraphRequest) -> Response:
    """Show an application."""
    return queries.shown(request, APPLICATION, find_application(request).body)


def create(request: GraphRequest) -> Response:
    """Register an application, owned by the caller; its secrets go out this one time."""
    request.require(CREATE_APPLICATION)
    asked = schema.checked(request.body(), schema.APPLICATION, _TYPE)
    schema.required(asked, "displayName")
    with request.cloud.state.transaction():
        made = directory.create_application(request.cloud, asked["displayName"])
        made.update(tenantId=request.tenant_id, owners=[request.object_id])
        wanted = asked.pop("passwordCredentials", None) or ()
        secrets = [make_password(request, each) for each in wanted]
        made["passwordCredentials"] = [kept for _, kept in secrets]
        _apply(request, made, asked)
        request.cloud.state.put("application", made["appId"], made)
    return _answered(request, made, [shown for shown, _ in secrets])


def update(request: GraphRequest) -> Response:
    """Change an application."""
    target = find_application(request)
    request.require(WRITE_APPLICATION, target.body)
    asked = schema.checked(request.body(), schema.APPLICATION, _TYPE)
    if "passwordCredentials" in asked:
        raise bad_request(
            "Property passwordCredentials cannot be changed by PATCH: use addPassword and "
            "removePassword."
        )
    with directory.edit(request.cloud, target.kind, target.key) as body:
        _apply(request, body, asked)
    _rename_principal(request.cloud, body)
    return empty_reply(204)


def delete(request: GraphRequest) -> Response:
    """Delete an application, its service principal and the consents given to it."""
    target = find_application(request)
    request.require(WRITE_APPLICATION, target.body)
    delete_application(request.cloud, target.body)
    return empty_reply(204)


def delete_application(cloud: Cloud, body: Document) -> None:
    """Delete an application with all that hangs on it."""
    with cloud.state.transaction():
        principal = directory.principal_by_app_id(cloud, body["appId"])
        if principal is not None:
            app_roles.forget(cloud, principal["id"])
            directory_roles.forget(cloud, principal["id"])
            directory.delete_principal(cloud, principal["id"])
        consent.revoke(cloud, body["appId"])
        cloud.state.delete("application", body["appId"])


def _all(request: GraphRequest) -> list[Document]:
    return request.cloud.state.find("application", tenantId=request.tenant_id)


def _answered(request: GraphRequest, made: Document, secrets: list[Document]) -> Response:
    if not secrets:
        return queries.shown(request, APPLICATION, made, status=201)
    view = {**APPLICATION.view(request.cloud, made), "passwordCredentials": secrets}
    return queries.reply(request, APPLICATION, view, status=201)


def _apply(request: GraphRequest, body: Document, asked: Document) -> None:
    """Write what was asked into an application's document."""
    nested = {name: asked.pop(name) or {} for name in ("api", *_PLATFORMS) if name in asked}
    for platform in _PLATFORMS:
        _set_platform(body, platform, nested.get(platform))
    if "api" in nested:
        _set_api(body, nested["api"])
    if "keyCredentials" in asked:
        standing = body.get("keyCredentials", [])
        body["keyCredentials"] = replaced_keys(standing, asked.pop("keyCredentials") or [])
    if "signInAudience" in asked and asked["signInAudience"] not in AUDIENCES:
        known = ", ".join(AUDIENCES)
        raise bad_request(
            f"Invalid value specified for property 'signInAudience': one of {known} is expected."
        )
    if "identifierUris" in asked:
        asked["identifierUris"] = asked["identifierUris"] or []
        _check_uris(request, body, asked["identifierUris"])
    if "appRoles" in asked:
        asked["appRoles"] = _offers(asked["appRoles"] or [], body.get("appRoles", []), "appRoles")
    if "displayName" in asked:
        schema.required(asked, "displayName")
    body.update(asked)


def _set_platform(body: Document, platform: str, asked: Document | None) -> None:
    if asked is None:
        return
    uris = asked.pop("redirectUris", None)
    settings = asked.pop("redirectUriSettings", None)
    if uris is None and settings is not None:
        uris = [str(each.get("uri") or "") for each in settings]
    if uris is not None:
        for uri in uris:
            _check_redirect_uri(uri)
        body["redirectUris"] = {**(body.get("redirectUris") or {}), platform: list(uris)}
    implicit = asked.pop("implicitGrantSettings", None)
    if implicit is not None:
        body["implicitGrantSettings"] = {**(body.get("implicitGrantSettings") or {}), **implicit}
    if asked:
        body[platform] = {**(body.get(platform) or {}), **asked}


def _set_api(body: Document, asked: Document) -> None:
    if "oauth2PermissionScopes" in asked:
        wanted = asked.pop("oauth2PermissionScopes") or []
        body["oauth2PermissionScopes"] = _offers(wanted, scopes(body), "oauth2PermissionScopes")
    if "requestedAccessTokenVersion" in asked:
        version = asked.pop("requestedAccessTokenVersion")
        if version not in (None, 1, 2):
            raise bad_request(
                "Invalid value specified for property 'requestedAccessTokenVersion': 1, 2 or null "
                "is expected."
            )
        body["requestedAccessTokenVersion"] = version
    if asked:
        body["api"] = {**(body.get("api") or {}), **asked}


def _check_redirect_uri(uri: str) -> None:
    try:
        registrations.check_redirect_uri(uri)
    except ValueError:
        raise bad_request(
            f"Reply Urls must not contain '{uri}': it is not an absolute URI without fragment."
        ) from None


def _check_uris(request: GraphRequest, body: Document, uris: list[str]) -> None:
    for uri in uris:
        if "://" not in uri and not uri.startswith("urn:"):
            raise bad_request(f"Invalid value '{uri}' specified for property 'identifierUris'.")
        standing = directory.application_for(request.cloud, uri)
        if standing is not None and standing["appId"] != body["appId"]:
            raise taken("identifierUris")


def _offers(asked: list[Document], standing: list[Document], name: str) -> list[Document]:
    """Return app roles or scopes as they are kept; one in use has to be disabled to go."""
    found = [{"isEnabled": True, **each, "id": str(each.get("id")).lower()} for each in asked]
    for each in found:
        if not is_guid(str(each["id"])):
            raise bad_request(f"Every one of '{name}' needs a GUID as its 'id'.")
        if not isinstance(each.get("value") or "", str) or not isinstance(each["isEnabled"], bool):
            raise bad_request(f"'value' of '{name}' is text, and 'isEnabled' true or false.")
        if name == "oauth2PermissionScopes" and not each.get("value"):
            raise bad_request(f"Every one of '{name}' needs a 'value'.")
    for values in (_texts(found, "id"), _texts(found, "value")):
        if len(set(values)) < len(values):
            raise bad_request(f"'{name}' has a value or id twice.", "DuplicateValue")
    kept = {each["id"] for each in found}
    for each in standing:
        if each["id"] not in kept and each.get("isEnabled", True):
            raise GraphError(
                400,
                "CannotDeleteOrUpdateEnabledEntitlement",
                "Permission (scope or role) cannot be deleted or updated unless disabled first.",
            )
    return found


def _texts(found: list[dict[str, Any]], name: str) -> list[str]:
    return [str(each[name]).lower() for each in found if each.get(name)]


def _rename_principal(cloud: Cloud, body: Document) -> None:
    principal = directory.principal_by_app_id(cloud, body["appId"])
    if principal is not None and principal["displayName"] != body["displayName"]:
        with directory.edit(cloud, "servicePrincipal", principal["id"]) as document:
            document["displayName"] = body["displayName"]


ROUTES: tuple[Route, ...] = (
    Route("GET", "/{version}/applications", operation(list_all)),
    Route("GET", "/{version}/applications/$count", operation(count)),
    Route("POST", "/{version}/applications", operation(create)),
    *routes("GET", "applications", "", get, by_app_id=True),
    *routes("PATCH", "applications", "", update, by_app_id=True),
    *routes("DELETE", "applications", "", delete, by_app_id=True),
)

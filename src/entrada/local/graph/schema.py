"""Which properties a client may write, and of which type each is.

A schema is a table of names; a table within it is an object of its own. Anything that is not in
it is refused by name, as Graph does; names with ``@`` are OData's annotations and pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeAlias

from entrada.local.graph.errors import bad_request
from entrada.local.state import Document

Kind: TypeAlias = Literal["text", "flag", "number", "texts", "objects", "object"]
Schema: TypeAlias = Mapping[str, "Kind | Schema"]

APPLICATION: Final[Schema] = {
    "displayName": "text",
    "description": "text",
    "notes": "text",
    "groupMembershipClaims": "text",
    "serviceManagementReference": "text",
    "signInAudience": "text",
    "isFallbackPublicClient": "flag",
    "isDeviceOnlyAuthSupported": "flag",
    "tags": "texts",
    "identifierUris": "texts",
    "appRoles": "objects",
    "addIns": "objects",
    "requiredResourceAccess": "objects",
    "optionalClaims": "object",
    "info": "object",
    "parentalControlSettings": "object",
    "keyCredentials": "objects",
    "passwordCredentials": "objects",
    "api": {
        "requestedAccessTokenVersion": "number",
        "acceptMappedClaims": "flag",
        "oauth2PermissionScopes": "objects",
        "knownClientApplications": "texts",
        "preAuthorizedApplications": "objects",
    },
    "web": {
        "homePageUrl": "text",
        "logoutUrl": "text",
        "redirectUris": "texts",
        "redirectUriSettings": "objects",
        "implicitGrantSettings": {
            "enableIdTokenIssuance": "flag",
            "enableAccessTokenIssuance": "flag",
        },
    },
    "spa": {"redirectUris": "texts"},
    "publicClient": {"redirectUris": "texts"},
}

SERVICE_PRINCIPAL: Final[Schema] = {
    "appId": "text",
    "accountEnabled": "flag",
    "alternativeNames": "texts",
    "appRoleAssignmentRequired": "flag",
    "description": "text",
    "displayName": "text",
    "loginUrl": "text",
    "notes": "text",
    "notificationEmailAddresses": "texts",
    "preferredSingleSignOnMode": "text",
    "tags": "texts",
    "keyCredentials": "objects",
    "passwordCredentials": "objects",
}

USER: Final[Schema] = {
    "accountEnabled": "flag",
    "businessPhones": "texts",
    "city": "text",
    "companyName": "text",
    "country": "text",
    "department": "text",
    "displayName": "text",
    "employeeId": "text",
    "employeeType": "text",
    "givenName": "text",
    "jobTitle": "text",
    "mail": "text",
    "mailNickname": "text",
    "mobilePhone": "text",
    "officeLocation": "text",
    "onPremisesImmutableId": "text",
    "otherMails": "texts",
    "passwordPolicies": "text",
    "passwordProfile": {
        "password": "text",
        "forceChangePasswordNextSignIn": "flag",
        "forceChangePasswordNextSignInWithMfa": "flag",
    },
    "postalCode": "text",
    "preferredLanguage": "text",
    "state": "text",
    "streetAddress": "text",
    "surname": "text",
    "usageLocation": "text",
    "userPrincipalName": "text",
    "userType": "text",
}

GROUP: Final[Schema] = {
    "description": "text",
    "displayName": "text",
    "groupTypes": "texts",
    "isAssignableToRole": "flag",
    "mailEnabled": "flag",
    "mailNickname": "text",
    "preferredLanguage": "text",
    "securityEnabled": "flag",
    "uniqueName": "text",
    "visibility": "text",
}

FEDERATED: Final[Schema] = {
    "id": "text",
    "name": "text",
    "issuer": "text",
    "subject": "text",
    "audiences": "texts",
    "description": "text",
}

GRANT: Final[Schema] = {
    "clientId": "text",
    "consentType": "text",
    "principalId": "text",
    "resourceId": "text",
    "scope": "text",
    "startTime": "text",
    "expiryTime": "text",
}

APP_ROLE_ASSIGNMENT: Final[Schema] = {
    "principalId": "text",
    "resourceId": "text",
    "appRoleId": "text",
}

ROLE_ASSIGNMENT: Final[Schema] = {
    "principalId": "text",
    "roleDefinitionId": "text",
    "directoryScopeId": "text",
}

_ITEMS: Mapping[str, type] = {"texts": str, "objects": dict}
_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "text": str,
    "flag": bool,
    "number": int,
    "texts": list,
    "objects": list,
    "object": dict,
}


def checked(body: Document, schema: Schema, type_name: str) -> Document:
    """Return the properties of a body without annotations; raise 400 for what has no place in it.

    ``null`` fits every type.
    """
    return {
        name: _value(value, schema, name, type_name)
        for name, value in body.items()
        if "@" not in name
    }


def required(body: Document, *names: str) -> None:
    """Raise 400 where one of the properties is missing or empty."""
    for name in names:
        if body.get(name) in (None, ""):
            raise bad_request(
                f"A value is required for property '{name}' of resource.", "Request_BadRequest"
            )


def _value(value: Any, schema: Schema, name: str, type_name: str) -> Any:
    kind = schema.get(name)
    if kind is None:
        raise bad_request(
            f"Invalid property '{name}'. It is not one of those of '{type_name}' that can be set."
        )
    if value is None:
        return None
    if isinstance(kind, Mapping):
        if not isinstance(value, dict):
            raise _mismatch(name, type_name)
        return checked(value, kind, f"{type_name}.{name}")
    wrong = isinstance(value, bool) and kind != "flag"
    if wrong or not isinstance(value, _TYPES[kind]):
        raise _mismatch(name, type_name)
    item = _ITEMS.get(kind)
    if isinstance(value, list) and item and not all(isinstance(each, item) for each in value):
        raise _mismatch(name, type_name)
    return value


def _mismatch(name: str, type_name: str) -> Exception:
    return bad_request(f"The value of property '{name}' of '{type_name}' has the wrong type.")

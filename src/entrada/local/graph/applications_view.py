"""Applications and service principals as Graph shows them."""

from __future__ import annotations

import uuid
from typing import Any, Final

from entrada.local import directory, graph_permissions
from entrada.local.cloud import Cloud
from entrada.local.state import Document

_NAMESPACE = uuid.UUID("8a7c2f2e-0d0d-5a52-9a0b-6c6f63616c21")

APPLICATION: Final[dict[str, Any]] = {
    "id": None,
    "deletedDateTime": None,
    "addIns": [],
    "api": {},
    "appId": None,
    "applicationTemplateId": None,
    "appRoles": [],
    "certification": None,
    "createdDateTime": None,
    "defaultRedirectUri": None,
    "description": None,
    "disabledByMicrosoftStatus": None,
    "displayName": None,
    "groupMembershipClaims": None,
    "identifierUris": [],
    "info": {},
    "isDeviceOnlyAuthSupported": None,
    "isFallbackPublicClient": None,
    "keyCredentials": [],
    "notes": None,
    "optionalClaims": None,
    "parentalControlSettings": {"countriesBlockedForMinors": [], "legalAgeGroupRule": "Allow"},
    "passwordCredentials": [],
    "publicClient": {},
    "publisherDomain": None,
    "requestSignatureVerification": None,
    "requiredResourceAccess": [],
    "samlMetadataUrl": None,
    "serviceManagementReference": None,
    "signInAudience": "AzureADMyOrg",
    "spa": {},
    "tags": [],
    "tokenEncryptionKeyId": None,
    "uniqueName": None,
    "verifiedPublisher": {},
    "web": {},
}
"""The properties of an application, with what they are where nothing was set."""

SERVICE_PRINCIPAL: Final[dict[str, Any]] = {
    "id": None,
    "deletedDateTime": None,
    "accountEnabled": True,
    "addIns": [],
    "alternativeNames": [],
    "appDescription": None,
    "appDisplayName": None,
    "appId": None,
    "applicationTemplateId": None,
    "appOwnerOrganizationId": None,
    "appRoleAssignmentRequired": False,
    "appRoles": [],
    "createdDateTime": None,
    "description": None,
    "disabledByMicrosoftStatus": None,
    "displayName": None,
    "homepage": None,
    "info": {},
    "keyCredentials": [],
    "loginUrl": None,
    "logoutUrl": None,
    "notes": None,
    "notificationEmailAddresses": [],
    "oauth2PermissionScopes": [],
    "passwordCredentials": [],
    "preferredSingleSignOnMode": None,
    "preferredTokenSigningKeyThumbprint": None,
    "replyUrls": [],
    "resourceSpecificApplicationPermissions": [],
    "samlSingleSignOnSettings": None,
    "servicePrincipalNames": [],
    "servicePrincipalType": "Application",
    "signInAudience": None,
    "tags": [],
    "tokenEncryptionKeyId": None,
    "verifiedPublisher": {},
}
"""The properties of a service principal, with what they are where nothing was set."""


def application(cloud: Cloud, body: Document) -> Document:
    """Return an application as Graph shows it."""
    uris = body.get("redirectUris") or {}
    tenant = cloud.state.get("tenant", body["tenantId"]) or {}
    return {
        **_plain(APPLICATION, body),
        **_credentials(body),
        "publisherDomain": tenant.get("domain"),
        "api": {
            "acceptMappedClaims": None,
            "knownClientApplications": [],
            "preAuthorizedApplications": [],
            **(body.get("api") or {}),
            "oauth2PermissionScopes": scopes(body),
            "requestedAccessTokenVersion": body.get("requestedAccessTokenVersion"),
        },
        "web": {
            "homePageUrl": None,
            "logoutUrl": None,
            **(body.get("web") or {}),
            "redirectUris": list(uris.get("web", ())),
            "implicitGrantSettings": {
                "enableAccessTokenIssuance": False,
                "enableIdTokenIssuance": False,
                **(body.get("implicitGrantSettings") or {}),
            },
            "redirectUriSettings": [{"uri": uri, "index": None} for uri in uris.get("web", ())],
        },
        "spa": {"redirectUris": list(uris.get("spa", ()))},
        "publicClient": {"redirectUris": list(uris.get("publicClient", ()))},
    }


def service_principal(cloud: Cloud, body: Document) -> Document:
    """Return a service principal as Graph shows it, with what it has of its application."""
    owner = directory.application(cloud, body["appId"]) or {}
    uris = owner.get("redirectUris") or {}
    managed = body["servicePrincipalType"] == "ManagedIdentity"
    is_graph = body["appId"] == graph_permissions.APP_ID
    return {
        **_plain(SERVICE_PRINCIPAL, body),
        **_credentials(body),
        "appDisplayName": None if managed else owner.get("displayName", body["displayName"]),
        "appDescription": owner.get("description"),
        "appRoles": graph_permissions.app_roles() if is_graph else owner.get("appRoles", []),
        "homepage": (owner.get("web") or {}).get("homePageUrl"),
        "logoutUrl": (owner.get("web") or {}).get("logoutUrl"),
        "oauth2PermissionScopes": graph_permissions.scopes() if is_graph else scopes(owner),
        "replyUrls": [uri for platform in uris.values() for uri in platform],
        "servicePrincipalNames": names_of(body, owner),
        "signInAudience": None if managed else owner.get("signInAudience", "AzureADMyOrg"),
    }


def names_of(body: Document, owner: Document) -> list[str]:
    """Return the names that ``az --assignee`` and tokens' audiences find a principal by."""
    if "servicePrincipalNames" in body:
        return list(body["servicePrincipalNames"])
    if body["servicePrincipalType"] == "ManagedIdentity":
        return [body["appId"], f"https://identity.azure.net/{body['id']}"]
    return [body["appId"], *owner.get("identifierUris", ())]


def scopes(owner: Document) -> list[Document]:
    """Return the delegated permissions that an application offers, each with an id."""
    return [
        {
            "id": str(uuid.uuid5(_NAMESPACE, f"{owner['appId']}/{each['value']}")),
            "type": "User",
            "adminConsentDisplayName": each["value"],
            "adminConsentDescription": each["value"],
            "userConsentDisplayName": None,
            "userConsentDescription": None,
            **each,
        }
        for each in owner.get("oauth2PermissionScopes", ())
    ]


def password(credential: Document) -> Document:
    """Return a client secret as Graph shows it, without the secret."""
    return {
        "customKeyIdentifier": None,
        "displayName": credential.get("displayName") or None,
        "endDateTime": credential["endDateTime"],
        "hint": credential["hint"],
        "keyId": credential["keyId"],
        "secretText": None,
        "startDateTime": credential["startDateTime"],
    }


def certificate(credential: Document) -> Document:
    """Return a certificate as Graph shows it; the key itself does not go out."""
    return {
        "customKeyIdentifier": credential["thumbprint"],
        "displayName": credential["displayName"],
        "endDateTime": credential["endDateTime"],
        "key": None,
        "keyId": credential["keyId"],
        "startDateTime": credential["startDateTime"],
        "type": credential["type"],
        "usage": credential["usage"],
    }


def _plain(properties: dict[str, Any], body: Document) -> Document:
    return {name: body.get(name, unset) for name, unset in properties.items()}


def _credentials(body: Document) -> Document:
    return {
        "passwordCredentials": [password(each) for each in body.get("passwordCredentials", ())],
        "keyCredentials": [certificate(each) for each in body.get("keyCredentials", ())],
    }

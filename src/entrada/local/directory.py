"""Entra's objects: tenants, applications, their credentials, service principals.

Functions over State; no HTTP, no tokens. A document has the property names of Microsoft Graph.
Secrets are kept as salted hashes only.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from entrada.local.keys import certificate_facts, iso_time

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

TENANT_NAME = "Entrada Local"
TENANT_DOMAIN = "entrada.onmicrosoft.com"
SUBSCRIPTION_NAME = "Entrada Local Subscription"
MAXIMUM_FEDERATED_CREDENTIALS = 20
_YEAR = 365 * 86400
_SECRET_ALPHABET = string.ascii_letters + string.digits


def ensure_seed(cloud: Cloud) -> None:
    """Create the default tenant and subscription where they are missing."""
    state = cloud.state
    if state.get("setting", "subscription") is not None:
        return
    with state.transaction():
        if state.get("setting", "tenant") is None:
            tenant_id = str(uuid.uuid4())
            tenant = {"id": tenant_id, "displayName": TENANT_NAME, "domain": TENANT_DOMAIN}
            state.put("tenant", tenant_id, tenant)
            state.put("setting", "tenant", {"value": tenant_id})
        if state.get("setting", "subscription") is None:
            subscription_id = str(uuid.uuid4())
            body = {
                "id": f"/subscriptions/{subscription_id}",
                "subscriptionId": subscription_id,
                "tenantId": _setting(cloud, "tenant"),
                "displayName": SUBSCRIPTION_NAME,
                "state": "Enabled",
            }
            state.put("subscription", subscription_id, body)
            state.put("setting", "subscription", {"value": subscription_id})


def default_tenant(cloud: Cloud) -> str:
    """Return the id of the default tenant, created where there is none."""
    ensure_seed(cloud)
    return _setting(cloud, "tenant")


def default_subscription(cloud: Cloud) -> str:
    """Return the id of the default subscription, created where there is none."""
    ensure_seed(cloud)
    return _setting(cloud, "subscription")


def find_tenant(cloud: Cloud, name: str) -> Document | None:
    """Return the tenant with that id or domain, in any case of letters, or ``None``."""
    ensure_seed(cloud)
    wanted = name.lower()
    for _, tenant in cloud.state.under("tenant"):
        if wanted in (tenant["id"].lower(), tenant["domain"].lower()):
            return tenant
    return None


def create_application(
    cloud: Cloud,
    display_name: str,
    *,
    tenant_id: str | None = None,
    app_id: str | None = None,
    identifier_uris: Sequence[str] = (),
    requested_access_token_version: int | None = None,
) -> Document:
    """Register an application; it can sign in once it has a service principal."""
    client_id = (app_id or str(uuid.uuid4())).lower()
    body: Document = {
        "id": str(uuid.uuid4()),
        "appId": client_id,
        "tenantId": tenant_id or default_tenant(cloud),
        "displayName": display_name,
        "passwordCredentials": [],
        "keyCredentials": [],
        "federatedIdentityCredentials": [],
        "identifierUris": list(identifier_uris),
        "appRoles": [],
        "requestedAccessTokenVersion": requested_access_token_version,
        "createdDateTime": iso_time(cloud.clock()),
    }
    return cloud.state.put("application", client_id, body)


def application(cloud: Cloud, app_id: str) -> Document | None:
    """Return the application with that client id, or ``None``."""
    return cloud.state.get("application", app_id.lower())


def application_for(cloud: Cloud, resource: str) -> Document | None:
    """Return the application known as a resource by client id, ``api://`` form or URI."""
    wanted = resource.removesuffix("/").lower()
    by_id = application(cloud, wanted.removeprefix("api://"))
    if by_id is not None:
        return by_id
    for _, body in cloud.state.under("application"):
        if wanted in (uri.removesuffix("/").lower() for uri in body["identifierUris"]):
            return body
    return None


def add_password(
    cloud: Cloud,
    app_id: str,
    *,
    display_name: str = "",
    lifetime: int = _YEAR,
    secret: str | None = None,
) -> str:
    """Give an application a client secret for ``lifetime`` seconds; return it this one time."""
    value = secret or "".join(secrets.choice(_SECRET_ALPHABET) for _ in range(40))
    key_id = str(uuid.uuid4())
    credential = {
        "keyId": key_id,
        "displayName": display_name,
        "hint": value[:3],
        "secretHash": secret_hash(key_id, value),
        "startDateTime": iso_time(cloud.clock()),
        "endDateTime": iso_time(cloud.clock() + lifetime),
    }
    with edit(cloud, "application", app_id.lower()) as body:
        body["passwordCredentials"].append(credential)
    return value


def secret_hash(key_id: str, secret: str) -> str:
    """Return what is kept of a client secret: SHA-256 in hex, salted by the key's id."""
    return hashlib.sha256(f"{key_id}:{secret}".encode()).hexdigest()


def add_certificate(cloud: Cloud, app_id: str, der: bytes) -> Document:
    """Register a certificate (DER) on an application; raise ``ValueError`` where it is none."""
    credential: Document = {"keyId": str(uuid.uuid4()), **certificate_facts(der)}
    with edit(cloud, "application", app_id.lower()) as body:
        body["keyCredentials"].append(credential)
    return credential


def add_federated_credential(
    cloud: Cloud,
    owner_id: str,
    *,
    name: str,
    issuer: str,
    subject: str,
    audiences: Sequence[str],
    description: str = "",
) -> Document:
    """Let an external token sign in as an application or user-assigned managed identity.

    ``owner_id`` is a client id, or the object id of an identity. A credential of the same name is
    replaced. Raises ``ValueError`` for a second one with the same issuer and subject, and beyond
    twenty of them.
    """
    with edit(cloud, *_federation_owner(cloud, owner_id)) as body:
        standing = body.setdefault("federatedIdentityCredentials", [])
        old = next((each for each in standing if each["name"] == name), None)
        others = [each for each in standing if each is not old]
        if (issuer, subject) in ((each["issuer"], each["subject"]) for each in others):
            raise ValueError("another federated credential has the same issuer and subject")
        if len(others) >= MAXIMUM_FEDERATED_CREDENTIALS:
            raise ValueError(f"at most {MAXIMUM_FEDERATED_CREDENTIALS} federated credentials")
        credential: Document = {
            "id": old["id"] if old else str(uuid.uuid4()),
            "name": name,
            "issuer": issuer,
            "subject": subject,
            "audiences": list(audiences),
            "description": description,
        }
        body["federatedIdentityCredentials"] = [*others, credential]
    return credential


def remove_federated_credential(cloud: Cloud, owner_id: str, name: str) -> bool:
    """Remove a federated credential by its name or id; say whether it was there."""
    with edit(cloud, *_federation_owner(cloud, owner_id)) as body:
        standing = body.get("federatedIdentityCredentials", [])
        kept = [each for each in standing if name not in (each["name"], each["id"])]
        body["federatedIdentityCredentials"] = kept
    return len(kept) < len(standing)


def create_service_principal(
    cloud: Cloud, app_id: str, *, object_id: str | None = None
) -> Document:
    """Return an application's service principal in its own tenant, created where missing."""
    with cloud.state.transaction():
        owner = application(cloud, app_id)
        if owner is None:
            raise LookupError(f"there is no application {app_id}")
        return principal_by_app_id(cloud, owner["appId"]) or _put_principal(
            cloud,
            object_id,
            appId=owner["appId"],
            appOwnerOrganizationId=owner["tenantId"],
            tenantId=owner["tenantId"],
            displayName=owner["displayName"],
            servicePrincipalType="Application",
            alternativeNames=[],
        )


def create_managed_identity_principal(
    cloud: Cloud, *, display_name: str, resource_id: str
) -> Document:
    """Create the service principal of a managed identity; ``resource_id`` is its ARM id.

    That is the user-assigned identity, or the resource that a system-assigned one belongs to.
    """
    explicit = "/microsoft.managedidentity/userassignedidentities/" in resource_id.lower()
    return _put_principal(
        cloud,
        appId=str(uuid.uuid4()),
        appOwnerOrganizationId=None,
        tenantId=default_tenant(cloud),
        displayName=display_name,
        servicePrincipalType="ManagedIdentity",
        alternativeNames=[f"isExplicit={explicit}", resource_id],
        federatedIdentityCredentials=[],
    )


def delete_principal(cloud: Cloud, object_id: str) -> bool:
    """Delete a service principal; say whether it was there. Role assignments stay, as in Azure."""
    return cloud.state.delete("servicePrincipal", object_id)


def principal(cloud: Cloud, object_id: str) -> Document | None:
    """Return the service principal with that object id, or ``None``."""
    return cloud.state.get("servicePrincipal", object_id)


def principal_by_app_id(cloud: Cloud, app_id: str, tenant_id: str | None = None) -> Document | None:
    """Return the service principal with that client id, in a tenant or in any, or ``None``."""
    place = {} if tenant_id is None else {"tenantId": tenant_id}
    found = cloud.state.find("servicePrincipal", appId=app_id.lower(), **place)
    return found[0] if found else None


def _put_principal(cloud: Cloud, object_id: str | None = None, **properties: object) -> Document:
    key = object_id or str(uuid.uuid4())
    created = iso_time(cloud.clock())
    body = {"id": key, **properties, "accountEnabled": True, "createdDateTime": created}
    return cloud.state.put("servicePrincipal", key, body)


@contextmanager
def edit(cloud: Cloud, kind: str, key: str) -> Iterator[Document]:
    """Yield a document and write it back in the same transaction; raise ``LookupError``."""
    with cloud.state.transaction():
        body = cloud.state.get(kind, key)
        if body is None:
            raise LookupError(f"there is no {kind} {key}")
        yield body
        cloud.state.put(kind, key, body)


def _federation_owner(cloud: Cloud, owner_id: str) -> tuple[str, str]:
    """Return the kind and id of the document that holds somebody's federated credentials."""
    if application(cloud, owner_id) is not None:
        return "application", owner_id.lower()
    owner = principal(cloud, owner_id) or principal_by_app_id(cloud, owner_id)
    if owner is None:
        raise LookupError(f"there is no application or managed identity {owner_id}")
    if owner["servicePrincipalType"] == "ManagedIdentity":
        return "servicePrincipal", owner["id"]
    return "application", owner["appId"]


def _setting(cloud: Cloud, name: str) -> str:
    document = cloud.state.get("setting", name)
    if document is None:
        raise LookupError(f"the setting {name} is missing")
    return str(document["value"])

"""Applying the sections of principals that are no resources: users, applications, groups."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from entrada.local import directory, people
from entrada.local.entra import consent, registrations
from entrada.local.keys import certificate_facts
from entrada.local.provision import ServicePrincipal, User
from entrada.local.seed import LIFETIME
from entrada.local.seeding import kept

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.seeding.seed import Entry
    from entrada.local.state import Document

AUDIENCE = "api://AzureADTokenExchange"
_PLATFORMS: Mapping[registrations.Platform, str] = {
    "web": "redirect_uris",
    "spa": "spa_redirect_uris",
    "publicClient": "public_redirect_uris",
}
_USER_PROPERTIES = {
    "display_name": "displayName",
    "given_name": "givenName",
    "surname": "surname",
    "mail": "mail",
    "mfa_required": "mfaRequired",
}


def apply_user(cloud: Cloud, entry: Entry) -> User:
    """Create a user, or give one that is there what the entry says."""
    password = kept.generated(cloud.state, "users", entry.name, entry.text("password"))
    upn = entry.name if "@" in entry.name else f"{entry.name}@{directory.TENANT_DOMAIN}"
    body = people.find_user(cloud, upn) or people.create_user(cloud, upn, password=password)
    if not people.password_matches(body["passwordHash"], password):
        people.set_password(cloud, body["id"], password)
    changes = {
        name: entry.values[key] for key, name in _USER_PROPERTIES.items() if key in entry.values
    }
    body = people.update_user(cloud, body["id"], **changes)
    return User(people.home_tenant(cloud, body), body["id"], body["userPrincipalName"], password)


def apply_application(cloud: Cloud, entry: Entry) -> ServicePrincipal:
    """Register an application with its service principal, or bring one in line with the entry."""
    state, before = cloud.state, kept.ids(cloud.state, "applications", entry.name)
    wanted = entry.text("client_id") or before.get("client_id")
    app = directory.application(cloud, wanted) if wanted else None
    app = app or directory.create_application(cloud, entry.name, app_id=wanted)
    app_id = str(app["appId"])
    same = before if before.get("client_id") == app_id else {}
    principal = directory.create_service_principal(cloud, app_id, object_id=same.get("object_id"))
    kept.keep_ids(
        state, "applications", entry.name, client_id=app_id, object_id=str(principal["id"])
    )
    _sign_in(cloud, app_id, entry)
    for pem in entry.texts("certificates"):
        _add_certificates(cloud, app_id, pem)
    add_federated_credentials(cloud, app_id, entry)
    if entry.flag("consented", default=True):
        consent.grant_everything(cloud, app_id)
    else:
        consent.revoke(cloud, app_id)
    secret = _secret(cloud, app_id, entry)
    return ServicePrincipal(app["tenantId"], app_id, principal["id"], secret)


def add_federated_credentials(cloud: Cloud, owner_id: str, entry: Entry) -> None:
    """Let an entry's external tokens sign in as an application or a managed identity."""
    for each in entry.tables("federated_credentials"):
        directory.add_federated_credential(
            cloud,
            owner_id,
            name=each["name"],
            issuer=each["issuer"],
            subject=each["subject"],
            audiences=each.get("audiences") or [AUDIENCE],
        )


def apply_group(cloud: Cloud, entry: Entry) -> str:
    """Create a group without members where it is missing; return its object id."""
    found = cloud.state.find("group", displayName=entry.name)
    return str((found[0] if found else people.create_group(cloud, entry.name))["id"])


def _sign_in(cloud: Cloud, app_id: str, entry: Entry) -> None:
    platforms: dict[registrations.Platform, Sequence[str]] = {
        name: entry.texts(key) for name, key in _PLATFORMS.items() if key in entry.values
    }
    registrations.set_sign_in(
        cloud,
        app_id,
        redirect_uris=platforms or None,
        public=entry.values.get("public"),
        id_tokens=entry.values.get("id_tokens"),
        scopes=entry.texts("scopes") if "scopes" in entry.values else None,
    )
    if "identifier_uris" in entry.values:
        body = _application(cloud, app_id)
        uris = list(entry.texts("identifier_uris"))
        cloud.state.put("application", app_id, {**body, "identifierUris": uris})


def _secret(cloud: Cloud, app_id: str, entry: Entry) -> str:
    if "secret" not in entry.values:
        return ""
    secret = kept.generated(cloud.state, "applications", entry.name, entry.text("secret"))
    for each in _application(cloud, app_id)["passwordCredentials"]:
        if hmac.compare_digest(each["secretHash"], directory.secret_hash(each["keyId"], secret)):
            return secret
    return directory.add_password(
        cloud, app_id, display_name="seed", lifetime=LIFETIME, secret=secret
    )


def _add_certificates(cloud: Cloud, app_id: str, pem: str) -> None:
    known = {each["thumbprint"] for each in _application(cloud, app_id)["keyCredentials"]}
    for certificate in x509.load_pem_x509_certificates(pem.encode()):
        der = certificate.public_bytes(Encoding.DER)
        if certificate_facts(der)["thumbprint"] not in known:
            directory.add_certificate(cloud, app_id, der)


def _application(cloud: Cloud, app_id: str) -> Document:
    body = directory.application(cloud, app_id)
    if body is None:
        raise LookupError(f"there is no application {app_id}")
    return body

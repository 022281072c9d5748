"""Consents as the sign-in pages keep them, and as grants between service principals.

A consent is kept by application, user and the resource's name; OpenID Connect's own scopes by
themselves. A grant of Microsoft Graph holds both.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from entrada.local import directory
from entrada.local.entra import consent
from entrada.local.entra.permissions import GRAPH_NAME, RESERVED
from entrada.local.graph.first_party import is_first_party

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document


@dataclass(frozen=True, slots=True)
class Grant:
    """Delegated permissions of ``client`` at ``resource``; ``user_id`` may be everyone."""

    client: Document = field(repr=False)
    user_id: str
    resource: Document = field(repr=False)
    scopes: tuple[str, ...]

    @property
    def id(self) -> str:
        """What Graph calls it; it follows from who granted what to whom."""
        text = f"{self.client['id']}/{self.user_id}/{self.resource['id']}"
        digest = hashlib.sha256(text.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    def document(self) -> Document:
        """Return it as Graph shows it."""
        everyone = self.user_id == consent.EVERYONE
        return {
            "id": self.id,
            "clientId": self.client["id"],
            "consentType": "AllPrincipals" if everyone else "Principal",
            "principalId": None if everyone else self.user_id,
            "resourceId": self.resource["id"],
            "scope": " ".join(self.scopes),
        }


def all_grants(cloud: Cloud) -> Iterator[Grant]:
    """Yield every grant whose client and resource have service principals."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for app_id, user_id, resource_id, scopes in consent.consents(cloud):
        name = GRAPH_NAME if resource_id == consent.SIGN_IN.id else resource_id
        found.setdefault((app_id, user_id, name), set()).update(scopes)
    for (app_id, user_id, name), names in found.items():
        client = directory.principal_by_app_id(cloud, app_id)
        resource = _principal(cloud, name)
        if client is not None and resource is not None:
            yield Grant(client, user_id, resource, tuple(sorted(names)))


def find_grant(cloud: Cloud, client: Document, user_id: str, resource: Document) -> Grant | None:
    """Return the grant of a user, or everyone, between two service principals."""
    wanted = Grant(client, user_id, resource, ()).id
    return next((grant for grant in all_grants(cloud) if grant.id == wanted), None)


def write(cloud: Cloud, grant: Grant, scopes: Sequence[str]) -> None:
    """Make a grant what ``scopes`` says; nothing takes it back."""
    app_id, name = grant.client["appId"], _name(grant.resource)
    reserved = [scope for scope in scopes if scope in RESERVED and name == GRAPH_NAME]
    rest = [scope for scope in scopes if scope not in reserved]
    with cloud.state.transaction():
        consent.write(cloud, app_id, grant.user_id, name, rest)
        if name == GRAPH_NAME:
            consent.write(cloud, app_id, grant.user_id, consent.SIGN_IN.id, reserved)


def _name(resource: Document) -> str:
    """Return what consents call a resource: Azure's by name, an application's by client id."""
    return str(resource["displayName"] if is_first_party(resource) else resource["appId"])


def _principal(cloud: Cloud, name: str) -> Document | None:
    by_app_id = directory.principal_by_app_id(cloud, name)
    if by_app_id is not None:
        return by_app_id
    found = cloud.state.find("servicePrincipal", displayName=name)
    return next((body for body in found if is_first_party(body)), None)

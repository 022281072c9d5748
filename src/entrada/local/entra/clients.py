"""Who asks for a token: an application or managed identity, and the proof that it is that one."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from entrada.local import directory
from entrada.local.entra.assertions import AssertionParts, read_assertion
from entrada.local.entra.certificates import check_certificate_assertion
from entrada.local.entra.federation import check_federated_assertion
from entrada.local.entra.registrations import credentials
from entrada.local.keys import iso_time

if TYPE_CHECKING:
    from entrada.local.entra.request import TokenRequest
    from entrada.local.state import Document
    from entrada.local.tokens import CredentialKind

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Client:
    """A client of the token endpoint; ``owner`` is the document that holds its credentials."""

    app_id: str
    tenant: Document
    principal: Document
    owner: Document = field(repr=False)


def named_client(request: TokenRequest) -> str:
    """Return the client id that a request names, in its body or by HTTP Basic."""
    basic = request.basic()
    app_id = basic[0] if basic and not request.form.get("client_id") else None
    return (app_id or request.required("client_id")).lower()


def find_client(request: TokenRequest) -> Client:
    """Return the client that a request names; refuse an unknown or a disabled one."""
    app_id = named_client(request)
    application = directory.application(request.cloud, app_id)
    tenant = request.tenant or _home_tenant(request, application)
    principal = directory.principal_by_app_id(request.cloud, app_id, tenant["id"])
    if principal is None:
        if application is None or application["tenantId"] != tenant["id"]:
            raise request.refuse(700016, client=app_id, tenant=tenant["displayName"])
        raise request.refuse(7000229, client=app_id, tenant=tenant["id"])
    if not principal.get("accountEnabled", True):
        raise request.refuse(7000112, client=app_id, name=principal["displayName"])
    return Client(app_id, tenant, principal, credentials(application, principal))


def authenticate(request: TokenRequest, client: Client) -> CredentialKind:
    """Check the client's proof and say of which kind it was; refuse a wrong or missing one."""
    form, basic = request.form, request.basic()
    if form.get("client_assertion"):
        return _by_assertion(request, client, form["client_assertion"])
    if form.get("client_secret"):
        return _by_secret(request, client, (form["client_secret"],))
    if basic is not None and basic[1]:
        return _by_secret(request, client, (basic[1], unquote_plus(basic[1])))
    raise request.refuse(7000218)


def _home_tenant(request: TokenRequest, application: Document | None) -> Document:
    """Return the tenant that ``/organizations`` means: the application's own."""
    state = request.cloud.state
    own = application["tenantId"] if application else directory.default_tenant(request.cloud)
    tenant = state.get("tenant", own)
    if tenant is None:
        raise request.refuse(90002, tenant=own)
    return tenant


def _by_secret(
    request: TokenRequest, client: Client, candidates: tuple[str, ...]
) -> CredentialKind:
    """Compare secrets; HTTP Basic has two readings, as some clients do not percent-encode."""
    now = iso_time(request.cloud.clock())
    for credential in client.owner.get("passwordCredentials", ()):
        hashes = [directory.secret_hash(credential["keyId"], secret) for secret in candidates]
        if not any(hmac.compare_digest(one, credential["secretHash"]) for one in hashes):
            continue
        if credential["endDateTime"] <= now:
            raise request.refuse(7000222, client=client.app_id)
        if credential["startDateTime"] <= now:
            return "secret"
    raise request.refuse(7000215, client=client.app_id)


def _by_assertion(request: TokenRequest, client: Client, text: str) -> CredentialKind:
    if request.required("client_assertion_type") != JWT_BEARER:
        raise request.refuse(7000218)
    assertion: AssertionParts = read_assertion(request, text)
    if assertion.issuer in (client.app_id, assertion.subject):
        check_certificate_assertion(request, client.app_id, client.owner, assertion)
        return "certificate"
    check_federated_assertion(request, client.owner, assertion)
    return "federated"

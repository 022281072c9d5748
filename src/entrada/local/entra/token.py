"""The token endpoint, versions 1.0 and 2.0: a table of grants.

Unknown parameters are ignored, as Entra does: clients send telemetry in the body.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

from entrada.local import app_roles, tokens
from entrada.local.entra import codes, device, on_behalf_of, password, refresh
from entrada.local.entra.answers import bearer_answer, wants_cae
from entrada.local.entra.clients import authenticate, find_client
from entrada.local.entra.request import TokenRequest
from entrada.local.entra.resources import is_known
from entrada.local.entra.tenants import COMMON, CONSUMERS
from entrada.local.http import Refusal

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound
    from entrada.local.state import Document

Grant: TypeAlias = Callable[[TokenRequest], "Response"]

DEFAULT_SCOPE = "/.default"


def token_v2(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a request to the version 2.0 token endpoint."""
    return _dispatch(cloud, inbound, 2)


def token_v1(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a request to the version 1.0 token endpoint."""
    return _dispatch(cloud, inbound, 1)


def client_credentials(request: TokenRequest) -> Response:
    """Answer with a token for the client itself (RFC 6749, section 4.4)."""
    if request.tenant_name.lower() in (COMMON, CONSUMERS):
        raise request.refuse(9001023)
    resource = _resource(request)
    client = find_client(request)
    kind = authenticate(request, client)
    tenant = client.tenant
    if not is_known(request.cloud, resource):
        raise request.refuse(500011, resource=resource, tenant=tenant["displayName"])
    identity = _managed_identity(client.principal)
    lifetime = tokens.lifetime(
        request.cloud,
        tokens.MANAGED_IDENTITY_LIFETIME if identity else tokens.APPLICATION_LIFETIME,
    )
    token = tokens.issue(
        request.cloud,
        service_principal=client.principal,
        xms_mirid=identity,
        resource=resource,
        credential_kind=kind,
        tenant_id=tenant["id"],
        lifetime=lifetime,
        cae=wants_cae(request),
        roles=app_roles.granted_at(request.cloud, client.principal["id"], resource),
    )
    return bearer_answer(request, token, resource, lifetime)


GRANTS: Mapping[str, Grant] = {
    "client_credentials": client_credentials,
    "authorization_code": codes.redeem,
    "refresh_token": refresh.redeem,
    "password": password.sign_in,
    "urn:ietf:params:oauth:grant-type:jwt-bearer": on_behalf_of.exchange,
    "urn:ietf:params:oauth:grant-type:device_code": device.poll,
    # What MSAL for JavaScript sends.
    "device_code": device.poll,
}


def _dispatch(cloud: Cloud, inbound: Inbound, version: Literal[1, 2]) -> Response:
    try:
        response = _granted(TokenRequest.read(cloud, inbound, version))
    except Refusal as refusal:
        response = refusal.response
    # A page redeems its code by itself; the answer has no use without the code, so all may read.
    headers = {**response.headers, "access-control-allow-origin": "*"}
    return response._replace(headers=headers)


def _granted(request: TokenRequest) -> Response:
    grant_type = request.required("grant_type")
    grant = GRANTS.get(grant_type)
    if grant is None:
        raise request.refuse(70003, grant_type=grant_type)
    return grant(request)


def _resource(request: TokenRequest) -> str:
    """Return the resource asked for: v1 names it, v2 has it in one ``{resource}/.default``."""
    if request.version == 1:
        return request.required("resource")
    scope = request.required("scope")
    if request.form.get("resource"):
        raise request.refuse(901002)
    if len(scope.split()) != 1 or not scope.removesuffix(DEFAULT_SCOPE):
        raise request.refuse(70011, scope=scope)
    if not scope.endswith(DEFAULT_SCOPE):
        raise request.refuse(1002012, scope=scope)
    return scope.removesuffix(DEFAULT_SCOPE)


def _managed_identity(principal: Document) -> str | None:
    """Return the ARM id of the managed identity that a service principal stands for, if any."""
    if principal.get("servicePrincipalType") != "ManagedIdentity":
        return None
    return str(principal["alternativeNames"][-1])

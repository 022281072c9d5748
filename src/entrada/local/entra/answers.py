"""Successful answers of the token endpoint, for clients and for people who signed in to them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entrada.local import app_roles, people, tokens
from entrada.local.entra import consent, refresh_tokens
from entrada.local.entra.clients import Client, authenticate
from entrada.local.entra.errors import instant_text
from entrada.local.entra.permissions import (
    CHALLENGING,
    GRAPH,
    GRAPH_NAME,
    RESERVED,
    Asked,
    expand,
    find_resource,
    of_resource,
    read_scope,
)
from entrada.local.entra.registrations import FAMILY, Registration
from entrada.local.http import json_reply
from entrada.local.keys import base64url
from entrada.local.user_tokens import CAE_LIFETIME, SignIn, access_token, id_token

if TYPE_CHECKING:
    from collections.abc import Sequence

    from entrada._engine.effects import Response
    from entrada.local.entra.request import TokenRequest
    from entrada.local.state import Document

LONG_LIVED = 7200
"""From this lifetime (seconds) on, an answer says when to renew: at half of it."""

UNPROVED = "0"
"""The ``appidacr`` of a client that did not prove itself."""

_ACR = {"secret": "1", "certificate": "2", "federated": "2"}


@dataclass(frozen=True, slots=True)
class Grantee:
    """A client that acts for a user, and how it proved itself (``appidacr``)."""

    registration: Registration
    acr: str


def prove(request: TokenRequest, registration: Registration, *, required: bool = False) -> Grantee:
    """Check what a client proves itself with, if anything; refuse a wrong or ``required`` one."""
    form, basic = request.form, request.basic()
    sent = form.get("client_assertion") or form.get("client_secret") or (basic and basic[1])
    if not sent and not required:
        return Grantee(registration, UNPROVED)
    if sent and not registration.is_confidential:
        raise request.refuse(700025)
    tenant = request.tenant or {}
    client = Client(registration.app_id, tenant, {}, registration.owner)
    return Grantee(registration, _ACR[authenticate(request, client)])


def asked_scope(request: TokenRequest, kept: str = "") -> Asked:
    """Return the scope of a request; ``kept`` is what was asked when the grant began."""
    if request.version == 1 and request.form.get("resource"):
        return of_resource(request, request.form["resource"])
    text = request.form.get("scope", "").strip() or kept
    return read_scope(request, text or request.required("scope"))


def check_user(request: TokenRequest, user: Document, since: int) -> None:
    """Refuse a disabled user, one of another tenant, and what was signed in before a revocation."""
    tenant_id = people.home_tenant(request.cloud, user)
    if request.tenant is not None and request.tenant["id"] != tenant_id:
        raise request.refuse(
            50020,
            user=user["userPrincipalName"],
            issuer=tokens.issuer_v1(tenant_id),
            tenant=request.tenant["displayName"],
            client=request.form.get("client_id", ""),
        )
    if not user.get("accountEnabled", True):
        raise request.refuse(50057)
    moment = people.valid_from(user)
    if since < moment:
        raise request.refuse(50173, issued=instant_text(since), valid_from=instant_text(moment))


def answer(
    request: TokenRequest,
    client: Grantee,
    sign_in: SignIn,
    asked: Asked,
    *,
    nonce: str = "",
    refresh: refresh_tokens.Renewal | None = None,
) -> Response:
    """Answer with tokens for a user; refuse where MFA or consent is missing.

    ``refresh`` says what the answer's refresh token continues; there is always one then.
    """
    registration, user = client.registration, sign_in.user
    resource, names = asked.single(request)
    if user.get("mfaRequired") and "mfa" not in sign_in.methods:
        raise request.refuse(50076, resource=resource)
    if consent.missing(request.cloud, registration, user["id"], asked):
        raise request.refuse(65001, client=registration.app_id, name=registration.name)
    cae = wants_cae(request)
    lifetime = _lifetime(request, resource, cae=cae)
    found = find_resource(request.cloud, resource)
    granted = expand(found, names) if found else names
    if found is not None and found.name == GRAPH_NAME:
        granted = tuple(dict.fromkeys((*granted, *_shown(asked))))
    token = access_token(
        request.cloud,
        sign_in,
        client_id=registration.app_id,
        acr=client.acr,
        resource=resource,
        scopes=granted,
        lifetime=lifetime,
        cae=cae,
        roles=app_roles.granted_at(request.cloud, user["id"], resource),
    )
    more: dict[str, Any] = {"scope": _scope_text(asked, resource, granted)}
    if "openid" in asked.reserved:
        more["id_token"] = id_token(
            request.cloud,
            sign_in,
            client_id=registration.app_id,
            scopes=asked.reserved,
            version=request.version,
            nonce=nonce,
        )
    if refresh or registration.first_party or "offline_access" in asked.reserved:
        more["refresh_token"] = refresh_tokens.make(
            request.cloud,
            registration,
            sign_in,
            acr=client.acr,
            scope=asked.text,
            renewal=refresh,
        )
        if registration.first_party:
            more["foci"] = FAMILY
    if request.form.get("client_info") == "1":
        more["client_info"] = client_info(sign_in)
    return bearer_answer(request, token, resource, lifetime, more)


def client_info(sign_in: SignIn) -> str:
    """Return who signed in, in the form that MSAL makes its account ids of."""
    known = {"uid": sign_in.user["id"], "utid": sign_in.tenant_id}
    return base64url(json.dumps(known, separators=(",", ":")).encode())


def wants_cae(request: TokenRequest) -> bool:
    """Say whether a client declares that it understands claims challenges."""
    try:
        claims = json.loads(request.form.get("claims") or "{}")
        values = claims["access_token"]["xms_cc"]["values"]
        return any(str(each).upper() == tokens.CAE_CAPABILITY for each in values)
    except (ValueError, LookupError, TypeError, RecursionError):
        return False


def bearer_answer(
    request: TokenRequest,
    token: str,
    resource: str,
    lifetime: int,
    more: Document | None = None,
) -> Response:
    """Answer with an access token; in version 1.0 numbers are strings, the resource is named."""
    body: dict[str, object] = {
        "token_type": "Bearer",
        "expires_in": lifetime,
        "ext_expires_in": lifetime,
    }
    if lifetime >= LONG_LIVED:
        body["refresh_in"] = lifetime // 2
    if request.version == 1:
        now = int(request.cloud.clock())
        body["expires_on"] = now + lifetime
        body["not_before"] = now - tokens.CLOCK_SKEW
        body["resource"] = resource
        body = {name: str(value) for name, value in body.items()}
    body["access_token"] = token
    body.update(more or {})
    return json_reply(200, body, cache_control="no-store, no-cache", pragma="no-cache")


def _lifetime(request: TokenRequest, resource: str, *, cae: bool) -> int:
    found = find_resource(request.cloud, resource)
    long = cae and found is not None and found.name in CHALLENGING
    return tokens.lifetime(request.cloud, CAE_LIFETIME if long else tokens.APPLICATION_LIFETIME)


def _shown(asked: Asked) -> Sequence[str]:
    return [name for name in asked.reserved if name != "offline_access"]


def _scope_text(asked: Asked, resource: str, granted: Sequence[str]) -> str:
    """Say what was granted, and repeat what was asked: MSAL looks tokens up by that text."""
    sent = [each for each in asked.text.split() if each.lower() not in RESERVED]
    named = [
        name if resource == GRAPH or name in RESERVED else f"{resource}/{name}" for name in granted
    ]
    return " ".join(dict.fromkeys([*_shown(asked), *named, *sent]))

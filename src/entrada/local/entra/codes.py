"""Authorization codes (RFC 6749, section 4.1; PKCE: RFC 7636): giving one, redeeming it once."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from typing import TYPE_CHECKING

from entrada.local.entra.answers import answer, asked_scope, check_user, prove
from entrada.local.entra.clients import named_client
from entrada.local.entra.refresh_tokens import SPA_LIFETIME, Renewal, packed, unpacked
from entrada.local.entra.registrations import find_registration
from entrada.local.keys import base64url
from entrada.local.sealed import seal, unseal

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.entra.answers import Grantee
    from entrada.local.entra.registrations import Platform, Registration
    from entrada.local.entra.request import TokenRequest
    from entrada.local.state import Document
    from entrada.local.user_tokens import SignIn

LIFETIME = 600
"""Seconds within which a code must be redeemed."""

PLAIN, S256 = "plain", "S256"
_PURPOSE = "authorizationCode"
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def make(
    request: TokenRequest,
    client: Registration,
    sign_in: SignIn,
    *,
    scope: str,
    redirect_uri: str,
    platform: Platform,
) -> str:
    """Return a code for the authorization request that a user has agreed to."""
    form = request.form
    body = {
        "id": str(uuid.uuid4()),
        "end": int(request.cloud.clock()) + LIFETIME,
        "client": client.app_id,
        "redirect": redirect_uri,
        "platform": platform,
        "scope": scope,
        "nonce": form.get("nonce", ""),
        "challenge": form.get("code_challenge", ""),
        "challengeMethod": form.get("code_challenge_method") or PLAIN,
        **packed(sign_in),
    }
    return seal(request.cloud, _PURPOSE, body)


def redeem(request: TokenRequest) -> Response:
    """Answer an authorization code with tokens, once."""
    registration = find_registration(request, named_client(request))
    body = unseal(request.cloud, _PURPOSE, request.required("code"))
    if body is None or body["client"] != registration.app_id:
        raise request.refuse(70000)
    client = _proved(request, registration, body)
    _check_place(request, body)
    _check_verifier(request, body)
    sign_in = unpacked(request.cloud, body)
    if sign_in is None:
        raise request.refuse(70000)
    check_user(request, sign_in.user, sign_in.time)
    asked = asked_scope(request, body["scope"])
    asked.single(request)
    if not _use(request.cloud, body):
        raise request.refuse(54005)
    renewal = _renewal(request.cloud, body) if "offline_access" in asked.reserved else None
    return answer(request, client, sign_in, asked, nonce=body["nonce"], refresh=renewal)


def _proved(request: TokenRequest, registration: Registration, body: Document) -> Grantee:
    """Let a web client prove itself; a page proves its origin, a native client nothing."""
    origin, platform = request.inbound.headers.get("origin", ""), body["platform"]
    if platform == "spa" and not origin:
        raise request.refuse(9002327)
    if platform != "spa" and origin:
        raise request.refuse(9002326, origin=origin)
    client = prove(request, registration, required=platform == "web")
    if platform != "web" and client.acr != "0":
        raise request.refuse(700025)
    return client


def _check_place(request: TokenRequest, body: Document) -> None:
    if request.tenant is not None and request.tenant["id"] != body["tenant"]:
        raise request.refuse(700005)
    if request.cloud.clock() >= body["end"]:
        raise request.refuse(70008)
    redirect_uri = request.required("redirect_uri")
    if redirect_uri != body["redirect"]:
        raise request.refuse(500112, redirect_uri=redirect_uri, expected=body["redirect"])


def _check_verifier(request: TokenRequest, body: Document) -> None:
    challenge, verifier = body["challenge"], request.form.get("code_verifier", "")
    if not challenge:
        if verifier:
            raise request.refuse(50147)
        return
    if not verifier:
        raise request.refuse(50148)
    derived = verifier
    if body["challengeMethod"] == S256:
        derived = base64url(hashlib.sha256(verifier.encode("utf-8", "replace")).digest())
    if not _VERIFIER.fullmatch(verifier) or not hmac.compare_digest(derived, challenge):
        raise request.refuse(501481)


def _use(cloud: Cloud, body: Document) -> bool:
    """Mark a code as used; say whether this is the first time. Forget those that have expired."""
    now = cloud.clock()
    with cloud.state.transaction():
        for key, used in cloud.state.under("usedCode"):
            if used["end"] <= now:
                cloud.state.delete("usedCode", key)
        if cloud.state.get("usedCode", body["id"]) is not None:
            return False
        cloud.state.put("usedCode", body["id"], {"end": body["end"]})
        return True


def _renewal(cloud: Cloud, body: Document) -> Renewal:
    return Renewal(int(cloud.clock()) + SPA_LIFETIME if body["platform"] == "spa" else 0)

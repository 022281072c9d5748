"""The device authorization grant (RFC 8628): its codes, and what polling answers."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from entrada.local import people
from entrada.local.entra import consent
from entrada.local.entra.answers import UNPROVED, answer, check_user, prove
from entrada.local.entra.clients import named_client
from entrada.local.entra.permissions import read_scope
from entrada.local.entra.refresh_tokens import packed, unpacked
from entrada.local.entra.registrations import Registration, find_registration
from entrada.local.entra.request import TokenRequest
from entrada.local.http import json_reply
from entrada.local.user_tokens import SignIn

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound
    from entrada.local.state import Document

LIFETIME, INTERVAL = 900, 5
"""Seconds that a code lives, and that a client waits between two polls."""

PAGE = "/device"
_KIND = "deviceCode"
_REMEMBERED = 3600
"""Seconds for which an expired code is still answered as expired."""

_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ23456789"
_NETWORK_JITTER = 1.0
"""Seconds by which a poll may come early without being called too fast."""


def start(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a client that cannot show a browser with the code that its user is to enter."""
    request = TokenRequest.read(cloud, inbound, 2)
    registration = find_registration(request, named_client(request))
    _require_public(request, registration)
    scope = request.required("scope")
    read_scope(request, scope).single(request)
    _forget_old(cloud)
    device_code = secrets.token_urlsafe(48)
    user_code = "".join(secrets.choice(_ALPHABET) for _ in range(9))
    body = {
        "userCode": user_code,
        "client": registration.app_id,
        "scope": scope,
        "tenant": request.tenant["id"] if request.tenant else None,
        "tenantName": request.tenant_name,
        "end": cloud.clock() + LIFETIME,
        "polled": 0.0,
        "status": "pending",
    }
    cloud.state.put(_KIND, _key(device_code), body)
    where = cloud.endpoints.login + PAGE
    return json_reply(
        200,
        {
            "user_code": user_code,
            "device_code": device_code,
            "verification_uri": where,
            "expires_in": LIFETIME,
            "interval": INTERVAL,
            "message": (
                f"To sign in, use a web browser to open the page {where} and enter the code"
                f" {user_code} to authenticate."
            ),
        },
        cache_control="no-store, no-cache",
    )


def poll(request: TokenRequest) -> Response:
    """Answer a client that asks whether its user has signed in: with tokens, once they have."""
    registration = find_registration(request, named_client(request))
    client = prove(request, registration)
    if client.acr == UNPROVED:
        _require_public(request, registration)
    device_code = request.form.get("device_code") or request.form.get("code")
    key = _key(device_code or request.required("device_code"))
    with request.cloud.state.transaction():
        body = request.cloud.state.get(_KIND, key)
        if body is None or body["client"] != registration.app_id:
            raise request.refuse(70018)
        request.cloud.state.put(_KIND, key, {**body, "polled": request.cloud.clock()})
    _check_status(request, body)
    sign_in = unpacked(request.cloud, body["signIn"])
    if sign_in is None:
        raise request.refuse(70000)
    check_user(request, sign_in.user, sign_in.time)
    asked = read_scope(request, body["scope"])
    response = answer(request, client, sign_in, asked)
    if not request.cloud.state.delete(_KIND, key):
        raise request.refuse(70018)
    return response


def find(cloud: Cloud, user_code: str) -> tuple[str, Document] | None:
    """Return key and body of the waiting request that a user code names, ``None`` for none."""
    wanted = "".join(user_code.split()).replace("-", "").upper()
    for key, body in cloud.state.under(_KIND):
        waits = body["status"] == "pending" and cloud.clock() < body["end"]
        if waits and secrets.compare_digest(body["userCode"].encode(), wanted.encode()):
            return key, body
    return None


def approve(cloud: Cloud, key: str, sign_in: SignIn) -> None:
    """Let the waiting client have tokens for a user."""
    _settle(cloud, key, status="approved", signIn=packed(sign_in))


def decline(cloud: Cloud, key: str) -> None:
    """Tell the waiting client that the user refused."""
    _settle(cloud, key, status="declined")


def approve_device_code(cloud: Cloud, user_code: str, user: str) -> None:
    """Do what a user does at the device page; ``user`` is a principal name or object id.

    Consents to what is asked and passes multi-factor authentication. Raises ``LookupError`` for an
    unknown code or user.
    """
    found = find(cloud, user_code)
    person = people.find_user(cloud, user)
    if found is None or person is None:
        raise LookupError(f"there is no waiting code {user_code}, or no user {user}")
    key, body = found
    sign_in = SignIn(
        person,
        people.home_tenant(cloud, person),
        people.sign_in_time(cloud, person),
        ("pwd", "mfa") if person.get("mfaRequired") else ("pwd",),
        secrets.token_hex(16),
    )
    consent.grant_text(cloud, body["client"], person["id"], body["scope"])
    approve(cloud, key, sign_in)


def _require_public(request: TokenRequest, registration: Registration) -> None:
    if not registration.public and not registration.is_confidential:
        raise request.refuse(7000218)
    if not registration.public:
        prove(request, registration, required=True)


def _check_status(request: TokenRequest, body: Document) -> None:
    now = request.cloud.clock()
    if body["status"] == "declined":
        raise request.refuse(65004, error="authorization_declined")
    if now >= body["end"]:
        raise request.refuse(70020)
    if body["status"] == "pending":
        early = now - body["polled"] < INTERVAL - _NETWORK_JITTER
        raise request.refuse(70016, error="slow_down" if early else None)


def _settle(cloud: Cloud, key: str, **changes: object) -> None:
    with cloud.state.transaction():
        body = cloud.state.get(_KIND, key)
        if body is not None and body["status"] == "pending":
            cloud.state.put(_KIND, key, {**body, **changes})


def _forget_old(cloud: Cloud) -> None:
    for key, body in cloud.state.under(_KIND):
        if body["end"] + _REMEMBERED < cloud.clock():
            cloud.state.delete(_KIND, key)


def _key(device_code: str) -> str:
    return hashlib.sha256(device_code.encode("utf-8", "replace")).hexdigest()

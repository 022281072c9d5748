"""Client secrets and certificates of applications and service principals.

A secret goes out once, in the answer that makes it. What is kept of it is a hash.
"""

from __future__ import annotations

import base64
import re
import secrets
import string
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from entrada._engine.effects import Response
from entrada.local import directory
from entrada.local.graph import applications_view
from entrada.local.graph.access import GraphRequest
from entrada.local.graph.errors import bad_request
from entrada.local.graph.proof import check_proof
from entrada.local.graph.rights import WRITE_APPLICATION
from entrada.local.graph.targets import Target, find_target, routes
from entrada.local.http import Route, empty_reply, json_reply
from entrada.local.keys import certificate_facts, iso_time
from entrada.local.state import Document

SECRET_YEARS = 2
"""How long a client secret holds where nothing else was asked."""

_ALPHABET = string.ascii_letters + string.digits + "~_."
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def add_password(request: GraphRequest) -> Response:
    """Add a client secret and answer with it, this one time."""
    target = _writable(request)
    asked = request.body().get("passwordCredential") or {}
    if not isinstance(asked, dict):
        raise bad_request("The value of 'passwordCredential' is not an object.")
    shown, kept = make_password(request, asked)
    with directory.edit(request.cloud, target.kind, target.key) as body:
        body.setdefault("passwordCredentials", []).append(kept)
    context = request.context("microsoft.graph.passwordCredential")
    return json_reply(200, {"@odata.context": context, **shown})


def remove_password(request: GraphRequest) -> Response:
    """Remove a client secret by its key id."""
    return _remove(request, "passwordCredentials", "No password credential found with keyId.")


def add_key(request: GraphRequest) -> Response:
    """Add a certificate, proved by one that is there already."""
    target = _writable(request)
    body = request.body()
    check_proof(request.cloud, target.body, body.get("proof"))
    credential = read_key(body.get("keyCredential"))
    with directory.edit(request.cloud, target.kind, target.key) as document:
        document.setdefault("keyCredentials", []).append(credential)
    context = request.context("microsoft.graph.keyCredential")
    return json_reply(200, {"@odata.context": context, **applications_view.certificate(credential)})


def remove_key(request: GraphRequest) -> Response:
    """Remove a certificate by its key id, proved by one that is there."""
    target = _writable(request)
    check_proof(request.cloud, target.body, request.body().get("proof"))
    return _remove(request, "keyCredentials", "No key credential found with keyId.")


def make_password(request: GraphRequest, asked: Document) -> tuple[Document, Document]:
    """Return a new client secret as it goes out, and what is kept of it."""
    if asked.get("secretText"):
        raise bad_request("A secret cannot be chosen: 'secretText' is generated.")
    now = request.cloud.clock()
    start = _instant(asked.get("startDateTime")) or iso_time(now)
    end = _instant(asked.get("endDateTime")) or iso_time(now + SECRET_YEARS * 365 * 86400)
    if end <= start:
        raise bad_request("The end date of the password credential is not after its start date.")
    value = "".join(secrets.choice(_ALPHABET) for _ in range(3)) + "8Q~"
    value += "".join(secrets.choice(_ALPHABET) for _ in range(34))
    key_id = str(uuid.uuid4())
    kept = {
        "keyId": key_id,
        "displayName": asked.get("displayName"),
        "hint": value[:3],
        "secretHash": directory.secret_hash(key_id, value),
        "startDateTime": start,
        "endDateTime": end,
    }
    return {**applications_view.password(kept), "secretText": value}, kept


def replaced_keys(standing: list[Document], asked: list[Document]) -> list[Document]:
    """Return the certificates that a PATCH asks for: without a key, one that is there is meant."""
    known = {each["keyId"]: each for each in standing}
    found = []
    for each in asked:
        if not each.get("key") and each.get("keyId") in known:
            found.append(known[each["keyId"]])
        else:
            found.append(read_key(each))
    return found


def read_key(asked: Any) -> Document:
    """Return a certificate as it is kept; raise 400 for what is none."""
    if not isinstance(asked, dict) or not isinstance(asked.get("key"), str):
        raise bad_request("A key credential needs 'key', a certificate in base64 (DER).")
    if asked.get("type", "AsymmetricX509Cert") != "AsymmetricX509Cert":
        raise bad_request(f"Key credentials of type '{asked['type']}' are not supported here.")
    try:
        facts = certificate_facts(_certificate(asked["key"]))
    except ValueError:
        raise bad_request("Key credential is invalid: it is not an X.509 certificate.") from None
    chosen = {"displayName": asked.get("displayName") or facts["displayName"]}
    key_id = asked.get("keyId")
    return {"keyId": key_id if isinstance(key_id, str) else str(uuid.uuid4()), **facts, **chosen}


def _certificate(text: str) -> bytes:
    """Decode base64 with line breaks; az sends the body of a PEM file, msgraph a PEM in base64."""
    decoded = base64.b64decode("".join(text.split()), validate=True)
    if decoded.startswith(b"-----BEGIN"):
        lines = decoded.decode("ascii").splitlines()
        body = "".join(line for line in lines if line and not line.startswith("-----"))
        return base64.b64decode(body, validate=True)
    return decoded


def _instant(text: Any) -> str:
    if text is None:
        return ""
    if not isinstance(text, str) or not _INSTANT.fullmatch(text):
        raise bad_request(f"'{text}' is not a date and time like 2030-01-31T00:00:00Z.")
    try:
        return iso_time(datetime.fromisoformat(text).astimezone(UTC).timestamp())
    except (ValueError, OverflowError):
        raise bad_request(f"'{text}' is not a date and time.") from None


def _writable(request: GraphRequest) -> Target:
    target = find_target(request)
    request.require(WRITE_APPLICATION, target.body)
    return target


def _remove(request: GraphRequest, name: str, complaint: str) -> Response:
    target = _writable(request)
    key_id = str(request.body().get("keyId") or "").lower()
    with directory.edit(request.cloud, target.kind, target.key) as body:
        standing = body.get(name, [])
        kept = [each for each in standing if each["keyId"].lower() != key_id]
        if len(kept) == len(standing):
            raise bad_request(complaint)
        body[name] = kept
    return empty_reply(204)


def _both(suffix: str, handler: Callable[[GraphRequest], Response]) -> tuple[Route, ...]:
    collections = ("applications", "servicePrincipals")
    found = [routes("POST", name, suffix, handler, by_app_id=True) for name in collections]
    return tuple(route for some in found for route in some)


ROUTES: tuple[Route, ...] = (
    *_both("/addPassword", add_password),
    *_both("/removePassword", remove_password),
    *_both("/addKey", add_key),
    *_both("/removeKey", remove_key),
)

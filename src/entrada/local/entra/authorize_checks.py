"""What an authorization request must be like: its parameters, and where its answer goes.

The first errors are about the place an answer goes to, so they cannot be sent there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from entrada.local.entra.codes import PLAIN, S256
from entrada.local.entra.permissions import Asked, of_resource, read_scope
from entrada.local.entra.registrations import Platform, Registration, find_registration

if TYPE_CHECKING:
    from entrada.local.entra.request import TokenRequest

PARAMETERS = (
    "client_id",
    "response_type",
    "redirect_uri",
    "scope",
    "resource",
    "response_mode",
    "state",
    "nonce",
    "prompt",
    "login_hint",
    "domain_hint",
    "max_age",
    "code_challenge",
    "code_challenge_method",
    "claims",
    "client_info",
)
MODES = ("query", "fragment", "form_post")
TYPES = ("code", "id_token")
PROMPTS = ("", "none", "login", "consent", "select_account")
_CHALLENGE = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where and how an answer goes; ``sent_uri`` is what a code must be redeemed with."""

    client: Registration
    redirect_uri: str
    sent_uri: str
    platform: Platform
    mode: str
    types: frozenset[str]


def find_destination(request: TokenRequest) -> Destination:
    """Return where the answer goes; refuse an unknown application and a foreign redirect URI."""
    client = find_registration(request, request.required("client_id").lower())
    uri = request.form["redirect_uri"] or client.default_redirect_uri()
    if not uri:
        raise request.refuse(900971)
    platform = client.platform(uri)
    if platform is None:
        raise request.refuse(50011, redirect_uri=uri, client=client.app_id)
    types = frozenset(request.form["response_type"].split())
    mode = request.form["response_mode"]
    default = "fragment" if types & {"id_token", "token"} else "query"
    # A code in the address bar is the client's wish; an id token there is nobody's.
    allowed = mode in MODES and not (mode == "query" and "id_token" in types)
    return Destination(client, uri, uri, platform, mode if allowed else default, types)


def check(request: TokenRequest, place: Destination) -> Asked:
    """Return what a request asks for; refuse what is missing, malformed or not allowed."""
    _check_types(request, place)
    mode = request.form["response_mode"]
    if mode and mode != place.mode:
        raise request.refuse(70007, response_mode=mode)
    if request.form["prompt"] not in PROMPTS:
        raise request.refuse(90023, parameter="prompt", value=request.form["prompt"])
    max_age = request.form["max_age"]
    if max_age and not (max_age.isascii() and max_age.isdigit() and len(max_age) < 10):
        raise request.refuse(90100, parameter="max_age")
    _check_challenge(request, place)
    if request.version == 1 and request.form["resource"]:
        return of_resource(request, request.form["resource"])
    asked = read_scope(request, request.form["scope"] or _default_scope(request))
    if "id_token" in place.types and "openid" not in asked.reserved:
        raise request.refuse(70011, scope=asked.text)
    return asked


def oldest_sign_in(request: TokenRequest) -> float:
    """Return the moment (epoch seconds) from which a sign-in is young enough for ``max_age``."""
    max_age = request.form["max_age"]
    return request.cloud.clock() - int(max_age) if max_age.isdigit() else 0


def _check_types(request: TokenRequest, place: Destination) -> None:
    sent = request.required("response_type")
    if "token" in place.types:
        raise request.refuse(700051)
    if not place.types <= set(TYPES):
        raise request.refuse(70005, response_type=sent)
    if "id_token" in place.types:
        if not place.client.allows_id_tokens():
            raise request.refuse(700054)
        request.required("nonce")


def _check_challenge(request: TokenRequest, place: Destination) -> None:
    challenge = request.form["code_challenge"]
    method = request.form["code_challenge_method"]
    if not challenge:
        if method:
            raise request.refuse(50147, error="invalid_request")
        if place.platform == "spa" and "code" in place.types:
            raise request.refuse(9002325)
        return
    if method not in ("", PLAIN, S256):
        raise request.refuse(50147, error="invalid_request")
    if not _CHALLENGE.fullmatch(challenge):
        raise request.refuse(501491)


def _default_scope(request: TokenRequest) -> str:
    return "openid profile" if request.version == 1 else request.required("scope")

"""The refresh token grant (RFC 6749, section 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrada.local.entra.answers import UNPROVED, answer, asked_scope, check_user, prove
from entrada.local.entra.clients import named_client
from entrada.local.entra.errors import instant_text
from entrada.local.entra.refresh_tokens import INACTIVITY, Renewal, read, unpacked
from entrada.local.entra.registrations import find_registration

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.entra.registrations import Registration
    from entrada.local.entra.request import TokenRequest
    from entrada.local.state import Document


def redeem(request: TokenRequest) -> Response:
    """Answer a refresh token with new tokens, for its own client or one of its family."""
    registration = find_registration(request, named_client(request))
    body = read(request.cloud, request.required("refresh_token"))
    if body is None:
        raise request.refuse(70000)
    _check_client(request, registration, body)
    if body["spaEnd"] and not request.inbound.headers.get("origin"):
        raise request.refuse(9002327)
    client = prove(request, registration, required=body["acr"] != UNPROVED)
    sign_in = unpacked(request.cloud, body)
    if sign_in is None:
        raise request.refuse(70000)
    check_user(request, sign_in.user, body["issued"])
    _check_age(request, body)
    asked = asked_scope(request, body["scope"])
    return answer(request, client, sign_in, asked, refresh=Renewal(body["spaEnd"]))


def _check_client(request: TokenRequest, registration: Registration, body: Document) -> None:
    if registration.app_id == body["client"] or (body["family"] and registration.first_party):
        return
    raise request.refuse(70000, suberror="client_mismatch")


def _check_age(request: TokenRequest, body: Document) -> None:
    now, issued = request.cloud.clock(), body["issued"]
    if body["spaEnd"] and now >= body["spaEnd"]:
        raise request.refuse(700084, issued=instant_text(issued))
    if now >= issued + INACTIVITY:
        raise request.refuse(700082, issued=instant_text(issued))

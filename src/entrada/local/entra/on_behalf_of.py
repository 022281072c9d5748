"""The on-behalf-of exchange: an API's token of a user for one of the next API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrada.local import people, tokens
from entrada.local.entra.answers import answer, asked_scope, check_user, prove
from entrada.local.entra.clients import named_client
from entrada.local.entra.registrations import find_registration
from entrada.local.user_tokens import SignIn

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.entra.registrations import Registration
    from entrada.local.entra.request import TokenRequest

_USE = "on_behalf_of"
_KINDS: dict[tokens.InvalidKind, int] = {"malformed": 50027, "expired": 500133}


def exchange(request: TokenRequest) -> Response:
    """Answer a user's token, made for the asking application, with one for another resource."""
    registration = find_registration(request, named_client(request))
    client = prove(request, registration, required=True)
    assertion = request.required("assertion")
    if request.required("requested_token_use") != _USE:
        raise request.refuse(90100, parameter="requested_token_use")
    asked = asked_scope(request)
    claims = _verified(request, registration, assertion)
    user = people.user(request.cloud, str(claims["oid"]))
    if user is None:
        raise request.refuse(70000)
    issued = int(claims["iat"])
    check_user(request, user, issued)
    # A version 2.0 token does not say how its user signed in; what Entra asked then was met.
    methods = tuple(str(each) for each in claims.get("amr", ("pwd", "mfa")))
    signed_in = SignIn(user, claims["tid"], issued, methods, str(claims.get("sid", "")))
    return answer(request, client, signed_in, asked)


def _verified(request: TokenRequest, registration: Registration, assertion: str) -> dict[str, Any]:
    """Return the claims of an assertion; refuse one that is not a user's token for the client."""
    app_id, owner = registration.app_id, registration.owner
    names = [app_id, f"api://{app_id}", *owner.get("identifierUris", ())]
    audiences = [f"{name.removesuffix('/')}{slash}" for name in names for slash in ("", "/")]
    try:
        claims = tokens.verify(request.cloud, assertion, audiences)
    except tokens.InvalidToken as error:
        if error.kind == "audience":
            found = str(tokens.unverified(assertion).get("aud"))
            raise request.refuse(500131, audience=found, expected=app_id) from None
        raise request.refuse(_KINDS.get(error.kind, 50013), reason=error.reason) from None
    if claims.get("idtyp") == "app":
        raise request.refuse(7000114, client=app_id)
    if claims.get("idtyp") != "user":
        raise request.refuse(240002)
    return claims

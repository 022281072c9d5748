"""The authorization request of the code flow with PKCE: RFC 6749 section 4.1, RFC 7636, RFC 8252.

Everything that ties an answer to its request (state, nonce, verifier) is made here and nowhere
else; who opens the URL and who receives the redirect is no matter.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from entrada._engine.effects import Response
from entrada._wire.token import Context, refusal
from entrada.errors import AuthenticationRejectedError


class SignInRequest(NamedTuple):
    """A sign-in under way: where to send the person, and what to expect back."""

    url: str
    redirect_uri: str
    state: str
    nonce: str
    verifier: str

    def __repr__(self) -> str:
        return f"SignInRequest(redirect_uri={self.redirect_uri!r})"


def begin(
    endpoint: str,
    parameters: Mapping[str, str],
    redirect_uri: str,
    unguessable: Callable[[], str],
) -> SignInRequest:
    """Make a sign-in request to an authorization endpoint.

    ``parameters`` are the client's own (client_id, scope, prompt …); empty ones are left out.
    """
    state, nonce, verifier = unguessable(), unguessable(), unguessable()
    challenge = hashlib.sha256(verifier.encode()).digest()
    query = {
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state,
        "nonce": nonce,
        "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "client_info": "1",
        **{name: value for name, value in parameters.items() if value},
    }
    return SignInRequest(f"{endpoint}?{urlencode(query)}", redirect_uri, state, nonce, verifier)


def is_answer(fields: Mapping[str, str], request: SignInRequest) -> bool:
    """Say whether a redirect's fields answer this request and no other."""
    return hmac.compare_digest(fields.get("state", "").encode(), request.state.encode())


def code_of(fields: Mapping[str, str], request: SignInRequest, context: Context) -> str:
    """Return the authorization code of a redirect; raise the error that it brings instead."""
    if not is_answer(fields, request):
        raise AuthenticationRejectedError(
            f"{context.who}: what came back does not belong to this sign-in.",
            code="state_mismatch",
            hint="Start again, and finish the sign-in in the browser window that it opens.",
        )
    if "error" in fields or not fields.get("code"):
        error = refusal(Response(400), {"error": "no_code", **fields}, context)
        error.hint = error.hint or "Start again, and agree to the sign-in in the browser."
        raise error
    return fields["code"]


def fields_of(address: str) -> dict[str, str]:
    """Return the fields of a redirect's address as a browser shows it, or of its bare query."""
    url = urlsplit(address.strip())
    query = url.query or url.fragment or address.strip()
    return dict(parse_qsl(query, keep_blank_values=True))

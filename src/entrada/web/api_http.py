"""What the adapters for web frameworks share: refusals as HTTP, and the scheme for OpenAPI.

Source: RFC 6750, section 3; OpenAPI 3.1, "OAuth Flow Object".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from entrada.errors import AuthenticationError
from entrada.web.api_errors import TokenRefusedError
from entrada.web.tokens import TokenCheck

RETRY_AFTER = 5
"""Seconds after which a caller may come again when no signing keys could be got."""

Scopes: TypeAlias = Mapping[str, str]
"""Scopes by their full names (``api://<client id>/Files.Read``), and what a person reads."""


class Answer(NamedTuple):
    """How a refusal is answered; ``body`` is to be sent as JSON."""

    status: int
    headers: dict[str, str]
    body: dict[str, str]


def answer(error: AuthenticationError, check: TokenCheck) -> Answer:
    """Return the answer to a call that cannot be served."""
    if isinstance(error, TokenRefusedError):
        headers = {"WWW-Authenticate": error.challenge(check.authorization_endpoint)}
        word = error.bearer_error or "unauthorized"
        body = {"error": word, "error_description": error.message}
        return Answer(error.status_code or 401, {**headers, "Cache-Control": "no-store"}, body)
    body = {
        "error": "temporarily_unavailable",
        "error_description": "Tokens cannot be verified now.",
    }
    return Answer(503, {"Retry-After": str(RETRY_AFTER), "Cache-Control": "no-store"}, body)


def oauth_flows(check: TokenCheck, scopes: Scopes) -> dict[str, Any]:
    """Return OpenAPI's flows: a person signs in with a code, which PKCE protects."""
    return {
        "authorizationCode": {
            "authorizationUrl": check.authorization_endpoint,
            "tokenUrl": check.token_endpoint,
            "scopes": dict(scopes),
        }
    }


def security_scheme(check: TokenCheck, scopes: Scopes) -> dict[str, Any]:
    """Return an OpenAPI security scheme, for documents that no framework writes."""
    return {"type": "oauth2", "flows": oauth_flows(check, scopes)}


def swagger_settings(client_id: str, scopes: Scopes) -> dict[str, Any]:
    """Return what Swagger UI's ``initOAuth`` needs for its Authorize button.

    ``client_id`` is the single-page application by which people sign in there; its redirect URI
    is ``/docs/oauth2-redirect``. It has no secret, and PKCE instead.
    """
    return {
        "clientId": client_id,
        "usePkceWithAuthorizationCodeGrant": True,
        "scopes": " ".join(scopes),
    }

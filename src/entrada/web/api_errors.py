"""Why a call of an API is refused, and how HTTP says so: RFC 6750, section 3.

A claims challenge (continuous access evaluation, step-up) follows Microsoft's "Claims challenges,
claims requests and client capabilities": the claims as base64 of JSON, ``insufficient_claims``.
"""

from __future__ import annotations

import base64
from typing import Any, Literal, TypeAlias

from entrada.errors import AuthenticationRejectedError

Refusal: TypeAlias = Literal["", "invalid_token", "insufficient_scope", "insufficient_claims"]

_STATUS: dict[Refusal, int] = {
    "": 401,
    "invalid_token": 401,
    "insufficient_scope": 403,
    "insufficient_claims": 401,
}
_NEVER = str.maketrans({'"': "'", "\\": "/"})


class TokenRefusedError(AuthenticationRejectedError):
    """A token, or the want of one, with which a call cannot be served.

    ``bearer_error`` is the word of RFC 6750 (``""``: there was no token), ``code`` the reason,
    ``scope`` what a token would have to carry, ``claims`` the JSON of a claims challenge,
    ``status_code`` the HTTP status. ``hint`` is for the developer and goes into no answer.
    """

    def __init__(
        self,
        message: str = "",
        *,
        error: Refusal = "invalid_token",
        scope: str = "",
        claims: str = "",
        status_code: int | None = None,
        **details: Any,
    ) -> None:
        super().__init__(message, status_code=status_code or _STATUS[error], **details)
        self.bearer_error: Refusal = error
        self.scope = scope
        self.claims = claims

    def challenge(self, authorization_uri: str = "") -> str:
        """Return the value of the ``WWW-Authenticate`` header that goes with the refusal."""
        parts = {"authorization_uri": authorization_uri, "error": self.bearer_error}
        if self.bearer_error:
            parts["error_description"] = self.message
        parts["scope"] = self.scope
        if self.claims:
            parts["claims"] = base64.b64encode(self.claims.encode()).decode()
        said = [f'{name}="{_quoted(value)}"' for name, value in parts.items() if value]
        return ", ".join(['Bearer realm=""', *said])


def _quoted(text: str) -> str:
    """Return text that may stand between quotes in a header: RFC 6750 allows ASCII, no quotes."""
    plain = text.translate(_NEVER).encode("ascii", "replace").decode()
    return "".join(character if character.isprintable() else " " for character in plain)


def refuse(code: str, message: str, hint: str = "", **details: Any) -> TokenRefusedError:
    """Build the refusal of a token that is not valid here."""
    return TokenRefusedError(message, code=code, hint=hint or None, **details)

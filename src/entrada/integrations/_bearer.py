"""The one way in which HTTP clients here use a token: bring one, and a new one when challenged.

A flow of its own small kind, for clients of either colour: it yields what it asks of the
credential (claims, or ``None``), and is sent the token.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from entrada.integrations.targets import check_secure, claims_of, same_origin, scope_for


class Source(NamedTuple):
    """A credential, and the scope of its tokens (``None``: that of the host)."""

    credential: Any
    scope: str | None = None

    def asked(self, url: str, claims: str | None = None) -> Any:
        """Return what the credential answers for a URL: a token, or an awaitable of one."""
        check_secure(url)
        scope = self.scope or scope_for(url)
        more = {"claims": claims} if claims else {}
        return self.credential.get_token(scope, enable_cae=True, **more)

    def header(self, url: str, claims: str | None = None) -> str:
        """Return the ``Authorization`` header for a URL, on this thread."""
        token = self.asked(url, claims)
        if isinstance(token, Awaitable):
            close = getattr(token, "close", None)
            if close is not None:
                close()
            raise TypeError("an asynchronous credential was given to a client of threads")
        return f"Bearer {token.token}"


def challenged(
    status: int, challenges: Callable[[], list[str]], sent_to: str, answered_by: str
) -> str | None:
    """Return the claims that an answer asks for, if it is its to ask: of where the token went."""
    if status != 401 or not same_origin(sent_to, answered_by):
        return None
    for challenge in challenges():
        claims = claims_of(challenge)
        if claims:
            return claims
    return None

"""What a guard raises, and an adapter answers: a person has to sign in, or may not."""

from __future__ import annotations

from collections.abc import Iterable

from entrada.errors import (
    AuthenticationError,
    AuthenticationRejectedError,
)


class SignInRequiredError(Exception):
    """A person has to sign in, again or for more: ``scopes``, ``claims`` and ``max_age`` say why.

    Let it pass: the middleware sends the browser to sign in and back. It is no error of
    azure-core's, since Azure clients try again after those, some for a minute. ``max_age`` is in
    seconds, ``None`` for any age.
    """

    def __init__(
        self,
        scopes: Iterable[str] = (),
        message: str = "A person has to sign in.",
        claims: str | None = None,
        *,
        max_age: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.scopes = tuple(scopes)
        self.claims = claims
        self.max_age = max_age


class AccessDeniedError(AuthenticationRejectedError):
    """A person is signed in and may not do this; signing in again would not help."""


def late() -> AuthenticationError:
    """Build the error for an answer that no sign-in here is waiting for."""
    return AuthenticationRejectedError(
        "SignIn: what came back belongs to no sign-in under way in this browser.",
        code="state_mismatch",
        hint="If it happens at every sign-in: several processes need one store (SqliteStore), and "
        "the browser has to reach the site at the redirect_uri's host.",
    )


def cross_site() -> AuthenticationError:
    """Build the error for what another site may have sent."""
    return AccessDeniedError(
        "A state-changing request came from another site, or without a CSRF token.",
        code="cross_site",
        hint="Send session.csrf_token in a field csrf or in the header X-CSRF-Token.",
    )


def guest_refused() -> AuthenticationError:
    """Build the error for a guest where none may sign in."""
    return AccessDeniedError(
        "SignIn: a guest of the tenant signed in.",
        code="guest",
        hint="Pass allow_guests=True to let in people of other tenants who were invited.",
    )

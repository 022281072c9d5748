"""What a chain says when it fails: the reason that tells a person most."""

from __future__ import annotations

from collections.abc import Sequence

from entrada.errors import Attempt

# What somebody tried to set up tells more than what was never there.
_TELLING = (
    "other_identity",
    "environment_incomplete",
    "identity_not_found",
    "timeout",
    "several_accounts",
    "not_signed_in",
    "bad_authentication_record",
)


def report(
    owner: str, attempts: Sequence[Attempt], scopes: Sequence[str]
) -> tuple[str, str, str | None]:
    """Return code, message and hint for a chain that failed."""
    leading = leading_attempt(attempts)
    if leading is None:
        return (
            "nothing_to_sign_in_with",
            f"{owner} found nothing to sign in with for {' '.join(scopes)}.",
            "Run az login, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET.",
        )
    message = f"{owner} got no token: {leading.link}: {leading.reason}"
    return leading.code or leading.outcome, message, leading.hint


def leading_attempt(attempts: Sequence[Attempt]) -> Attempt | None:
    """Return the attempt whose reason a person should read first, if any says something."""
    for attempt in attempts:
        if attempt.outcome in ("rejected", "unreachable", "misconfigured", "needs_user"):
            return attempt
    for code in _TELLING:
        for attempt in attempts:
            if attempt.code == code:
                return attempt
    return None

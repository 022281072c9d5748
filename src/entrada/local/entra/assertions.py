"""Client assertions (RFC 7523): reading one, its signature, its time range.

What a certificate or a federated credential asks beyond that stands in their own modules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from entrada.local.entra.errors import instant_text
from entrada.local.tokens import CLOCK_SKEW, SIGNATURE_ONLY

if TYPE_CHECKING:
    from jwt.types import Options

    from entrada.local.entra.request import TokenRequest

ALGORITHMS = ("RS256", "PS256")
UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, RecursionError)
"""What reading hostile JSON Web Tokens and keys may raise."""

_UNVERIFIED: Options = {**SIGNATURE_ONLY, "verify_signature": False}


@dataclass(frozen=True, slots=True)
class AssertionParts:
    """An assertion's text, header and claims; nothing of it is proved."""

    text: str = field(repr=False)
    header: dict[str, Any] = field(repr=False)
    claims: dict[str, Any] = field(repr=False)
    issuer: str
    subject: str

    @property
    def audiences(self) -> list[str]:
        """The audiences as a list, whichever way they were written."""
        sent = self.claims.get("aud")
        values: list[object] = sent if isinstance(sent, list) else [sent]
        return [each for each in values if isinstance(each, str)]


def read_assertion(request: TokenRequest, text: str) -> AssertionParts:
    """Read an assertion; refuse what is no JWT, has no issuer or subject, or is not RSA-signed."""
    try:
        parts = jwt.decode_complete(text, options=_UNVERIFIED)
    except UNREADABLE:
        raise request.refuse(50027) from None
    header, claims = parts["header"], parts["payload"]
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not (isinstance(issuer, str) and isinstance(subject, str)):
        raise request.refuse(50027)
    if header.get("alg") not in ALGORITHMS:
        raise request.refuse(5002730)
    return AssertionParts(text, header, claims, issuer, subject)


def is_signed_by(assertion: AssertionParts, key: object) -> bool:
    """Say whether an assertion bears the signature of an RSA key."""
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        jwt.decode_complete(assertion.text, key, list(ALGORITHMS), options=SIGNATURE_ONLY)
    except UNREADABLE:
        return False
    return True


def check_time_range(request: TokenRequest, assertion: AssertionParts) -> None:
    """Refuse an assertion that is expired, not yet valid, or does not say when it ends."""
    now = request.cloud.clock()
    end = _seconds(assertion.claims.get("exp"))
    start = _seconds(assertion.claims.get("nbf", 0))
    if end is None or start is None:
        raise request.refuse(50027)
    if now >= end or start > now + CLOCK_SKEW:
        raise request.refuse(
            700024, now=instant_text(now), start=instant_text(start), end=instant_text(end)
        )


def _seconds(value: object) -> float | None:
    """Return a NumericDate, which may have a fraction (RFC 7519, section 2)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None

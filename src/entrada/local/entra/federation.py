"""Workload identity federation: a token of an external issuer in place of a client's own proof.

Issuer, subject and audience are compared letter for letter with the federated credentials of an
application or a user-assigned managed identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jwt

from entrada.local.entra.assertions import (
    UNREADABLE,
    AssertionParts,
    check_time_range,
    is_signed_by,
)
from entrada.local.entra.issuers import keys_of

if TYPE_CHECKING:
    from entrada.local.entra.request import TokenRequest
    from entrada.local.state import Document

_NO_KEY = "The issuer has no such key."
_BAD_SIGNATURE = "The signature is not the issuer's."


def check_federated_assertion(
    request: TokenRequest, owner: Document, assertion: AssertionParts
) -> None:
    """Refuse an assertion that matches no federated credential or is not its issuer's."""
    _check_match(request, owner.get("federatedIdentityCredentials", []), assertion)
    _check_signature(request, assertion)
    check_time_range(request, assertion)


def _check_match(
    request: TokenRequest, credentials: list[Document], assertion: AssertionParts
) -> None:
    issuer, subject = assertion.issuer, assertion.subject
    audience = ", ".join(assertion.audiences)
    if not credentials:
        raise request.refuse(70021, issuer=issuer, subject=subject, audience=audience)
    credentials = [each for each in credentials if each["issuer"] == issuer]
    if not credentials:
        raise request.refuse(700211, issuer=issuer)
    credentials = [each for each in credentials if each["subject"] == subject]
    if not credentials:
        raise request.refuse(700213, subject=subject)
    if not any(set(each["audiences"]) & set(assertion.audiences) for each in credentials):
        raise request.refuse(700212, audience=audience)


def _check_signature(request: TokenRequest, assertion: AssertionParts) -> None:
    keys = keys_of(request.cloud, assertion.issuer)
    if keys is None:
        raise request.refuse(50166, issuer=assertion.issuer)
    kid = assertion.header.get("kid")
    named = [key for key in keys if key.get("kid") == kid]
    if not named:
        raise _unproved(request, _NO_KEY, kid)
    if not any(is_signed_by(assertion, _public_key(key)) for key in named):
        raise _unproved(request, _BAD_SIGNATURE, kid)


def _public_key(key: dict[str, Any]) -> object:
    try:
        return jwt.PyJWK(key, "RS256").key
    except UNREADABLE:
        return None


def _unproved(request: TokenRequest, reason: str, kid: str | None) -> Exception:
    return request.refuse(
        700027, reason=reason, thumbprint=kid or "", configured="those of the issuer"
    )

"""Client assertions signed with a registered certificate (``private_key_jwt``).

The header names the certificate by ``x5t``, ``x5t#S256`` or a whole chain ``x5c``; all that are
there must name the same registered one. Padded base64url is read as Entra reads it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING

from cryptography import x509

from entrada.local import keys, tokens
from entrada.local.entra.assertions import AssertionParts, check_time_range, is_signed_by

if TYPE_CHECKING:
    from entrada.local.entra.request import TokenRequest
    from entrada.local.state import Document

_NOT_FOUND = "The key was not found."
_EXPIRED = "The key used is expired."
_BAD_SIGNATURE = "The key was found, but the signature is not its own."
_TOKEN_PATHS = ("/oauth2/v2.0/token", "/oauth2/token", "/v2.0")


def check_certificate_assertion(
    request: TokenRequest, app_id: str, owner: Document, assertion: AssertionParts
) -> None:
    """Refuse an assertion that no registered certificate signed for this client, here and now."""
    if assertion.issuer.lower() != app_id:
        raise request.refuse(700021)
    if assertion.subject != assertion.issuer:
        raise request.refuse(50048)
    audience = assertion.claims.get("aud")
    if not isinstance(audience, str):
        raise request.refuse(50027)
    _check_signature(request, owner, assertion)
    check_time_range(request, assertion)
    if audience not in _audiences(request):
        raise request.refuse(700023)


def _check_signature(request: TokenRequest, owner: Document, assertion: AssertionParts) -> None:
    credential = _named_credential(owner, assertion)
    if credential is None:
        raise _unproved(request, owner, assertion, _NOT_FOUND)
    certificate = x509.load_der_x509_certificate(base64.b64decode(credential["certificate"]))
    if not is_signed_by(assertion, certificate.public_key()):
        raise _unproved(request, owner, assertion, _BAD_SIGNATURE)
    if credential["endDateTime"] <= keys.iso_time(request.cloud.clock()):
        raise _unproved(request, owner, assertion, _EXPIRED)


def _named_credential(owner: Document, assertion: AssertionParts) -> Document | None:
    named = _named_thumbprints(assertion)
    for credential in owner.get("keyCredentials", ()):
        der = base64.b64decode(credential["certificate"])
        if named and named.items() <= _thumbprints(der).items():
            return dict(credential)
    return None


def _thumbprints(der: bytes) -> dict[str, bytes | None]:
    return {"x5t": keys.sha1(der), "x5t#S256": hashlib.sha256(der).digest(), "x5c": der}


def _named_thumbprints(assertion: AssertionParts) -> dict[str, bytes | None]:
    """Return what the header says of its certificate; ``None`` for what cannot be read."""
    header = assertion.header
    named: dict[str, bytes | None] = {
        name: _base64(header[name]) for name in ("x5t", "x5t#S256") if name in header
    }
    if "x5c" in header:
        chain = header["x5c"]
        leaf = chain[0] if isinstance(chain, list) and chain else chain
        named["x5c"] = _base64(leaf)
    return named


def _base64(text: object) -> bytes | None:
    """Decode base64 of either alphabet, with or without padding, with line breaks."""
    if not isinstance(text, str):
        return None
    plain = "".join(text.split()).rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def _audiences(request: TokenRequest) -> set[str]:
    """Return what ``aud`` may be: token endpoints and issuers, however the tenant is written."""
    tenant = request.tenant or {}
    names = {request.tenant_name, tenant.get("id"), tenant.get("domain")} - {None}
    origins = {request.cloud.endpoints.login, request.inbound.origin}
    return {
        f"{origin}/{name}{path}" for origin in origins for name in names for path in _TOKEN_PATHS
    } | {tokens.issuer_v1(str(name)) for name in names}


def _unproved(
    request: TokenRequest, owner: Document, assertion: AssertionParts, reason: str
) -> Exception:
    shown = _named_thumbprints(assertion).get("x5t") or b""
    configured = ", ".join(each["thumbprint"] for each in owner.get("keyCredentials", ()))
    return request.refuse(
        700027,
        reason=reason,
        thumbprint=shown.hex().upper(),
        configured=configured or "none",
    )

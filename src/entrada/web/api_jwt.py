"""Reading a JSON Web Token, and its signature: RFC 7515 and RFC 7519, RS256 only.

What comes out of :func:`read` is a stranger's word until :func:`verify` has been called.
"""

from __future__ import annotations

import json
from binascii import a2b_base64
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from entrada.web.api_errors import TokenRefusedError, refuse
from entrada.web.api_jwks import VERSIONS, SigningKey, Version

LONGEST = 64 * 1024
"""Characters of a token; servers refuse longer headers anyway."""

_BASE64 = bytes.maketrans(b"-_+/=", b"+/???")  # strict decoding refuses "?"
_PADDING = PKCS1v15()
_DIGEST = SHA256()
_TYPES = {"jwt", "at+jwt", "application/at+jwt"}


class Unproved(NamedTuple):
    """What a token says, with what its signature is over."""

    kid: str
    version: Version
    claims: dict[str, Any]
    signed: bytes
    signature: bytes

    def __repr__(self) -> str:
        return f"Unproved({self.kid!r}, {self.version!r})"


def read(token: str) -> Unproved:
    """Return what a token says; raise TokenRefusedError for one that Entra cannot have signed."""
    if not isinstance(token, str) or len(token) > LONGEST:
        raise _malformed()
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    try:
        kid = _kid(header)
        claims = json.loads(_decoded(payload))
        proof = _decoded(signature)
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(claims, dict):
        raise _malformed()
    version = claims.get("ver")
    if version not in VERSIONS:
        raise refuse(
            "unknown_version",
            "The token is of no version that Microsoft Entra issues.",
            "Its claim ver has to be 1.0 or 2.0: ask Entra for a token for this API.",
        )
    return Unproved(kid, version, claims, signed.encode("ascii"), proof)


def verify(unproved: Unproved, key: SigningKey) -> None:
    """Raise TokenRefusedError unless the token is signed by the key."""
    try:
        key.public.verify(unproved.signature, unproved.signed, _PADDING, _DIGEST)
    except InvalidSignature:
        raise refuse(
            "bad_signature",
            "The token's signature is not valid.",
            "It was changed on its way, or made by somebody else.",
        ) from None


@lru_cache(maxsize=64)
def _kid(header: str) -> str:
    """Return the key id of a header that is as it has to be; all tokens of a key share theirs."""
    fields = json.loads(_decoded(header))
    if not isinstance(fields, dict):
        raise ValueError("no JSON object")
    if fields.get("alg") != "RS256":
        raise refuse(
            "algorithm_not_allowed",
            "The token is not signed with RS256.",
            "Microsoft Entra signs with RS256 only: somebody else made this token.",
        )
    if "crit" in fields or "b64" in fields:
        raise refuse("critical_header", "The token's header demands an extension.")
    if str(fields.get("typ", "JWT")).lower() not in _TYPES:
        raise refuse("wrong_type", "The token is no bearer token but of another type.")
    if "nonce" in fields:
        raise refuse(
            "graph_token",
            "The token is for Microsoft Graph, which alone can verify it.",
            "Ask for a scope of this API, such as api://<client id>/access_as_user.",
        )
    kid = fields.get("kid")
    if not isinstance(kid, str) or not kid:
        raise refuse("unknown_key", "The token does not say which key it is signed with.")
    return kid


def _decoded(segment: str) -> bytes:
    """Decode base64url without padding (RFC 7515, section 2), and nothing that only looks like it.

    Raises ``ValueError``.
    """
    text = segment.encode("ascii").translate(_BASE64)
    return a2b_base64(text + b"=" * (-len(text) % 4), strict_mode=True)


def _malformed() -> TokenRefusedError:
    return refuse(
        "malformed_token",
        "The token is no JSON Web Token.",
        "Send the access token as it is: Authorization: Bearer <token>.",
    )

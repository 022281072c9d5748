"""Proof of possession: who rolls a certificate of an object has to hold one that it has.

A proof is a JSON Web Token signed with that certificate's key, for Graph, for ten minutes.
https://learn.microsoft.com/graph/application-rollkey-prooftoken
"""

from __future__ import annotations

import base64
import math
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from entrada.local import graph_permissions
from entrada.local.cloud import Cloud
from entrada.local.entra.assertions import ALGORITHMS, UNREADABLE
from entrada.local.graph.access import PUBLIC
from entrada.local.graph.errors import GraphError, bad_request
from entrada.local.keys import iso_time
from entrada.local.state import Document
from entrada.local.tokens import CLOCK_SKEW, SIGNATURE_ONLY

LONGEST = 600
"""How many seconds a proof may hold."""

_AUDIENCES = ("00000002-0000-0000-c000-000000000000", graph_permissions.APP_ID, PUBLIC)


def check_proof(cloud: Cloud, owner: Document, proof: Any) -> None:
    """Raise 400 for a proof that no certificate of ``owner`` signed, for Graph and for now."""
    for credential in owner.get("keyCredentials", ()):
        claims = _signed_by(credential, proof)
        if claims is not None:
            _check_claims(cloud, owner, claims)
            if credential["endDateTime"] <= iso_time(cloud.clock()):
                raise _refusal("the certificate that signed it is expired.")
            return
    raise _refusal(
        "no certificate of the object signed it. An object without a valid certificate gets its "
        "first one by PATCH of keyCredentials."
    )


def _check_claims(cloud: Cloud, owner: Document, claims: dict[str, Any]) -> None:
    if claims.get("aud") not in _AUDIENCES:
        raise _refusal(f"its 'aud' has to be {_AUDIENCES[0]}.")
    if claims.get("iss") not in (owner["id"], owner["appId"]):
        raise _refusal(f"its 'iss' has to be the id of the object, {owner['id']}.")
    now, end, start = cloud.clock(), _seconds(claims.get("exp")), _seconds(claims.get("nbf", 0))
    if end is None or start is None or not start - CLOCK_SKEW <= now < end:
        raise _refusal("it is expired or not yet valid, or does not say when it ends.")
    if end > now + LONGEST + CLOCK_SKEW:
        raise _refusal(f"it may hold for {LONGEST} seconds.")


def _signed_by(credential: Document, proof: Any) -> dict[str, Any] | None:
    """Return the claims of a proof that a certificate's key signed, else ``None``."""
    certificate = x509.load_der_x509_certificate(base64.b64decode(credential["certificate"]))
    key = certificate.public_key()
    if not isinstance(proof, str) or not isinstance(key, RSAPublicKey):
        return None
    try:
        claims: dict[str, Any] = jwt.decode(proof, key, list(ALGORITHMS), options=SIGNATURE_ONLY)
    except UNREADABLE:
        return None
    return claims


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:
        return None


def _refusal(reason: str) -> GraphError:
    return bad_request(f"The proof of possession is not valid: {reason}", "Authentication_Failed")

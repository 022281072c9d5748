"""RSA signing keys with a self-signed certificate: Entra's own, and those of local OIDC issuers.

A key is made at first use and rests in State (kind ``setting``), so tokens stay valid over
restarts. This module knows no claims. A key's JWK has the members of Entra's key documents
(RFC 7517: ``kid x5t x5c n e``).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from jwt.algorithms import RSAAlgorithm

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud

ENTRA_KEY = "signingKey"
_CERTIFICATE_LIFETIME = timedelta(days=5 * 365)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, its key id and its public half as a JSON Web Key."""

    kid: str
    private: rsa.RSAPrivateKey = field(repr=False)
    jwk: dict[str, Any] = field(repr=False)

    def sign(self, claims: dict[str, Any], headers: dict[str, Any] | None = None) -> str:
        """Return the claims as a JWT signed with RS256."""
        named = {"kid": self.kid, **(headers or {})}
        return jwt.encode(claims, self.private, algorithm="RS256", headers=named)


def signing_key(cloud: Cloud, name: str = ENTRA_KEY) -> SigningKey:
    """Return the key of that name, made now where there is none yet."""
    return known_key(cloud, name) or _made(cloud, name)


def known_key(cloud: Cloud, name: str) -> SigningKey | None:
    """Return the key of that name, or ``None`` where it was never used."""
    document = cloud.state.get("setting", name)
    return _load(document["value"]) if document else None


def _made(cloud: Cloud, name: str) -> SigningKey:
    pem = _generate(cloud.clock())
    with cloud.state.transaction():
        # Another thread or process may have been faster: all have to sign with the same key.
        kept = cloud.state.get("setting", name) or cloud.state.put("setting", name, {"value": pem})
    return _load(kept["value"])


def certificate_facts(der: bytes) -> dict[str, Any]:
    """Return a certificate (DER) as Microsoft Graph shows it; raise ``ValueError`` for none."""
    certificate = x509.load_der_x509_certificate(der)
    return {
        "type": "AsymmetricX509Cert",
        "usage": "Verify",
        "displayName": certificate.subject.rfc4514_string(),
        "certificate": base64.b64encode(der).decode(),
        "thumbprint": sha1(der).hex().upper(),
        "startDateTime": iso_time(certificate.not_valid_before_utc.timestamp()),
        "endDateTime": iso_time(certificate.not_valid_after_utc.timestamp()),
    }


def iso_time(epoch: float) -> str:
    """Write epoch seconds as Microsoft Graph does."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sha1(der: bytes) -> bytes:
    """Return a certificate's thumbprint, which ``x5t`` defines as SHA-1 (RFC 7515, 4.1.7)."""
    return hashlib.sha1(der, usedforsecurity=False).digest()


def base64url(data: bytes) -> str:
    """Encode as base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _generate(now: float) -> str:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "accounts.accesscontrol.entrada")])
    start = datetime.fromtimestamp(now, UTC).replace(microsecond=0)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + _CERTIFICATE_LIFETIME)
        .sign(private, hashes.SHA256())
    )
    key_pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return (key_pem + certificate.public_bytes(serialization.Encoding.PEM)).decode()


@lru_cache(maxsize=32)
def _load(pem: str) -> SigningKey:
    """Read a key; remembered by its text, so another text can never answer for it."""
    private = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(private, rsa.RSAPrivateKey):
        raise TypeError("a signing key must be an RSA key")
    certificate = x509.load_pem_x509_certificate(pem.encode())
    der = certificate.public_bytes(serialization.Encoding.DER)
    thumbprint = base64url(sha1(der))
    public = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    jwk = {
        "kty": "RSA",
        "use": "sig",
        "kid": thumbprint,
        "x5t": thumbprint,
        "n": public["n"],
        "e": public["e"],
        "x5c": [base64.b64encode(der).decode()],
    }
    return SigningKey(thumbprint, private, jwk)

"""Certificates as client credentials: PEM or PFX in, signed client assertions out.

The assertion follows Entra's certificate credentials: PS256 with ``x5t#S256``; AD FS knows only
RS256 with ``x5t``. cryptography and PyJWT load when the first certificate does.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from entrada.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

LIFETIME = 600.0
"""Seconds that an assertion lives: Entra honours up to ten minutes."""


class Signer(NamedTuple):
    """A loaded certificate with its private key. ``chain`` starts with the certificate itself."""

    key: RSAPrivateKey
    chain: tuple[Certificate, ...]

    def __repr__(self) -> str:
        return f"Signer(chain={self.chain!r})"

    def assertion(
        self, audience: str, client_id: str, now: float, *, send_chain: bool, legacy: bool
    ) -> str:
        """Return a signed client assertion for a token endpoint.

        ``legacy`` signs with RS256 and names the certificate by its SHA-1 thumbprint.
        """
        import uuid

        import jwt
        from cryptography.hazmat.primitives.hashes import SHA1, SHA256
        from cryptography.hazmat.primitives.serialization import Encoding

        leaf = self.chain[0]
        digest = SHA1() if legacy else SHA256()  # noqa: S303 - a name for a certificate, not a seal
        name = "x5t" if legacy else "x5t#S256"
        thumbprint = base64.urlsafe_b64encode(leaf.fingerprint(digest)).rstrip(b"=").decode()
        headers: dict[str, Any] = {name: thumbprint}
        if send_chain:
            headers["x5c"] = [
                base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in self.chain
            ]
        issued = int(now)
        claims = {
            "aud": audience,
            "iss": client_id,
            "sub": client_id,
            "jti": str(uuid.uuid4()),
            "iat": issued,
            "nbf": issued,
            "exp": issued + int(LIFETIME),
        }
        return jwt.encode(claims, self.key, "RS256" if legacy else "PS256", headers)


def load_signer(data: bytes, password: bytes | None, source: str) -> Signer:
    """Load a PEM file (key and certificates) or a PFX; raise ConfigurationError, naming ``source``.

    In a PEM file the certificate that belongs to the key comes first in the chain, wherever it
    stands in the file.
    """
    is_pem = b"-----BEGIN" in data
    key, certificates = (_load_pem if is_pem else _load_pfx)(data, password, source)
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    if not isinstance(key, RSAPrivateKey):
        raise _unusable(source, "its key is not an RSA key", "Entra takes RSA keys only.")
    own = key.public_key()
    leaf = next((each for each in certificates if each.public_key() == own), None)
    if leaf is None:
        raise _unusable(
            source,
            "none of its certificates belongs to its private key",
            "Put the certificate and its own key into one file.",
        )
    rest = [each for each in certificates if each is not leaf]
    return Signer(key, (leaf, *rest))


def _load_pem(data: bytes, password: bytes | None, source: str) -> tuple[Any, list[Certificate]]:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificates

    if b"PRIVATE KEY-----" not in data:
        hint = "Append the private key to it: cat certificate.pem key.pem > both.pem"
        raise _unusable(source, "it has no private key", hint)
    if b"BEGIN CERTIFICATE" not in data:
        hint = "Append the certificate to it: cat certificate.pem key.pem > both.pem"
        raise _unusable(source, "it has no certificate", hint)
    encrypted = b"ENCRYPTED" in data
    certificates = _attempt(lambda: load_pem_x509_certificates(data), source, password)
    key = _attempt(
        lambda: load_pem_private_key(data, password if encrypted else None), source, password
    )
    return key, certificates


def _load_pfx(data: bytes, password: bytes | None, source: str) -> tuple[Any, list[Certificate]]:
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

    key, leaf, others = _attempt(
        lambda: load_key_and_certificates(data, password), source, password
    )
    if key is None or leaf is None:
        raise _unusable(
            source,
            "it lacks a private key or its certificate",
            "Export it again with both: openssl pkcs12 -export -in cert.pem -inkey key.pem",
        )
    return key, [leaf, *others]


def _attempt(load: Callable[[], Any], source: str, password: bytes | None) -> Any:
    try:
        return load()
    except TypeError:
        raise _unusable(
            source,
            "its private key is encrypted and no password was given",
            "Pass password=, or set AZURE_CLIENT_CERTIFICATE_PASSWORD.",
        ) from None
    except Exception as error:
        from cryptography.exceptions import UnsupportedAlgorithm

        if not isinstance(error, ValueError | UnsupportedAlgorithm):
            raise
        why = "it is not a PEM or PFX certificate with a key, or it is damaged"
        if password is not None or "password" in str(error).lower():
            why += ", or the password is wrong or missing"
        hint = "Check it: openssl x509 -in FILE -noout, or openssl pkcs12 -in FILE -noout"
        raise _unusable(source, why, hint) from None


def _unusable(source: str, why: str, hint: str) -> ConfigurationError:
    return ConfigurationError(f"{source} cannot be used: {why}.", code="bad_certificate", hint=hint)

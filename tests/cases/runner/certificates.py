"""Certificate files by kind, for the ``files`` of a case: ``certificate``, ``password``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)

_SINCE, _UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """Return the RSA key of a name, always the same in one process."""
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate(name: str) -> x509.Certificate:
    """Return the self-signed certificate of a key."""
    return _certificate(name, key(name))


def _certificate(
    name: str, private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, private.public_key(), 1, _SINCE, _UNTIL)
    return builder.sign(private, SHA256())


def _key_pem(password: str) -> bytes:
    sealed: KeySerializationEncryption = NoEncryption()
    if password:
        sealed = BestAvailableEncryption(password.encode())
    return key("own").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, sealed)


def _pem(name: str) -> bytes:
    return certificate(name).public_bytes(Encoding.PEM)


def _pfx(password: str) -> bytes:
    sealed: KeySerializationEncryption = NoEncryption()
    if password:
        sealed = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(
        b"own", key("own"), certificate("own"), [certificate("issuer")], sealed
    )


def _elliptic(_password: str) -> bytes:
    private = ec.generate_private_key(ec.SECP256R1())
    secret = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return secret + _certificate("elliptic", private).public_bytes(Encoding.PEM)


_KINDS: Mapping[str, Callable[[str], bytes]] = {
    "pem": lambda password: _pem("own") + _key_pem(password),
    "pem-key-first": lambda password: _key_pem(password) + _pem("own"),
    "pem-issuer-first": lambda password: _pem("issuer") + _pem("own") + _key_pem(password),
    "pem-of-another-key": lambda password: _pem("issuer") + _key_pem(password),
    "pem-without-key": lambda _password: _pem("own"),
    "pem-without-certificate": _key_pem,
    "pem-elliptic": _elliptic,
    "pfx": _pfx,
}


def certificate_file(kind: str, password: str) -> bytes:
    """Return the bytes of a certificate file of a kind."""
    return _KINDS[kind](password)

"""Reading a key document of Entra: the RSA keys that signatures can be verified with. RFC 7517."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import RSAAlgorithm
from jwt.exceptions import InvalidKeyError

Version: TypeAlias = Literal["1.0", "2.0"]
VERSIONS: tuple[Version, ...] = ("1.0", "2.0")

_SMALLEST = 2048
"""Bits of an RSA key, RFC 7518, section 3.3."""


class SigningKey(NamedTuple):
    """A public key, and for whom it may sign.

    ``issuer`` is that of the metadata, ``own_issuer`` what the key's own entry says (``""``:
    nothing). In both ``{tenantid}`` stands for the tenant of the token.
    """

    kid: str
    version: Version
    issuer: str
    own_issuer: str
    public: RSAPublicKey
    numbers: tuple[str, str]

    def __repr__(self) -> str:
        return f"SigningKey({self.kid!r}, {self.version!r})"


def usable_keys(
    entries: object, version: Version, issuer: str, before: Mapping[str, SigningKey]
) -> dict[str, SigningKey]:
    """Return the RSA keys for signatures by key id; one that has not changed stays the same object.

    ``issuer`` is that of the metadata; what cannot be read or used is left out.
    """
    found: dict[str, SigningKey] = {}
    for entry in entries if isinstance(entries, list) else ():
        key = _read(entry, version, issuer) if isinstance(entry, dict) else None
        if key is not None:
            old = before.get(key.kid)
            same = old is not None and old._replace(public=key.public) == key
            found[key.kid] = cast("SigningKey", old) if same else key
    return found


def _read(entry: Mapping[str, Any], version: Version, issuer: str) -> SigningKey | None:
    kid, modulus, exponent = (entry.get(name) for name in ("kid", "n", "e"))
    texts = all(isinstance(text, str) and text for text in (kid, modulus, exponent))
    if not texts or entry.get("kty") != "RSA" or entry.get("use", "sig") != "sig":
        return None
    if entry.get("alg", "RS256") != "RS256":
        return None
    try:
        public = RSAAlgorithm.from_jwk({"kty": "RSA", "n": modulus, "e": exponent})
    except (InvalidKeyError, ValueError):
        return None
    if public.key_size < _SMALLEST:
        return None
    own = entry.get("issuer")
    return SigningKey(
        str(kid),
        version,
        issuer,
        own if isinstance(own, str) else "",
        cast("RSAPublicKey", public),
        (str(modulus), str(exponent)),
    )

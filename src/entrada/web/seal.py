"""Sealing what a session store keeps: AES-256-GCM, bound to the row it belongs to.

The first key seals, every key opens, so a new one is put before the old one and the old one taken
away once all that it sealed has expired.
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from entrada.errors import ConfigurationError

_NONCE = 12
_SHORTEST = 32
_PURPOSE = b"entrada web session v1"


class Seal:
    """Seals documents with a ring of keys; without any, with one that lives as long as this."""

    def __init__(self, keys: Iterable[str | bytes] = ()) -> None:
        if isinstance(keys, str | bytes):
            raise ConfigurationError(
                "session_keys has to be a list of keys, not one.",
                code="bad_session_key",
                hint="Write session_keys=[key]: the first one seals, all of them open.",
            )
        given = [_bytes(key) for key in keys] or [secrets.token_bytes(_SHORTEST)]
        self._ring = [_derived(key) for key in given]

    def close(self, row: str, document: Any) -> bytes:
        """Return a document that only :meth:`open` can read, for that row only."""
        nonce = secrets.token_bytes(_NONCE)
        plain = json.dumps(document, separators=(",", ":")).encode()
        return nonce + self._ring[0].encrypt(nonce, plain, row.encode())

    def open(self, row: str, sealed: bytes) -> Any:
        """Return the document of a row, ``None`` for anything that was not sealed for it."""
        for key in self._ring:
            try:
                plain = key.decrypt(sealed[:_NONCE], sealed[_NONCE:], row.encode())
            except (InvalidTag, ValueError):
                continue
            return json.loads(plain)
        return None

    def text(self, purpose: str, document: Any) -> str:
        """Return a document as text that may stand in an address."""
        return urlsafe_b64encode(self.close(purpose, document)).rstrip(b"=").decode()

    def read(self, purpose: str, text: str) -> Any:
        """Return the document of a text, ``None`` for one that was not made for that purpose."""
        try:
            sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            return None
        return self.open(purpose, sealed)


def _bytes(key: str | bytes) -> bytes:
    data = key.encode() if isinstance(key, str) else key
    if len(data) >= _SHORTEST:
        return data
    raise ConfigurationError(
        f"A session key has to have {_SHORTEST} bytes or more; this one has {len(data)}.",
        code="bad_session_key",
        hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(32))"',
    )


def _derived(key: bytes) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, None, _PURPOSE).derive(key))

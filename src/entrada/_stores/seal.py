"""How entries are sealed: AES-256-GCM, bound to the entry's name and marked with the key's id.

Names are keyed hashes, so they tell nothing of tenant, application or person either, and
processes with different keys that share a file never meet each other's entries.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

KEY_BYTES = 32
_FORMAT = b"\x01"
_ID_BYTES, _NONCE_BYTES = 8, 12
_HEAD = len(_FORMAT) + _ID_BYTES + _NONCE_BYTES


class Unreadable(Exception):
    """These bytes are not what this key sealed under this name."""


class Seal:
    """One key. Its parts for sealing, naming and recognising are derived from it."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a sealing key has {KEY_BYTES} bytes, not {len(key)}")
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(_derived(key, b"entrada seal 1"))
        self._names = _derived(key, b"entrada name 1")
        self.key_id = _derived(key, b"entrada id 1")[:_ID_BYTES]

    def name(self, text: str) -> str:
        """Return the name under which an entry rests."""
        return hmac.new(self._names, text.encode(), hashlib.sha256).hexdigest()

    def close(self, name: str, data: bytes) -> bytes:
        """Return sealed bytes for an entry of that name."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        head = _FORMAT + self.key_id + nonce
        return head + self._cipher.encrypt(nonce, data, head + name.encode())

    def open(self, name: str, sealed: bytes) -> bytes:
        """Return an entry's bytes; raise :class:`Unreadable` where they are not ours, or changed.

        An entry that was moved to another name does not open either.
        """
        from cryptography.exceptions import InvalidTag

        head, rest = sealed[:_HEAD], sealed[_HEAD:]
        if len(head) < _HEAD or not head.startswith(_FORMAT + self.key_id):
            raise Unreadable("sealed with another key, or no entry")
        try:
            return self._cipher.decrypt(head[-_NONCE_BYTES:], rest, head + name.encode())
        except InvalidTag:
            raise Unreadable("changed since it was sealed") from None

    def __repr__(self) -> str:
        return f"Seal({self.key_id.hex()})"


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, purpose, hashlib.sha256).digest()

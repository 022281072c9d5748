"""What Entra hands out and takes back: values that only this cloud can make or read.

Authorization codes and refresh tokens are sealed documents (AES-256-GCM), so nothing is kept of
them; forms and pairwise subjects use keyed digests. Keys rest in State, one for each purpose.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from entrada.local.keys import base64url

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

_NONCE = 12


def seal(cloud: Cloud, purpose: str, body: Document) -> str:
    """Return a document as opaque text."""
    nonce = secrets.token_bytes(_NONCE)
    text = json.dumps(body, separators=(",", ":")).encode()
    sealed = AESGCM(_key(cloud, purpose)).encrypt(nonce, text, purpose.encode())
    return "1." + base64url(nonce + sealed)


def unseal(cloud: Cloud, purpose: str, text: str) -> Document | None:
    """Return the document that was sealed for that purpose, ``None`` for any other text."""
    version, _, encoded = text.partition(".")
    if version != "1":
        return None
    try:
        data = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        plain = AESGCM(_key(cloud, purpose)).decrypt(data[:_NONCE], data[_NONCE:], purpose.encode())
    except (binascii.Error, ValueError, InvalidTag):
        return None
    body: Document = json.loads(plain)
    return body


def digest(cloud: Cloud, purpose: str, *parts: str) -> str:
    """Return a keyed digest of texts, as base64url."""
    message = json.dumps([purpose, *parts]).encode()
    return base64url(hmac.digest(_key(cloud, purpose), message, hashlib.sha256))


def _key(cloud: Cloud, purpose: str) -> bytes:
    name = f"key:{purpose}"
    kept = cloud.state.get("setting", name)
    if kept is None:
        with cloud.state.transaction():
            kept = cloud.state.get("setting", name) or cloud.state.put(
                "setting", name, {"value": secrets.token_hex(32)}
            )
    return bytes.fromhex(kept["value"])

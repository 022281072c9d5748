"""The signature of a request by an account's key, as Azurite checks it.

https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from entrada._engine.effects import Request

_BEFORE_LENGTH = ("content-encoding", "content-language")
_AFTER_LENGTH = (
    "content-md5",
    "content-type",
    "date",
    "if-modified-since",
    "if-match",
    "if-none-match",
    "if-unmodified-since",
    "range",
)
_COLLATED = str.maketrans({"_": "\x01"})
"""Azurite sorts header names by the rules of language, in which ``_`` is before all others."""


def sign(account: str, key: bytes, request: Request) -> str:
    """Return the ``Authorization`` header of a request whose URL is its path and query as sent.

    Its headers have lower-case names.
    """
    headers = request.headers
    lines = [
        request.method,
        *(headers.get(name, "") for name in _BEFORE_LENGTH),
        str(len(request.body)) if request.body else "",
        *(headers.get(name, "") for name in _AFTER_LENGTH),
        *(f"{name}:{headers[name].lstrip()}" for name in _storage_headers(headers)),
        *_resource(account, request.url),
    ]
    text = "\n".join(lines).encode("utf-8")
    signature = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    return f"SharedKey {account}:{signature}"


def _storage_headers(headers: Mapping[str, str]) -> list[str]:
    found = (name for name in headers if name.startswith("x-ms-"))
    return sorted(found, key=lambda name: name.translate(_COLLATED))


def _resource(account: str, target: str) -> list[str]:
    url = urlsplit(target)
    pairs = sorted(parse_qsl(url.query, keep_blank_values=True))
    return [f"/{account}{url.path}", *(f"{name}:{value}" for name, value in pairs)]

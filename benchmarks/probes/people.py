"""People who do not exist: their assertions, and a token endpoint's answers for them.

The answers have the fields and the sizes of Entra's, and no signature worth the name.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

_PADDING = "x" * 1200


def assertion_of(number: int) -> str:
    """Return the access token that a person calls the API with."""
    return f"{_PADDING}.{number:08d}.{_PADDING[:340]}"


def discovery(authority: str) -> bytes:
    """Return an authority's OpenID configuration, as far as a client needs it."""
    document = {
        "issuer": f"{authority}/v2.0",
        "authorization_endpoint": f"{authority}/oauth2/v2.0/authorize",
        "token_endpoint": f"{authority}/oauth2/v2.0/token",
    }
    return json.dumps(document).encode()


def answer(form: Mapping[str, str]) -> bytes:
    """Return a token, and what comes with it for a person."""
    reply: dict[str, Any] = {
        "token_type": "Bearer",
        "scope": form.get("scope", ""),
        "expires_in": 3600,
        "access_token": f"{_PADDING}.{uuid.uuid4()}",
    }
    if "assertion" in form:
        person = str(uuid.uuid5(uuid.NAMESPACE_OID, form["assertion"]))
        reply["id_token"] = _id_token(person, form.get("client_id", ""))
        reply["client_info"] = _encoded({"uid": person, "utid": "t"})
        if "offline_access" in reply["scope"]:
            reply["refresh_token"] = f"{_PADDING}.{uuid.uuid4()}"
    return json.dumps(reply).encode()


def answer_to(body: bytes) -> bytes:
    """Return the answer to a form as it was sent."""
    return answer(dict(parse_qsl(body.decode())))


def _id_token(person: str, client_id: str) -> str:
    now = int(time.time())
    claims = {
        "aud": client_id,
        "iss": "https://localhost/t/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "oid": person,
        "sub": person,
        "tid": "t",
        "preferred_username": f"{person}@example.com",
        "ver": "2.0",
    }
    return f"{_header()}.{_encoded(claims)}.c2lnbmVk"


@cache
def _header() -> str:
    return _encoded({"alg": "RS256", "typ": "JWT", "kid": "k"})


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

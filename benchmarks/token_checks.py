"""How many bearer tokens one core checks a second: each for the first time, again, and by PyJWT.

    python benchmarks/token_checks.py

The keys are at hand and every token is another, as large as Entra's are (some 1.3 kB).
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from entrada.testing import Request, Response, json_response
from entrada.web.api import TokenValidator

TOKENS = 4000
ROUNDS = 5
HOST = "https://login.example"
TENANT = "11111111-1111-4111-8111-111111111111"
API = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def authority(request: Request) -> Response:
    """Answer with the metadata and the key."""
    issuer = f"{HOST}/{TENANT}/v2.0"
    if request.url.endswith("openid-configuration"):
        return json_response({"issuer": issuer, "jwks_uri": f"{HOST}/keys"})
    key = RSAAlgorithm.to_jwk(PRIVATE.public_key(), as_dict=True)
    return json_response({"keys": [{**key, "use": "sig", "kid": "key", "issuer": issuer}]})


def minted(count: int) -> list[str]:
    """Return tokens with the claims that a user's token of version 2.0 has."""
    now = int(time.time())
    claims = {
        "aud": API,
        "iss": f"{HOST}/{TENANT}/v2.0",
        "iat": now - 300,
        "nbf": now - 300,
        "exp": now + 3600,
        "aio": "A" * 130,
        "azp": str(uuid.uuid4()),
        "azpacr": "0",
        "name": "Ana Example",
        "oid": str(uuid.uuid4()),
        "preferred_username": "ana@contoso.example",
        "rh": "0." + "A" * 50,
        "roles": ["Reader", "Writer"],
        "scp": "Files.Read Files.ReadWrite",
        "sub": "s" * 43,
        "tid": TENANT,
        "ver": "2.0",
        "xms_cc": ["cp1"],
    }
    headers = {"kid": "key"}
    return [
        jwt.encode({**claims, "uti": str(uuid.uuid4())}, PRIVATE, "RS256", headers=headers)
        for _ in range(count)
    ]


def rate(check: Callable[[str], object], tokens: Sequence[str]) -> float:
    """Return the checks a second of processor time."""
    start = time.process_time()
    for token in tokens:
        check(token)
    return len(tokens) / (time.process_time() - start)


def by_pyjwt(token: str) -> object:
    """Check as an application does by hand that has the key at hand."""
    issuer = f"{HOST}/{TENANT}/v2.0"
    return jwt.decode(token, PUBLIC, algorithms=["RS256"], audience=API, issuer=issuer)


PUBLIC = PRIVATE.public_key()


def main() -> None:
    """Print the best of some rounds of each."""
    tokens = minted(TOKENS)
    settings: dict[str, Any] = {"client_id": API, "tenant_id": TENANT, "authority": HOST}
    settings["transport"] = authority
    cold = TokenValidator(**settings, remembered=0)
    warm = TokenValidator(**settings, remembered=2 * TOKENS)
    for validator in (cold, warm):
        validator.validate(tokens[0])
    for token in tokens:
        warm.validate(token)
    ways = {"first": cold.validate, "again": warm.validate, "PyJWT": by_pyjwt}
    best = dict.fromkeys(ways, 0.0)
    for _ in range(ROUNDS):
        for name, check in ways.items():
            best[name] = max(best[name], rate(check, tokens))
    print(json.dumps({"characters of a token": len(tokens[0])}))
    for name, found in best.items():
        print(f"{name:6} {found:>9,.0f} checks/s  {1e6 / found:6.1f} us each")


if __name__ == "__main__":
    main()

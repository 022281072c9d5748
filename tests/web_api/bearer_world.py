"""The small world of the tests about bearer tokens: an API, its callers, keys that roll over."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from jwt.algorithms import RSAAlgorithm

from entrada._engine.effects import Request, Response
from entrada.testing import FakeClock, TransportFailure, World
from entrada.web.api import TokenValidator

NOW = 1_800_000_000.0
HOST = "https://login.entrada.test"
TENANT = "11111111-1111-4111-8111-111111111111"
OTHER_TENANT = "22222222-2222-4222-8222-222222222222"
CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
API = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
CLIENT = "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
USER = "cccccccc-cccc-4ccc-8ccc-cccccccccccc"


@cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """Return one key of that name for all tests: making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk(name: str, **members: object) -> dict[str, Any]:
    """Return a key's public half as Entra's key documents have it."""
    public = RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True)
    return {"kty": "RSA", "use": "sig", "kid": name, "n": public["n"], "e": public["e"], **members}


@dataclass
class Authority:
    """An authority whose documents a test can change; keeps the paths it was asked for."""

    segment: str = TENANT
    keys: dict[str, dict[str, Any]] = field(default_factory=lambda: {"first": {}})
    asked: list[str] = field(default_factory=list)
    down: bool = False

    @property
    def fetches(self) -> int:
        """How often a key document was asked for."""
        return sum("keys" in path for path in self.asked)

    def __call__(self, request: Request) -> Response:
        url = urlsplit(request.url)
        self.asked.append(url.path + (f"?{url.query}" if url.query else ""))
        if self.down:
            raise TransportFailure("connect", "nobody is there")
        return Response(200, {}, json.dumps(self.document(url.path)).encode())

    def document(self, path: str) -> dict[str, Any]:
        new = "/v2.0" in path
        tenant = self.segment if self.segment.count("-") == 4 else "{tenantid}"
        issuer = f"{HOST}/{tenant}/v2.0" if new else f"https://sts.windows.net/{tenant}/"
        if path.endswith("openid-configuration"):
            middle = "discovery/v2.0/keys" if new else "discovery/keys"
            return {"issuer": issuer, "jwks_uri": f"{HOST}/{self.segment}/{middle}"}
        named = {"issuer": issuer} if new else {}
        return {"keys": [jwk(name, **{**named, **more}) for name, more in self.keys.items()]}


@dataclass
class Bearers:
    """An API of a tenant, and whoever calls it."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    authority: Authority = field(default_factory=Authority)

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "client_id": API,
            "tenant_id": self.authority.segment,
            "authority": HOST,
            "transport": self.authority,
            "world": World.fake(clock=self.clock),
            **changes,
        }

    def validator(self, **changes: Any) -> TokenValidator:
        return TokenValidator(**self.settings(**changes))

    def claims(self, version: str = "2.0", **changes: object) -> dict[str, Any]:
        """Return the claims of a user's good access token; ``None`` leaves one out."""
        new = version == "2.0"
        tenant = changes.get("tid", TENANT)
        good = {
            "aud": API if new else f"api://{API}",
            "iss": f"{HOST}/{tenant}/v2.0" if new else f"https://sts.windows.net/{tenant}/",
            "iat": NOW - 60,
            "nbf": NOW - 60,
            "exp": NOW + 3600,
            "tid": tenant,
            "oid": USER,
            "sub": "pairwise",
            "azp" if new else "appid": CLIENT,
            "scp": "Files.Read Files.Write",
            "ver": version,
            **changes,
        }
        return {name: value for name, value in good.items() if value is not None}

    def app_claims(self, **changes: Any) -> dict[str, Any]:
        """Return the claims of an application's own good access token."""
        own: dict[str, Any] = {"scp": None, "sub": USER, "idtyp": "app"}
        own["roles"] = ["Files.Read.All"]
        return self.claims(**{**own, **changes})

    def token(self, version: str = "2.0", key: str = "first", **changes: object) -> str:
        return signed(self.claims(version, **changes), key)


def signed(claims: dict[str, Any], key: str = "first", **header: object) -> str:
    """Return claims with a key's signature, whatever they are; ``None`` leaves a member out."""
    members = {"alg": "RS256", "typ": "JWT", "kid": key, **header}
    named = {name: value for name, value in members.items() if value is not None}
    text = f"{segment(named)}.{segment(claims)}"
    return f"{text}.{base64url(private_key(key).sign(text.encode(), PKCS1v15(), SHA256()))}"


def segment(document: object) -> str:
    """Return a document as a token's segment."""
    return base64url(json.dumps(document).encode())


def base64url(data: bytes) -> str:
    """Encode without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture
def bearers() -> Iterator[Bearers]:
    yield Bearers()

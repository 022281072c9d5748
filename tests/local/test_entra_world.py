"""The small world that tests of Entra and of managed identity hosts start in."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from entrada._engine.effects import Request, Response
from entrada.local import directory, tokens
from entrada.local.cloud import Cloud
from entrada.local.keys import signing_key

NOW = 1_800_000_000.5
ARM = "https://management.azure.com"
SECRET = "correct horse battery + 100% staple"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Clock:
    """A clock that a test moves by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@cache
def entra_key() -> dict[str, Any]:
    """One signing key for all tests, because making one takes a tenth of a second."""
    cloud = Cloud(clock=lambda: NOW)
    signing_key(cloud)
    document = cloud.state.get("setting", "signingKey")
    cloud.state.close()
    assert document is not None
    return document


@cache
def key_pair(name: str) -> tuple[rsa.RSAPrivateKey, bytes]:
    """Return a client's private key and its self-signed certificate (DER)."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    start = datetime.fromtimestamp(int(NOW), UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=30))
        .sign(private, hashes.SHA256())
    )
    return private, certificate.public_bytes(serialization.Encoding.DER)


def base64url(data: bytes) -> str:
    """Encode with padding, as azure-identity does; strip it where a test wants none."""
    return base64.urlsafe_b64encode(data).decode()


@dataclass
class World:
    """A cloud with one application that has every kind of credential."""

    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.cloud = Cloud(clock=self.clock)
        self.cloud.state.put("setting", "signingKey", entra_key())
        self.tenant = directory.default_tenant(self.cloud)
        self.app_id: str = directory.create_application(self.cloud, "robot")["appId"]
        self.principal = directory.create_service_principal(self.cloud, self.app_id)
        directory.add_password(self.cloud, self.app_id, secret=SECRET, lifetime=86400)
        directory.add_certificate(self.cloud, self.app_id, key_pair("robot")[1])

    def get(self, path: str, headers: dict[str, str] | None = None) -> Response:
        return self.cloud.handle(Request("GET", self.cloud.endpoints.login + path, headers or {}))

    def post(
        self, form: dict[str, str], path: str = "", headers: dict[str, str] | None = None
    ) -> Response:
        url = f"{self.cloud.endpoints.login}{path or f'/{self.tenant}/oauth2/v2.0/token'}"
        return self.cloud.handle(Request("POST", url, headers or {}, urlencode(form).encode()))

    def form(self, **changes: str) -> dict[str, str]:
        """Return the body of a good request, with changes; an empty value leaves one out."""
        good = {
            "grant_type": "client_credentials",
            "client_id": self.app_id,
            "client_secret": SECRET,
            "scope": f"{ARM}/.default",
        }
        return {name: value for name, value in {**good, **changes}.items() if value}

    def assertion_form(self, assertion: str, **changes: str) -> dict[str, str]:
        return self.form(
            client_secret="",
            client_assertion=assertion,
            client_assertion_type=ASSERTION_TYPE,
            **changes,
        )

    def claims(self, **changes: object) -> dict[str, Any]:
        """Return the claims of a good client assertion, with changes; ``None`` leaves one out."""
        endpoint = f"{self.cloud.endpoints.login}/{self.tenant}/oauth2/v2.0/token"
        good = {
            "aud": endpoint,
            "iss": self.app_id,
            "sub": self.app_id,
            "jti": "1",
            "nbf": self.clock.now,
            "exp": self.clock.now + 600,
            **changes,
        }
        return {name: value for name, value in good.items() if value is not None}

    def signed(
        self,
        claims: dict[str, Any],
        key: str = "robot",
        algorithm: str = "RS256",
        **header: object,
    ) -> str:
        private, der = key_pair(key)
        named = header or {"x5t": base64url(hashlib.sha1(der).digest())}
        return jwt.encode(claims, private, algorithm=algorithm, headers=named)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.cloud.state.close()


def body(response: Response) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(response.body)
    return parsed


def granted(world: World, response: Response, audience: str = ARM) -> dict[str, Any]:
    """Return the claims of the token in a successful answer."""
    assert response.status == 200, response.body
    return tokens.verify(world.cloud, body(response)["access_token"], [audience])

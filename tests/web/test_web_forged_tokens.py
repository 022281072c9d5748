"""Id tokens that somebody else made, or for somebody else: none of them signs anybody in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from web_world import (
    COOKIE,
    Site,
    browser,
    site,
)

from entrada._engine.effects import Request, Response
from entrada.local.keys import signing_key
from entrada.web.http import Outgoing

__all__ = ["browser", "site"]

OTHER_TENANT = "22222222-2222-4222-8222-222222222222"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)

Claims = dict[str, Any]


class Forger:
    """Stands between site and authority, and gives the site an id token of its own making."""

    def __init__(self, site: Site, make: Callable[[Claims], str], **jwk: str) -> None:
        self._site = site
        self._make = make
        self._jwk = jwk

    def __call__(self, request: Request) -> Response:
        response = self._site.handle(request)
        if request.url.endswith("/token"):
            reply = json.loads(response.body)
            claims = jwt.decode(reply["id_token"], options={"verify_signature": False})
            reply["id_token"] = self._make(claims)
            return response._replace(body=json.dumps(reply).encode())
        if request.url.endswith("/keys") and self._jwk:
            keys = json.loads(response.body)
            public = RSAAlgorithm.to_jwk(_KEY.public_key(), as_dict=True)
            keys["keys"].append({"use": "sig", **public, **self._jwk})
            return response._replace(body=json.dumps(keys).encode())
        return response


def forge(site: Site, make: Callable[[Claims], str], **jwk: str) -> Outgoing:
    """Have a person sign in while somebody forges the id token; return the site's answer."""
    site.again(transport=Forger(site, make, **jwk))
    browser = site.browser()
    answer = browser.sign_in()
    assert browser.session() is None or answer.status == 303
    return answer


def good_key(site: Site, **changes: Any) -> Callable[[Claims], str]:
    """Sign as the authority does, other claims."""

    def make(claims: Claims) -> str:
        merged = {**claims, **changes}
        return signing_key(site.cloud).sign({k: v for k, v in merged.items() if v is not None})

    return make


def _segments(header: Claims, claims: Claims) -> str:
    parts = (json.dumps(each).encode() for each in (header, claims))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_the_forger_itself_is_let_in_with_a_good_token(site: Site) -> None:
    """Else the tests below would prove nothing."""
    assert forge(site, good_key(site)).status == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "11111111-1111-4111-8111-111111111111"},
        {"aud": None},
        {"iss": "https://login.entrada.test/22222222-2222-4222-8222-222222222222/v2.0"},
        {"iss": "https://evil.example/v2.0"},
        {"tid": OTHER_TENANT},
        {"tid": None},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1_799_999_000},
        {"exp": None},
        {"exp": "4000000000"},
        {"nbf": 1_800_001_000},
        {"iat": 1_800_001_000},
        {"acct": 1},
    ],
    ids=lambda changes: "-".join(f"{name}={value}" for name, value in changes.items()),
)
def test_claims_that_are_not_of_this_sign_in_are_refused(site: Site, changes: Claims) -> None:
    """Though the signature is the authority's."""
    answer = forge(site, good_key(site, **changes))
    assert (answer.status, f"{COOKIE}=" in str(answer.headers)) == (403, False)


def test_an_id_token_without_a_signature_is_refused(site: Site) -> None:
    """``alg`` none."""
    kid = signing_key(site.cloud).kid
    made = {"alg": "none", "kid": kid, "typ": "JWT"}
    assert forge(site, lambda claims: _segments(made, claims) + ".").status == 403


def test_an_id_token_signed_with_the_public_key_is_refused(site: Site) -> None:
    """``alg`` HS256, the key being what anybody can download."""
    key = signing_key(site.cloud)
    public = key.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def make(claims: Claims) -> str:
        text = _segments({"alg": "HS256", "kid": key.kid, "typ": "JWT"}, claims)
        proof = hmac.digest(pem, text.encode(), hashlib.sha256)
        return f"{text}.{base64.urlsafe_b64encode(proof).rstrip(b'=').decode()}"

    assert forge(site, make).status == 403


@pytest.mark.parametrize("kid", ["", "unknown"])
def test_an_id_token_of_another_key_is_refused(site: Site, kid: str) -> None:
    """Whether it names the authority's key or one that nobody knows."""
    named = kid or signing_key(site.cloud).kid
    answer = forge(site, lambda claims: jwt.encode(claims, _KEY, "RS256", headers={"kid": named}))
    assert answer.status == 403


def test_a_key_of_another_tenant_signs_for_that_one_alone(site: Site) -> None:
    """Though it stands in the same document."""
    issuer = f"{site.cloud.endpoints.login}/{OTHER_TENANT}/v2.0"
    answer = forge(
        site,
        lambda claims: jwt.encode(claims, _KEY, "RS256", headers={"kid": "theirs"}),
        kid="theirs",
        issuer=issuer,
    )
    assert answer.status == 403

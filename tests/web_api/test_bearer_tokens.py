"""The tokens that an API takes, and a table of those that it does not."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Callable
from typing import Any, TypeAlias

import jwt
import pytest
from bearer_world import (
    API,
    CLIENT,
    CONSUMERS,
    HOST,
    NOW,
    OTHER_TENANT,
    TENANT,
    USER,
    Bearers,
    base64url,
    bearers,
    private_key,
    segment,
    signed,
)
from cryptography.hazmat.primitives import serialization

from entrada.errors import ConfigurationError
from entrada.web.api import AsyncTokenValidator, TokenRefusedError

__all__ = ["bearers"]

Forge: TypeAlias = Callable[[Bearers], str]

PUBLIC_PEM = serialization.PublicFormat.SubjectPublicKeyInfo


def _hmac(bearers: Bearers) -> str:
    """Sign with the public key as if it were a shared secret."""
    pem = private_key("first").public_key().public_bytes(serialization.Encoding.PEM, PUBLIC_PEM)
    header = segment({"alg": "HS256", "kid": "first", "typ": "JWT"})
    text = f"{header}.{segment(bearers.claims())}"
    return f"{text}.{base64url(hmac.digest(pem, text.encode(), 'sha256'))}"


def _unsigned(bearers: Bearers) -> str:
    return f"{segment({'alg': 'none', 'kid': 'first'})}.{segment(bearers.claims())}."


def _changed(bearers: Bearers) -> str:
    header, _, signature = bearers.token().split(".")
    return f"{header}.{segment(bearers.claims(scp='Everything'))}.{signature}"


def _id_token(bearers: Bearers) -> dict[str, Any]:
    return bearers.claims(azp=None, scp=None, nonce="n", name="Ana")


def _with(version: str = "2.0", **changes: Any) -> Forge:
    return lambda bearers: bearers.token(version, **changes)


def _header(**changes: Any) -> Forge:
    return lambda bearers: signed(bearers.claims(), **changes)


BAD: dict[str, tuple[Forge, str]] = {
    "no token": (lambda _: "", "malformed_token"),
    "no JSON Web Token": (lambda _: "opaque", "malformed_token"),
    "two parts": (lambda bearers: bearers.token().rpartition(".")[0], "malformed_token"),
    "four parts": (lambda bearers: bearers.token() + ".x", "malformed_token"),
    "encrypted": (lambda _: "a.b.c.d.e", "malformed_token"),
    "no base64": (lambda bearers: bearers.token()[:-1] + "=", "malformed_token"),
    "standard base64": (lambda bearers: "+" + bearers.token()[1:], "malformed_token"),
    "letters beyond ASCII": (lambda bearers: bearers.token() + "é", "malformed_token"),
    "very long": (lambda bearers: bearers.token(more="x" * 70_000), "malformed_token"),
    "a list for claims": (
        lambda bearers: f"{bearers.token().split('.')[0]}.{segment([1])}.AAAA",
        "malformed_token",
    ),
    "endless brackets": (
        lambda bearers: f"{bearers.token().split('.')[0]}.{'W1tb' * 9000}.AAAA",
        "malformed_token",
    ),
    "alg none": (_unsigned, "algorithm_not_allowed"),
    "alg HS256 with the public key": (_hmac, "algorithm_not_allowed"),
    "alg RS512": (
        lambda bearers: jwt.encode(
            bearers.claims(), private_key("first"), "RS512", headers={"kid": "first"}
        ),
        "algorithm_not_allowed",
    ),
    "critical header": (_header(crit=["exp"]), "critical_header"),
    "another type": (_header(typ="dpop+jwt"), "wrong_type"),
    "for Microsoft Graph": (_header(nonce="x"), "graph_token"),
    "no kid": (_header(kid=None), "unknown_key"),
    "unknown kid": (_with(key="nobody"), "unknown_key"),
    "another's key under a known kid": (
        lambda bearers: signed(bearers.claims(), "mallory", kid="first"),
        "bad_signature",
    ),
    "changed claims": (_changed, "bad_signature"),
    "no version": (_with(ver=None), "unknown_version"),
    "version 3.0": (_with(ver="3.0"), "unknown_version"),
    "another tenant": (_with(tid=OTHER_TENANT), "wrong_issuer"),
    "another tenant's issuer": (_with(iss=f"{HOST}/{OTHER_TENANT}/v2.0"), "wrong_issuer"),
    "issuer with a slash more": (_with(iss=f"{HOST}/{TENANT}/v2.0/"), "wrong_issuer"),
    "another authority": (_with(iss=f"https://evil.test/{TENANT}/v2.0"), "wrong_issuer"),
    "version 1.0's issuer in version 2.0": (
        _with(iss=f"https://sts.windows.net/{TENANT}/"),
        "wrong_issuer",
    ),
    "version 2.0's issuer in version 1.0": (
        _with("1.0", iss=f"{HOST}/{TENANT}/v2.0"),
        "wrong_issuer",
    ),
    "no tenant": (_with(tid=None, iss=f"{HOST}/{TENANT}/v2.0"), "wrong_issuer"),
    "a tenant that is no GUID": (_with(tid="common"), "wrong_issuer"),
    "another audience": (_with(aud=CLIENT), "wrong_audience"),
    "App ID URI in version 2.0": (_with(aud=f"api://{API}"), "wrong_audience"),
    "client id in version 1.0": (_with("1.0", aud=API), "wrong_audience"),
    "two audiences": (_with(aud=[API, CLIENT]), "wrong_audience"),
    "empty audience": (_with(aud=[]), "wrong_audience"),
    "no audience": (_with(aud=None), "wrong_audience"),
    "expired": (_with(exp=NOW - 300), "expired"),
    "no exp": (_with(exp=None), "no_lifetime"),
    "exp that is text": (_with(exp="9999999999"), "no_lifetime"),
    "exp that is no number": (_with(exp=float("nan")), "no_lifetime"),
    "exp for ever": (_with(exp=float("inf")), "no_lifetime"),
    "exp beyond all floats": (_with(exp=10**400), "no_lifetime"),
    "exp that is true": (_with(exp=True), "no_lifetime"),
    "no nbf": (_with(nbf=None), "no_lifetime"),
    "no iat": (_with(iat=None), "no_lifetime"),
    "not yet valid": (_with(nbf=NOW + 301), "not_yet_valid"),
    "issued in the future": (_with(iat=NOW + 301), "not_yet_valid"),
    "an id token": (lambda bearers: signed(_id_token(bearers)), "no_access_token"),
    "an id token with roles": (
        lambda bearers: signed({**_id_token(bearers), "roles": ["Admin"]}),
        "no_access_token",
    ),
    "no client": (_with(azp=None), "no_access_token"),
    "neither user nor app": (_with(scp=None), "no_access_token"),
    "a user's without scopes": (_with(scp=None, idtyp="user", sub=USER), "no_access_token"),
    "bound to a key": (_with(cnf={"jkt": "x"}), "bound_token"),
    "a guest by acct": (_with(acct=1), "guest"),
    "a guest by idp": (_with(idp=f"https://sts.windows.net/{OTHER_TENANT}/"), "guest"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("warm", [False, True])
def test_a_bad_token_is_refused(
    name: str, warm: bool, bearers: Bearers, caplog: pytest.LogCaptureFixture
) -> None:
    """With the reason as data; cold and warm alike; and nothing of it stands in a log."""
    caplog.set_level(logging.DEBUG)
    forge, code = BAD[name]
    validator = bearers.validator()
    if warm:
        validator.validate(bearers.token())
    token = forge(bearers)
    with pytest.raises(TokenRefusedError) as caught:
        validator.validate(token)
    error = caught.value
    assert error.code == code
    assert (error.status_code, error.bearer_error) == (401, "invalid_token")
    shown = " ".join([caplog.text, repr(error), str(error), error.challenge()])
    assert not any(part in shown for part in token.split(".") if len(part) > 8)


GOOD: dict[str, Forge] = {
    "version 2.0": _with(),
    "version 1.0": _with("1.0"),
    "audience in a list": _with(aud=[API]),
    "type at+jwt": _header(typ="at+jwt"),
    "no type": _header(typ=None),
    "expired a moment ago": _with(exp=NOW - 299),
    "valid in a moment": _with(nbf=NOW + 300, iat=NOW + 300),
    "of its own tenant's people": _with(idp=f"https://sts.windows.net/{TENANT}/", acct=0),
    "app": lambda bearers: signed(bearers.app_claims()),
    "app without idtyp": lambda bearers: signed(bearers.app_claims(idtyp=None)),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_token_is_taken_twice(name: str, bearers: Bearers) -> None:
    validator = bearers.validator()
    token = GOOD[name](bearers)
    assert dict(validator.validate(token)) == dict(validator.validate(token))


def test_both_faces_agree(bearers: Bearers) -> None:
    """On the whole table."""

    async def verdicts() -> list[str | None]:
        found: list[str | None] = []
        async with AsyncTokenValidator(**bearers.settings()) as validator:
            for forge, _ in BAD.values():
                try:
                    await validator.validate(forge(bearers))
                except TokenRefusedError as error:
                    found.append(error.code)
            assert (await validator.validate(bearers.token())).object_id == USER
        return found

    assert asyncio.run(verdicts()) == [code for _, code in BAD.values()]


def test_a_remembered_token_ends_with_its_time(bearers: Bearers) -> None:
    validator = bearers.validator()
    token = bearers.token(exp=NOW + 10)
    validator.validate(token)
    bearers.clock.advance(309)
    assert validator.validate(token)["oid"] == USER
    bearers.clock.advance(1)
    with pytest.raises(TokenRefusedError, match="expired"):
        validator.validate(token)


def test_memory_is_bounded(bearers: Bearers) -> None:
    validator = bearers.validator(remembered=10)
    for count in range(40):
        validator.validate(bearers.token(jti=count))
    assert len(validator._seen) <= 10
    bare = bearers.validator(remembered=0)
    bare.validate(bearers.token())
    bare.validate(bearers.token())
    assert not bare._seen


@pytest.mark.parametrize(
    ("segment_", "allowed", "tenant", "code"),
    [
        ("common", ["*"], OTHER_TENANT, None),
        ("common", ["*"], CONSUMERS, None),
        ("common", [TENANT.upper()], TENANT, None),
        ("common", [TENANT], OTHER_TENANT, "tenant_not_allowed"),
        ("organizations", ["*"], OTHER_TENANT, None),
        ("organizations", ["*"], CONSUMERS, "tenant_not_allowed"),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_an_application_of_many_tenants_names_those_it_takes(
    bearers: Bearers, version: str, segment_: str, allowed: list[str], tenant: str, code: str | None
) -> None:
    bearers.authority.segment = segment_
    validator = bearers.validator(allowed_tenants=allowed)
    token = bearers.token(version, tid=tenant)
    if code is None:
        assert validator.validate(token).tenant_id == tenant
    else:
        with pytest.raises(TokenRefusedError) as caught:
            validator.validate(token)
        assert caught.value.code == code


def test_a_templated_issuer_serves_no_single_tenant(bearers: Bearers) -> None:
    """An authority that answers for all tenants where one was asked for opens no other."""
    bearers.authority.segment = "contoso.example"
    with pytest.raises(TokenRefusedError) as caught:
        bearers.validator().validate(bearers.token())
    assert caught.value.code == "wrong_issuer"


def test_clients_can_be_listed(bearers: Bearers) -> None:
    assert bearers.validator(allowed_clients=[CLIENT]).validate(bearers.token())
    with pytest.raises(TokenRefusedError) as caught:
        bearers.validator(allowed_clients=[API]).validate(bearers.token())
    assert caught.value.code == "client_not_allowed"
    assert CLIENT in (caught.value.hint or "")


def test_guests_can_be_let_in(bearers: Bearers) -> None:
    assert bearers.validator(allow_guests=True).validate(bearers.token(acct=1)).is_guest


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"client_id": ""}, "no_client_id"),
        ({"tenant_id": ""}, "bad_tenant"),
        ({"tenant_id": "a/b"}, "bad_tenant"),
        ({"tenant_id": "common"}, "no_allowed_tenants"),
        ({"tenant_id": "Organizations"}, "no_allowed_tenants"),
        ({"allowed_tenants": TENANT}, "bad_allowed_tenants"),
        ({"audiences": "api://x"}, "bad_audiences"),
        ({"allowed_clients": [""]}, "bad_allowed_clients"),
        ({"skew": 301}, "bad_skew"),
        ({"authority": "http://login.example"}, "bad_authority"),
    ],
)
def test_wrong_settings_are_named(bearers: Bearers, settings: dict[str, Any], code: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        bearers.validator(**settings)
    assert caught.value.code == code


def _half(text: str) -> str:
    return base64url(hashlib.sha256(text.encode()).digest()[:16])


@pytest.mark.parametrize(
    ("changes", "asked", "code"),
    [
        ({}, {"nonce": "n"}, None),
        ({"nonce": None}, {"nonce": None}, None),
        ({"c_hash": _half("code")}, {"nonce": "n", "code": "code"}, None),
        ({"at_hash": _half("a")}, {"nonce": "n", "access_token": "a"}, None),
        ({}, {"nonce": "n", "access_token": "a"}, None),
        ({"at_hash": _half("b")}, {"nonce": "n", "access_token": "a"}, "wrong_hash"),
        ({"c_hash": _half("edoc")}, {"nonce": "n", "code": "code"}, "wrong_hash"),
        ({}, {"nonce": "n", "code": "code"}, "wrong_hash"),
        ({"nonce": "m"}, {"nonce": "n"}, "wrong_nonce"),
        ({"nonce": None}, {"nonce": "n"}, "wrong_nonce"),
        ({"nonce": 1}, {"nonce": "n"}, "wrong_nonce"),
        ({"scp": "Files.Read"}, {"nonce": "n"}, "no_id_token"),
        ({"azp": CLIENT}, {"nonce": None}, "no_id_token"),
        ({"aud": f"api://{API}"}, {"nonce": "n"}, "wrong_audience"),
        ({"exp": NOW - 300}, {"nonce": "n"}, "expired"),
        ({"tid": OTHER_TENANT}, {"nonce": "n"}, "wrong_issuer"),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_an_id_token_is_of_this_sign_in_or_refused(
    bearers: Bearers,
    version: str,
    changes: dict[str, Any],
    asked: dict[str, Any],
    code: str | None,
) -> None:
    """The audience of one is the client in either version."""
    plain = {"aud": API, "appid": None, "azp": None, "scp": None, "nonce": "n"}
    token = bearers.token(version, **{**plain, **changes})
    validator = bearers.validator()
    if code is None:
        assert validator.validate_id_token(token, **asked).user_key == (TENANT, USER)
    else:
        with pytest.raises(TokenRefusedError) as caught:
            validator.validate_id_token(token, **asked)
        assert caught.value.code == code

"""The signing keys: fetched once, in time, anew for a new one; kept where nobody answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from bearer_world import API, CONSUMERS, HOST, NOW, TENANT, Bearers, bearers, jwk

from entrada.errors import AuthorityUnreachableError
from entrada.testing import Request, Response, json_response
from entrada.web.api import TokenRefusedError, TokenValidator

__all__ = ["bearers"]

HOUR = 3600.0
FAR = NOW + 30 * 86400.0


def refused(validator: TokenValidator, token: str) -> TokenRefusedError:
    with pytest.raises(TokenRefusedError) as caught:
        validator.validate(token)
    return caught.value


def test_keys_are_fetched_once_by_the_metadata_of_the_tokens_version(bearers: Bearers) -> None:
    validator = bearers.validator()
    for _ in range(3):
        assert validator.validate(bearers.token())["oid"]
        assert validator.validate(bearers.token("1.0"))["oid"]
    assert bearers.authority.asked == [
        f"/{TENANT}/v2.0/.well-known/openid-configuration",
        f"/{TENANT}/discovery/v2.0/keys",
        f"/{TENANT}/.well-known/openid-configuration",
        f"/{TENANT}/discovery/keys",
    ]


def test_an_app_with_keys_of_its_own_asks_for_them(bearers: Bearers) -> None:
    bearers.validator(own_keys=True).validate(bearers.token())
    path = f"/{TENANT}/v2.0/.well-known/openid-configuration?appid={API}"
    assert bearers.authority.asked[0] == path


def test_a_new_key_is_found_at_its_first_token(bearers: Bearers) -> None:
    validator = bearers.validator()
    validator.validate(bearers.token())
    bearers.authority.keys["second"] = {}
    validator.validate(bearers.token(key="second"))
    validator.validate(bearers.token())
    assert bearers.authority.fetches == 2


def test_unknown_keys_have_the_keys_fetched_ever_more_rarely(bearers: Bearers) -> None:
    """Whoever sends tokens with keys that nobody has makes us ask once a minute at most."""
    validator = bearers.validator()
    validator.validate(bearers.token())
    for count in range(600):
        forged = bearers.token(key="nobody", jti=count, exp=FAR)
        assert refused(validator, forged).code == "unknown_key"
        bearers.clock.advance(1)
    assert 8 <= bearers.authority.fetches <= 17
    bearers.authority.keys["second"] = {}
    bearers.clock.advance(60)
    assert validator.validate(bearers.token(key="second", exp=FAR))["oid"]


def test_an_hour_old_keys_serve_while_they_are_renewed(bearers: Bearers) -> None:
    with bearers.validator() as validator:
        token = bearers.token(exp=FAR)
        validator.validate(token)
        bearers.clock.advance(HOUR)
        assert validator.validate(token)["oid"]
        validator.close()  # waits for the background
        assert bearers.authority.fetches == 2
        validator.validate(token)
        assert bearers.authority.fetches == 2


def test_a_withdrawn_key_is_refused_after_the_next_renewal(bearers: Bearers) -> None:
    """Also for a token that was found valid before, and is remembered."""
    validator = bearers.validator()
    token = bearers.token(exp=FAR)
    validator.validate(token)
    bearers.authority.keys = {"second": {}}
    bearers.clock.advance(HOUR)
    validator.validate(token)
    validator.close()
    assert refused(validator, token).code == "unknown_key"


def test_keys_serve_for_a_day_when_nobody_answers(bearers: Bearers) -> None:
    validator = bearers.validator()
    token = bearers.token(exp=FAR)
    validator.validate(token)
    bearers.authority.down = True
    for _ in range(23):
        bearers.clock.advance(HOUR)
        assert validator.validate(token)["oid"]
        validator.close()
    bearers.clock.advance(HOUR)
    with pytest.raises(AuthorityUnreachableError) as caught:
        validator.validate(token)
    assert caught.value.code == "no_signing_keys"
    bearers.authority.down = False
    assert validator.validate(token)["oid"]


def test_while_nobody_answers_an_unknown_key_is_not_called_bad(bearers: Bearers) -> None:
    """Not even between two tries: the caller may come again."""
    validator = bearers.validator()
    validator.validate(bearers.token())
    bearers.authority.down = True
    bearers.authority.keys["second"] = {}
    token = bearers.token(key="second")
    for _ in range(2):
        with pytest.raises(AuthorityUnreachableError):
            validator.validate(token)
    assert len(bearers.authority.asked) == 2 + 3
    bearers.authority.down = False
    bearers.clock.advance(1)
    assert validator.validate(token)["oid"]


@pytest.mark.parametrize(
    "change",
    [
        lambda answer: Response(503, {}, b"busy"),
        lambda answer: Response(200, {}, b"<html>"),
        lambda answer: Response(200, {}, b"[" * 100_000),
        lambda answer: Response(200, {}, b"[]"),
        lambda answer: json_response({"issuer": "http://x", "jwks_uri": HOST}),
        lambda answer: json_response({"issuer": HOST, "jwks_uri": "http://x"}),
        lambda answer: json_response({"issuer": HOST}),
    ],
)
def test_documents_that_are_none_say_so(
    bearers: Bearers, change: Callable[[Response], Response]
) -> None:
    def broken(request: Request) -> Response:
        return change(bearers.authority(request))

    with pytest.raises(AuthorityUnreachableError) as caught:
        bearers.validator(transport=broken).validate(bearers.token())
    assert caught.value.code == "no_signing_keys"
    assert caught.value.hint


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "EC"},
        {"use": "enc"},
        {"alg": "RS512"},
        {"n": "AQAB"},
        {"n": "not base64!"},
        {"e": 65537},
        {"e": ""},
        {"kid": None},
    ],
)
def test_keys_that_cannot_verify_are_left_out(bearers: Bearers, changes: dict[str, Any]) -> None:
    bearers.authority.keys["odd"] = changes
    validator = bearers.validator()
    assert refused(validator, bearers.token(key="odd")).code == "unknown_key"
    assert validator.validate(bearers.token())["oid"]
    del bearers.authority.keys["first"]
    with pytest.raises(AuthorityUnreachableError, match="no RSA key"):
        bearers.validator().validate(bearers.token())


def test_a_key_of_personal_accounts_signs_for_no_tenant(bearers: Bearers) -> None:
    """In the key document of all tenants stand keys that only one issuer may use."""
    bearers.authority.segment = "common"
    bearers.authority.keys["personal"] = {"issuer": f"{HOST}/{CONSUMERS}/v2.0"}
    bearers.authority.keys["nobodys"] = {"issuer": None}
    validator = bearers.validator(allowed_tenants=["*"])
    assert validator.validate(bearers.token())["tid"] == TENANT
    assert validator.validate(bearers.token(key="personal", tid=CONSUMERS))["tid"] == CONSUMERS
    assert refused(validator, bearers.token(key="personal")).code == "key_of_another_issuer"
    assert refused(validator, bearers.token(key="nobodys")).code == "key_of_another_issuer"


def test_many_threads_share_one_fetch_of_a_new_key(bearers: Bearers) -> None:
    """A roll-over under load: no request is lost, and the authority is asked once."""
    gate = threading.Event()
    authority = bearers.authority

    def slow(request: Request) -> Response:
        gate.wait(10)
        return authority(request)

    validator = bearers.validator(transport=slow)
    gate.set()
    validator.validate(bearers.token())
    gate.clear()
    authority.keys["second"] = {}
    tokens = [bearers.token(key="second", jti=count) for count in range(8)]
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda token=token: found.append(validator.validate(token)))
        for token in tokens
    ]
    for thread in threads:
        thread.start()
    assert validator.validate(bearers.token(jti=9))["oid"]  # nobody waits for others' keys
    gate.set()
    for thread in threads:
        thread.join(10)
    assert len(found) == 8
    assert authority.fetches == 2


def test_who_comes_while_an_older_document_is_on_its_way_asks_again(bearers: Bearers) -> None:
    """What was fetched before the key was published says nothing against the key."""
    validator = bearers.validator()
    validator.validate(bearers.token())
    flow = validator.access(bearers.token(key="nobody"))
    request = next(flow)
    before = bearers.authority(request)  # type: ignore[arg-type]
    second = bearers.token(key="second")
    bearers.authority.keys["second"] = {}
    late = validator.access(second)
    wait = next(late)
    assert type(wait).__name__ == "Wait"
    with pytest.raises(TokenRefusedError):
        request = flow.send(before)
        keys = {"keys": [jwk("first", issuer=f"{HOST}/{TENANT}/v2.0")]}
        flow.send(json_response(keys))
    bearers.clock.advance(1)
    found = late.send(wait.flight.result(0))  # type: ignore[union-attr]
    with pytest.raises(StopIteration) as done:
        while True:
            found = late.send(bearers.authority(found))  # type: ignore[arg-type]
    assert done.value.value["oid"]

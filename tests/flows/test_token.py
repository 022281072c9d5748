from __future__ import annotations

import json
from typing import Any

import pytest

from entrada._engine.effects import Response
from entrada._wire.token import Context, read_object, read_token, token_of
from entrada.errors import (
    AuthenticationError,
    AuthenticationRejectedError,
    AuthenticationRequiredError,
    AuthorityUnreachableError,
    ConfigurationError,
)
from entrada.types import Token

NOW = 1_800_000_000.0
WHO = Context("X", "login.example", "contoso.example", "app", "a/.default")
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.Q0FOQVJZ"


def _read(reply: Any, status: int = 200, context: Context = WHO) -> Token:
    body = reply if isinstance(reply, bytes) else json.dumps(reply).encode()
    return read_token(Response(status, {}, body), NOW, context)


def _refused(reply: Any, status: int = 400, context: Context = WHO) -> AuthenticationError:
    with pytest.raises(AuthenticationError) as caught:
        _read(reply, status, context)
    return caught.value


# Tokens


@pytest.mark.parametrize(
    ("fields", "expires_on"),
    [
        ({"expires_in": 3599}, NOW + 3599),
        ({"expires_in": "3599"}, NOW + 3599),
        ({"expires_on": 1_800_003_600}, 1_800_003_600),
        ({"expires_on": "1800003600"}, 1_800_003_600),
        ({"expires_on": "1800003600", "expires_in": "5"}, 1_800_003_600),
        ({"expires_on": None, "expires_in": 5}, NOW + 5),
    ],
)
def test_a_tokens_end_is_read_from_either_field_as_number_or_text(
    fields: dict[str, Any], expires_on: float
) -> None:
    token = _read({"token_type": "Bearer", "access_token": "t", **fields})

    assert token == Token("t", expires_on, None, "Bearer")


def test_the_time_to_refresh_counts_from_now() -> None:
    assert _read({"access_token": "t", "expires_in": 9, "refresh_in": "4"}).refresh_on == NOW + 4


@pytest.mark.parametrize(("given", "read"), [("pop", "pop"), (None, "Bearer"), ("", "Bearer")])
def test_a_token_is_a_bearer_token_unless_it_says_otherwise(given: Any, read: str) -> None:
    assert _read({"access_token": "t", "expires_in": 9, "token_type": given}).token_type == read


@pytest.mark.parametrize("token", [None, "", 7, ["t"]])
def test_an_answer_without_a_token_is_none(token: Any) -> None:
    error = _refused({"access_token": token, "expires_in": 9}, 200)

    assert isinstance(error, AuthorityUnreachableError)
    assert "it holds no access_token" in error.message


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"expires_in": "soon"},
        {"expires_in": None},
        {"expires_in": [9]},
        {"expires_in": "nan"},
        {"expires_on": "inf"},
        {"expires_on": "07/28/2026 10:00:00 +00:00"},
        {"expires_in": 9, "refresh_in": "inf"},
        {"expires_in": 10**400},
    ],
)
def test_an_answer_that_does_not_say_when_it_ends_is_none(fields: dict[str, Any]) -> None:
    error = _refused({"access_token": "t", **fields}, 200)

    assert isinstance(error, AuthorityUnreachableError)
    assert "it does not say when the token expires" in error.message


def test_a_hosts_fields_are_read_alike() -> None:
    assert token_of({"access_token": "t", "expires_on": "1800000009"}, NOW, WHO).expires_on == (
        NOW + 9
    )


# Answers that are none


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is empty"),
        (b"<html>502 Bad Gateway</html>", "it begins '502 Bad Gateway'"),
        (b"[1]", "it begins '[1]'"),
        (b'"text"', "it begins"),
        (b"\xff\xfe", "it begins"),
        (b"[" * 100_000, "it begins"),
        (f'{{"access_token": "{JWT}"'.encode(), "it begins '{[hidden]'"),
    ],
)
@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_that_is_no_json_object_is_none(body: bytes, why: str, status: int) -> None:
    error = _refused(body, status)

    assert isinstance(error, AuthorityUnreachableError)
    assert f"login.example (HTTP {status}) is not usable: {why}" in error.message
    assert (error.code, error.status_code) == ("unusable_answer", status)
    assert "canary" not in str(error)
    assert JWT not in str(error)


def test_an_object_is_read_whatever_the_status() -> None:
    assert read_object(Response(500, {}, b'{"a": 1}'), WHO) == {"a": 1}


# Refusals


def _aadsts(code: int, error: str = "invalid_client", **more: Any) -> dict[str, Any]:
    return {
        "error": error,
        "error_description": f"AADSTS{code}: Something. Trace ID: t-1 Correlation ID: c-1",
        "error_codes": [code],
        "correlation_id": "c-1",
        **more,
    }


def test_a_refusal_has_its_code_its_correlation_id_and_the_next_thing_to_do() -> None:
    error = _refused(_aadsts(7000215), 401)

    assert type(error) in (AuthenticationRejectedError, ConfigurationError)
    assert (error.code, error.correlation_id, error.status_code) == ("AADSTS7000215", "c-1", 401)
    assert error.hint
    assert error.message == ("X: login.example refused (invalid_client) AADSTS7000215: Something.")


def test_the_code_is_found_in_the_text_where_there_is_no_list() -> None:
    assert _refused(_aadsts(7000215, error_codes=None)).code == "AADSTS7000215"
    assert _refused(_aadsts(7000215, error_codes=["7000215"])).code == "AADSTS7000215"


def test_an_unknown_code_is_a_refusal() -> None:
    error = _refused(_aadsts(999999999, "strange"))

    assert type(error) is AuthenticationRejectedError
    assert error.code == "AADSTS999999999"


def test_a_refusal_without_any_code_keeps_its_word() -> None:
    error = _refused({"error": "unauthorized_client"})

    assert (type(error), error.code) == (AuthenticationRejectedError, "unauthorized_client")


def test_an_error_with_a_good_status_is_an_error() -> None:
    assert _refused({"error": "access_denied", "access_token": "t", "expires_in": 1}, 200)


@pytest.mark.parametrize(
    ("status", "error"), [(429, "x"), (500, "x"), (503, "x"), (400, "temporarily_unavailable")]
)
def test_a_service_that_is_busy_or_down_is_unreachable(status: int, error: str) -> None:
    refusal = _refused({"error": error}, status)

    assert isinstance(refusal, AuthorityUnreachableError)
    assert refusal.status_code == status


def test_a_refusal_that_a_person_could_lift_asks_for_one_where_there_is_one() -> None:
    reply = _aadsts(50076, "interaction_required", claims='{"a": 1}')

    error = _refused(reply, 400, WHO.__class__("X", "login.example", scope="a b", interactive=True))

    assert isinstance(error, AuthenticationRequiredError)
    assert (error.scopes, error.claims) == (("a", "b"), '{"a": 1}')


def test_an_application_has_nobody_to_ask() -> None:
    error = _refused(_aadsts(50076, "interaction_required"))

    assert type(error) is AuthenticationRejectedError


@pytest.mark.parametrize(
    "reply",
    [
        {"error": {"code": 7}},
        {"error": ["x"], "error_description": {"a": 1}},
        {"error": 7, "error_codes": "7", "correlation_id": 9},
        {"error": "x", "error_codes": [{"a": 1}, None, True]},
        {"unrelated": 1},
    ],
)
def test_a_refusal_in_an_odd_shape_is_still_one(reply: dict[str, Any]) -> None:
    error = _refused(reply)

    assert error.status_code == 400
    assert error.correlation_id is None


def test_no_token_or_secret_of_a_refusal_is_shown() -> None:
    reply = {"error": "x", "error_description": f"bad token {JWT} client_secret=canary"}

    assert "canary" not in str(_refused(reply))
    assert JWT not in str(_refused(reply))

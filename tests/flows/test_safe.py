from __future__ import annotations

import json
import string
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from entrada._wire.safe import first_words

JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.Q0FOQVJZ-canary_signature"
CANARY = "canary8b1f~Q.x"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"plain words", "plain words"),
        (b"<html><title>502</title><body class='a'>Bad  Gateway</body></html>", "502 Bad Gateway"),
        (b"<script>var a = '<b>';</script>seen<style>p {}</style>", "seen"),
        (b"one\r\n\ttwo\x00\x1b[31m", "one two??[31m"),
        (b"\xff\xfe\xc3\xa9", "\ufffd\ufffd\u00e9"),
        (b"", ""),
        ("a" * 300, "a" * 199 + "\u2026"),
    ],
)
def test_what_remains_is_one_line_of_printable_words(text: bytes | str, words: str) -> None:
    assert first_words(text) == words


@pytest.mark.parametrize(
    "text",
    [
        JWT,
        f"token {JWT} was refused",
        f'{{"access_token": "{JWT}"}}',
        f"Bearer {JWT}",
        f"client_secret={CANARY}",
        f"grant_type=x&client_secret={CANARY}&scope=y",
        f"https://x/?code={CANARY}&state=1",
        f"https://x/#access_token={CANARY}&state=1",
        f"refresh_token={CANARY}",
        f"(password={CANARY})",
        f'{{"access_token":"{CANARY}","expires_in":1}}',
        f'{{"accessToken": "{CANARY}"}}',
        f'{{"refresh_token" : "{CANARY}"',
        f'{{"client_assertion": "{CANARY}"}}',
        f'{{"clientSecret": "{CANARY}"}}',
        f'{{"password": "{CANARY}"}}',
        f"{{'access_token': '{CANARY}', 'expires_in': 1}}",
        json.dumps({"secret": f'quote " and {CANARY}'}),
        json.dumps(json.dumps({"access_token": CANARY})),
        f"Authorization: Bearer {CANARY}{CANARY}",
        f"Authorization: Basic {CANARY}{CANARY}",
        f"https://user:{CANARY}@proxy.example:3128/",
        f'{{"refresh_token": "{CANARY}',
    ],
)
def test_a_secret_is_hidden_wherever_it_stands(text: str) -> None:
    for said in (first_words(text), first_words(text.encode())):
        assert "canary" not in said
        assert "[hidden]" in said


@pytest.mark.parametrize(
    "text",
    [
        '{"error": {"code": "AuthorizationFailed", "message": "no"}}',
        "AADSTS700016: Application with identifier 'app' was not found",
        '{"error": "invalid_client", "error_codes": [7000215]}',
        "use basic authentication or a bearer token",
        "error code: 42",
        "https://login.example/a?b=c",
    ],
)
def test_what_is_no_secret_is_left_as_it_is(text: str) -> None:
    assert first_words(text) == text


NAMES = st.sampled_from(
    ["client_secret", "client_assertion", "refresh_token", "access_token", "id_token", "password"]
)
SECRETS = st.text(string.ascii_letters + string.digits + "-_", min_size=12, max_size=60)
NOISE = st.text(st.characters(codec="utf-8", exclude_characters="<>"), max_size=30)


@settings(max_examples=100, deadline=None)
@given(NOISE, NAMES, SECRETS, NOISE, st.sampled_from(["json", "form", "jwt", "repr"]))
def test_no_planted_secret_gets_through(
    before: str, name: str, secret: str, after: str, kind: str
) -> None:
    assume(secret not in before + after)
    planted = {
        "json": json.dumps({name: secret}),
        "form": f"&{name}={secret}~.+/{secret}",
        "jwt": f" eyJ{secret}.{secret}.{secret}",
        "repr": repr({name: secret}),
    }[kind]

    assert secret not in first_words(f"{before} {planted} {after}", 1000)


def test_a_long_answer_is_read_no_further_than_its_first_words_need() -> None:
    started = time.process_time()
    for text in ("<script" * 400_000, b"<" * 3_000_000, "client_secret" * 200_000):
        first_words(text)

    assert time.process_time() - started < 2

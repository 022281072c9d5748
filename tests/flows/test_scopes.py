from __future__ import annotations

import asyncio
from typing import Any

import pytest

from entrada import ClientSecretCredential, ConfigurationError
from entrada._wire.scopes import app_scope, ask_for, command_line_scope, single_resource
from entrada.aio import ClientSecretCredential as AsyncClientSecretCredential
from entrada.testing import Script, World, token_response
from entrada.types import Ask

STORAGE = "https://storage.azure.com/.default"


def _code(caught: pytest.ExceptionInfo[ConfigurationError]) -> str | None:
    return caught.value.code


def test_an_ask_is_made_of_what_was_asked() -> None:
    asked = ask_for((STORAGE, "User.Read"), "contoso.example", "{}", cae=True)

    assert asked == Ask((STORAGE, "User.Read"), "contoso.example", "{}", True)


def test_nothing_at_all_cannot_be_asked_for() -> None:
    with pytest.raises(ConfigurationError, match="at least one scope") as caught:
        ask_for((), None, None, cae=False)
    assert _code(caught) == "no_scope"


@pytest.mark.parametrize(
    "scope", ["", " ", "a b", "a\n", 'a"b', "a\\b", "a\x7f", "\u00e9", b"a", None]
)
def test_what_is_no_scope_cannot_be_asked_for(scope: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ask_for((STORAGE, scope), None, None, cae=False)
    assert _code(caught) == "bad_scope"


@pytest.mark.parametrize(
    ("scope", "resource"),
    [
        (STORAGE, "https://storage.azure.com"),
        ("https://vault.azure.net//.default", "https://vault.azure.net/"),
        ("https://management.azure.com/", "https://management.azure.com/"),
        ("api://app/read", "api://app/read"),
        ("11111111-1111-1111-1111-111111111111/.default", "11111111-1111-1111-1111-111111111111"),
    ],
)
def test_a_scopes_resource_is_what_stands_before_default(scope: str, resource: str) -> None:
    assert single_resource((scope,), "X") == resource


def test_some_credentials_get_tokens_for_one_resource_at_a_time() -> None:
    with pytest.raises(ConfigurationError, match="X gets tokens for one resource") as caught:
        single_resource((STORAGE, STORAGE), "X")
    assert _code(caught) == "several_scopes"


def test_an_application_asks_for_a_default_scope() -> None:
    assert app_scope((STORAGE,), "X") == STORAGE


@pytest.mark.parametrize(
    ("scope", "guess"),
    [
        ("https://graph.microsoft.com/User.Read", "https://graph.microsoft.com/.default"),
        ("https://storage.azure.com", "https://storage.azure.com/.default"),
        ("https://vault.azure.net/", "https://vault.azure.net/.default"),
        ("my-app", "my-app/.default"),
    ],
)
def test_for_any_other_scope_the_right_one_is_guessed(scope: str, guess: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        app_scope((scope,), "X")

    assert _code(caught) == "scope_without_default"
    assert caught.value.hint == f"Ask for the resource's default scope: {guess}"


def test_a_scope_on_a_command_line_is_letters_digits_and_a_few_signs() -> None:
    assert command_line_scope(STORAGE, "X") == STORAGE


@pytest.mark.parametrize(
    "value", ["", "-h", "--output", "a b", "a;b", "a$(b)", "a|b", "a&b", "a%b"]
)
def test_nothing_else_reaches_a_command_line(value: str) -> None:
    with pytest.raises(ConfigurationError, match="X cannot ask for"):
        command_line_scope(value, "X")


# Through the faces


def _ask_sync(**asked: Any) -> int:
    script = Script(token_response())
    credential = ClientSecretCredential("t", "c", "s", transport=script, world=World.fake())
    for _ in range(2):
        credential.get_token(*asked.get("scopes", [STORAGE]), claims=asked.get("claims"))
        credential.get_token_info(
            *asked.get("scopes", [STORAGE]), options={"claims": asked.get("claims", "")}
        )
    return len(script.requests)


def _ask_async(**asked: Any) -> int:
    script = Script(token_response())
    credential = AsyncClientSecretCredential("t", "c", "s", transport=script, world=World.fake())

    async def main() -> None:
        for _ in range(2):
            await credential.get_token(*asked.get("scopes", [STORAGE]), claims=asked.get("claims"))
            await credential.get_token_info(
                *asked.get("scopes", [STORAGE]), options={"claims": asked.get("claims", "")}
            )

    asyncio.run(main())
    return len(script.requests)


both = pytest.mark.parametrize("ask", [_ask_sync, _ask_async], ids=["sync", "async"])


@both
def test_a_list_of_scopes_is_refused_with_what_to_write_instead(ask: Any) -> None:
    with pytest.raises(ConfigurationError, match="A scope has to be a string, not list"):
        ask(scopes=[[STORAGE]])


@both
def test_empty_claims_are_no_claims(ask: Any) -> None:
    assert ask(claims="") == 1


@both
def test_claims_get_a_new_token_each_time(ask: Any) -> None:
    assert ask(claims='{"access_token": {}}') == 4

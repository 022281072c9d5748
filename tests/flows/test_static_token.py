"""Tokens that a function of the caller's brings: kept while they last, refused when they do not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from azure.core.credentials import AccessToken

import entrada.aio
from entrada import ConfigurationError, CredentialUnavailableError, StaticTokenCredential
from entrada.testing import FakeClock, World

SCOPE = "https://storage.azure.com/.default"
NOW = 1_800_000_000


def made(func: Any, clock: FakeClock | None = None) -> StaticTokenCredential:
    return StaticTokenCredential.from_callable(func, world=World.fake(clock=clock))


def test_the_function_is_called_once_for_each_scope_until_its_token_is_old() -> None:
    calls: list[str] = []

    def get(scope: str) -> tuple[str, float]:
        calls.append(scope)
        return f"token-{len(calls)}", clock.now() + 3600

    clock = FakeClock()
    credential = made(get, clock)
    assert [credential.get_token(SCOPE).token for _ in range(3)] == ["token-1"] * 3
    assert credential.get_token("https://vault.azure.net/.default").token == "token-2"
    clock.advance(3599)
    assert credential.get_token(SCOPE).token == "token-3"
    assert calls == [SCOPE, "https://vault.azure.net/.default", SCOPE]


def test_an_access_token_of_azure_core_is_taken_as_it_is() -> None:
    credential = made(lambda _scope: AccessToken("token", NOW + 60))
    assert credential.get_token(SCOPE) == AccessToken("token", NOW + 60)


def test_an_async_function_is_awaited() -> None:
    async def get(_scope: str) -> tuple[str, int]:
        return "token", NOW + 60

    credential = entrada.aio.StaticTokenCredential.from_callable(get, world=World.fake())
    assert asyncio.run(credential.get_token(SCOPE)).token == "token"


@pytest.mark.parametrize("result", [None, 17, ("token",), "", ("token", "soon"), "opaque"])
def test_what_is_no_token_with_an_expiry_is_refused(result: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        made(lambda _scope: result).get_token(SCOPE)
    assert caught.value.hint
    assert "opaque" not in str(caught.value)


def test_an_expired_token_of_the_function_is_refused() -> None:
    with pytest.raises(CredentialUnavailableError, match="expired 5 s ago"):
        made(lambda _scope: ("token", NOW - 5)).get_token(SCOPE)


def test_the_function_is_shown_by_name_and_no_token_is() -> None:
    def from_notebook(_scope: str) -> tuple[str, int]:
        return "canary-token", NOW + 60

    credential = made(from_notebook)
    credential.get_token(SCOPE)
    assert repr(credential) == "StaticTokenCredential(func='from_notebook')"


def test_no_function_is_an_error_at_once() -> None:
    with pytest.raises(ConfigurationError, match="func"):
        made("token")

"""Force, forget and fetch ahead: a new token when the caller says so, in both colours."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from inspect import isawaitable
from types import ModuleType
from typing import Any

import pytest

import entrada
import entrada.aio
from entrada._cache.ages import Entry
from entrada._cache.lookup import Lookup
from entrada._engine.drive import run
from entrada._engine.effects import Effect, Flow, Request, Wait
from entrada._engine.world import FakeClock, World
from entrada.errors import AuthorityUnreachableError
from entrada.testing import Completed, Response, token_response
from entrada.types import Token

_SCOPE = "https://storage.azure.com/.default"
_VAULT = "https://vault.azure.net/.default"
_ENV = {
    "AZURE_TENANT_ID": "contoso.com",
    "AZURE_CLIENT_ID": "c",
    "AZURE_CLIENT_SECRET": "s",
}
_FACES = pytest.mark.parametrize("face", [entrada, entrada.aio], ids=["sync", "async"])


class _Issuer:
    """Gives the token ``t<n>`` for the n-th request."""

    def __init__(self) -> None:
        self.count = 0
        self.reached = threading.Semaphore(0)

    def __call__(self, _request: Request) -> Response:
        self.count += 1
        self.reached.release()
        return token_response(f"t{self.count}")

    def az(self, _run: object) -> Completed:
        self.count += 1
        return Completed(0, f'{{"accessToken": "t{self.count}", "expires_on": 1800003600}}')


def _secret(face: ModuleType, issuer: _Issuer) -> Any:
    return face.ClientSecretCredential("t", "c", "s", transport=issuer, world=World.fake())


def _environment(face: ModuleType, issuer: _Issuer) -> Any:
    return face.EnvironmentCredential(transport=issuer, world=World.fake(_ENV))


def _default(face: ModuleType, issuer: _Issuer) -> Any:
    return face.DefaultAzureCredential(transport=issuer, world=World.fake(_ENV))


def _cli(face: ModuleType, issuer: _Issuer) -> Any:
    return face.AzureCliCredential(world=World.fake(programs={"az": issuer.az}))


def _chained(face: ModuleType, issuer: _Issuer) -> Any:
    return face.ChainedTokenCredential(_secret(face, issuer), world=World.fake())


_MAKERS = pytest.mark.parametrize("make", [_secret, _environment, _default, _cli, _chained])


async def _token(credential: Any, scope: str = _SCOPE, **options: Any) -> str:
    answer = credential.get_token(scope, **options)
    token: str = (await answer if isawaitable(answer) else answer).token
    return token


@_FACES
@_MAKERS
def test_a_forced_token_is_new_and_replaces_the_one_in_memory(
    make: Callable[..., Any], face: ModuleType
) -> None:
    """For permissions that were granted a moment ago."""

    async def ask() -> list[str]:
        credential = make(face, _Issuer())
        forced: dict[str, Any] = {"force_refresh": True}
        return [await _token(credential, **options) for options in ({}, forced, {}, forced, {})]

    assert asyncio.run(ask()) == ["t1", "t2", "t2", "t3", "t3"]


@_FACES
@_MAKERS
def test_an_invalidated_token_is_never_given_again(
    make: Callable[..., Any], face: ModuleType
) -> None:
    """The scopes that are named, or all; those not named keep theirs."""

    async def ask() -> list[str]:
        credential = make(face, _Issuer())
        credential.invalidate()
        tokens = [await _token(credential), await _token(credential, _VAULT)]
        credential.invalidate(_SCOPE)
        tokens += [await _token(credential), await _token(credential, _VAULT)]
        credential.invalidate()
        return [*tokens, await _token(credential), await _token(credential, _VAULT)]

    assert asyncio.run(ask()) == ["t1", "t2", "t3", "t2", "t4", "t5"]


def test_invalidating_sends_nothing_and_awaits_nothing() -> None:
    """It is the same plain function on both faces."""
    issuer = _Issuer()
    for face in (entrada, entrada.aio):
        credential = _secret(face, issuer)
        credential.invalidate(_SCOPE)
    assert issuer.count == 0


@_FACES
def test_tokens_are_fetched_ahead_all_at_once(face: ModuleType) -> None:
    """One request a scope, none for a fresh one; ``get_token`` waits for what is under way."""
    issuer = _Issuer()

    async def ask() -> list[str]:
        credential = _secret(face, issuer)
        first = await _token(credential)
        for _ in range(2):
            done = credential.prefetch([_SCOPE, _VAULT])
            assert (await done if isawaitable(done) else done) is None
        tokens = [first, await _token(credential, _VAULT), await _token(credential)]
        closed = credential.close()
        if isawaitable(closed):
            await closed
        return tokens

    assert asyncio.run(ask()) == ["t1", "t2", "t1"]
    assert issuer.count == 2


@_FACES
@pytest.mark.parametrize("scopes", [_SCOPE, 7, ["two words"]])
def test_what_is_fetched_ahead_is_a_list_of_scopes(face: ModuleType, scopes: Any) -> None:
    """A string alone would be taken for its letters."""

    async def ask() -> None:
        done = _secret(face, _Issuer()).prefetch(scopes)
        await done

    with pytest.raises(entrada.ConfigurationError):
        asyncio.run(ask())


class _Memory:
    """A lookup whose issuer answers when the test steps its flow."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.lookup = Lookup("Credential", World.fake(clock=self.clock), {})
        self.answers = iter(["first", "second", "third"])

    def start(self) -> Flow[Token]:
        yield Request("POST", "https://login.example/token")
        return Token(next(self.answers), self.clock.now() + 3600)

    def get(self) -> str:
        return run(self.lookup.get(("scope",), self.start), _perform).token.token


def _perform(_effect: Effect) -> object:
    return None


def _ended(flow: Flow[Entry]) -> str:
    with pytest.raises(StopIteration) as end:
        flow.send(None)
    token: str = end.value.value.token.token
    return token


def test_callers_who_force_at_the_same_time_share_one_request() -> None:
    memory = _Memory()
    leader = memory.lookup.force("key", memory.start)
    next(leader)

    assert isinstance(next(memory.lookup.force("key", memory.start)), Wait)


def test_a_forced_renewal_that_fails_leaves_the_old_token() -> None:
    memory = _Memory()
    assert memory.get() == "first"

    def fail() -> Flow[Token]:
        yield Request("POST", "https://login.example/token")
        raise AuthorityUnreachableError("down")

    with pytest.raises(AuthorityUnreachableError):
        run(memory.lookup.force(("scope",), fail), _perform)
    assert memory.get() == "first"


def test_a_renewal_that_began_before_gives_nothing_to_memory() -> None:
    """Who forgets a token does not want one that was asked for before that, either."""
    memory = _Memory()
    early = memory.lookup.get(("scope",), memory.start)
    next(early)
    memory.lookup.forget()
    late = memory.lookup.get(("scope",), memory.start)
    assert isinstance(next(late), Request), "a request of its own"

    assert _ended(early) == "first"
    assert _ended(late) == "second"
    assert memory.get() == "second"

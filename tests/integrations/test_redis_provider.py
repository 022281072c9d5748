"""When open connections get a new token, and what they are told when there is none."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from typing import Any, NamedTuple

import pytest

from entrada._drivers.background import Closed
from entrada.errors import ConfigurationError
from entrada.integrations.redis import AsyncCredentialProvider, CredentialProvider
from entrada.testing import FakeClock, World

LIFE = 1000.0


class Given(NamedTuple):
    token: str
    expires_on: float


def _token(number: int) -> str:
    return f"e30.{segment_of({'oid': 'ana', 'n': number})}.x"


def segment_of(claims: object) -> str:
    """Return claims as a token's segment."""
    return urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


class Issuer:
    """A credential whose tokens live for 1,000 s, renewed when 250 s are left."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.count = 0
        self.held = Given("", 0.0)
        self.broken = False
        self.asked: list[float] = []

    def get_token(self, scope: str) -> Given:
        assert scope == "https://redis.azure.com/.default"
        self.asked.append(self.clock.now())
        if self.broken:
            raise OSError("no network")
        if self.held.expires_on - self.clock.now() <= 250:
            self.count += 1
            self.held = Given(_token(self.count), self.clock.now() + LIFE)
        return self.held


class _Watched:
    """A provider in a world of its own, with a listener that ends its thread when told."""

    def __init__(self, tokens: int, break_after: int = 10**6) -> None:
        self.clock = FakeClock(0.0)
        self.issuer = Issuer(self.clock)
        self.told: list[tuple[float, str, str]] = []
        self.mourned: list[float] = []
        self.provider = CredentialProvider(self.issuer, world=World.fake(clock=self.clock))

        def tell(news: Any) -> None:
            self.told.append((self.clock.now(), news.try_get("oid"), news.get_value()))
            self.issuer.broken = len(self.told) >= break_after
            if len(self.told) == tokens:
                raise Closed

        def mourn(error: Exception) -> None:
            self.mourned.append(self.clock.now())
            if len(self.mourned) == 2:
                raise Closed
            raise error

        self.provider.on_next(tell)
        self.provider.on_error(mourn)

    def run(self) -> None:
        assert self.provider.get_credentials() == ("ana", _token(1))
        for thread in list(self.provider._driver._background._workers._threads):
            thread.join(10)


def test_open_connections_get_each_new_token_in_time() -> None:
    """Looked for when seven tenths of the old one's life are over, then ever sooner."""
    watched = _Watched(tokens=3)
    watched.run()
    assert [(user, token) for _, user, token in watched.told] == [
        ("ana", _token(number)) for number in (2, 3, 4)
    ]
    moments = [moment for moment, _, _ in watched.told]
    assert all(
        760 >= after - before >= 750
        for before, after in zip([0.0, *moments[:-1]], moments, strict=True)
    )


def test_when_no_new_token_comes_the_client_hears_of_it_after_the_last_ended() -> None:
    """Meanwhile it is tried again and again, without haste."""
    watched = _Watched(tokens=10, break_after=1)
    watched.run()
    ended = watched.told[0][0] + LIFE
    assert watched.mourned[0] >= ended
    tries = [moment for moment in watched.issuer.asked if moment > watched.told[0][0]]
    assert 5 <= len(tries) <= 40
    assert not watched.provider._running


def test_one_connection_that_fails_keeps_no_other_from_its_token() -> None:
    clock = FakeClock(0.0)
    issuer = Issuer(clock)
    provider = CredentialProvider(issuer, world=World.fake(clock=clock))
    told: list[str] = []

    def fail(_news: Any) -> None:
        raise ConnectionError

    provider.get_credentials()
    provider.on_next(fail)
    provider.on_next(lambda news: told.append(news.get_value()))
    assert not provider.renew()
    clock.advance(800)
    assert provider.renew()
    assert told == [_token(2)]


@pytest.mark.parametrize("token", ["opaque", "e30.e30.x", "e30.eyJvaWQiOjF9.x"])
def test_a_token_that_names_nobody_needs_a_username(token: str) -> None:
    class Opaque:
        def get_token(self, _scope: str) -> Given:
            return Given(token, 2e9)

    with pytest.raises(ConfigurationError, match="whose it is"):
        CredentialProvider(Opaque()).get_credentials()
    named = CredentialProvider(Opaque(), username="ana")
    assert named.get_credentials() == ("ana", token)


def test_each_colour_has_its_class() -> None:
    with pytest.raises(TypeError, match="AsyncCredentialProvider"):
        asyncio.run(CredentialProvider(None).get_credentials_async())
    with pytest.raises(TypeError, match="takes a CredentialProvider"):
        AsyncCredentialProvider(None).get_credentials()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_task_renews_for_asyncio(asynchronous: bool) -> None:
    """From a credential of either colour, and ends with ``close``."""
    clock = FakeClock(0.0)
    issuer = Issuer(clock)

    class Later:
        async def get_token(self, scope: str) -> Given:
            return issuer.get_token(scope)

    async def renewed() -> list[str]:
        source: Any = Later() if asynchronous else issuer
        provider = AsyncCredentialProvider(source, world=World.fake(clock=clock))
        told: list[str] = []
        enough = asyncio.Event()

        async def tell(news: Any) -> None:
            told.append(news.get_value())
            if len(told) == 2:
                enough.set()
                await asyncio.Event().wait()

        provider.on_next(tell)
        async with provider:
            assert await provider.get_credentials_async() == ("ana", _token(1))
            await asyncio.wait_for(enough.wait(), 10)
        assert not provider._running
        return told

    assert asyncio.run(renewed()) == [_token(2), _token(3)]

"""redis-py: ``Redis(host=…, ssl=True, credential_provider=CredentialProvider(credential))``.

Azure Managed Redis closes a connection when its token expires, unless it was sent a new one by
then: the providers here send it to every open connection. Source: Microsoft's "Use Microsoft
Entra for cache authentication"; the user is the object id of who signs in.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Any, Self

from redis.auth.token import SimpleToken
from redis.credentials import StreamingCredentialProvider

from entrada._drivers.aio import AsyncDriver
from entrada._drivers.background import Workers
from entrada._drivers.sync import SyncDriver
from entrada._engine import log
from entrada._engine.effects import Call, Flow, Sleep, Spawn
from entrada._engine.forks import forget_in_child
from entrada._engine.world import World
from entrada._wire.jwt import decoded_segment
from entrada.errors import ConfigurationError
from entrada.integrations._renewal import Held, again, held

SCOPE = "https://redis.azure.com/.default"


class _Provider(StreamingCredentialProvider):
    """The colourless half: flows that get tokens and send them to open connections."""

    def __init__(
        self,
        credential: Any,
        *,
        username: str | None = None,
        scope: str = SCOPE,
        world: World | None = None,
    ) -> None:
        self._credential = credential
        self._username = username
        self._scope = scope
        self._world = world or World.real()
        self._held: Held | None = None
        self._running = False
        self._listeners: list[Callable[[Any], Any]] = []
        self._mourners: list[Callable[[Exception], Any]] = []
        forget_in_child(self)

    def on_next(self, callback: Callable[[Any], Any]) -> None:
        """Have a function called with each new token; redis-py's clients do."""
        self._listeners.append(callback)

    def on_error(self, callback: Callable[[Exception], Any]) -> None:
        """Have a function called when a token expired and there is no new one."""
        self._mourners.append(callback)

    def is_streaming(self) -> bool:
        """Say whether new tokens go to open connections."""
        return bool(self._listeners)

    def forget(self) -> None:
        """In a forked child nothing runs in the background."""
        self._running = False

    def _opening(self) -> Flow[tuple[str, str]]:
        """Return user and token for a new connection; begin to keep it fresh."""
        token = yield Call(self._ask, "the credential")
        fresh = self._held = held(token, self._world.now())
        user = self._user(fresh.text)
        if self._listeners and not self._running:
            self._running = True
            yield Spawn(self._keeping)
        return user, fresh.text

    def _renewing(self) -> Flow[bool]:
        """Send a new token to open connections, and say whether there was one."""
        before = self._held
        token = yield Call(self._ask, "the credential")
        now = self._world.now()
        fresh = held(token, now)
        if before is not None and fresh.text == before.text:
            return False
        self._held = fresh
        claims = {"oid": self._user(fresh.text)}
        news = SimpleToken(fresh.text, fresh.expires_on * 1000, now * 1000, claims)
        for tell in tuple(self._listeners):
            try:
                yield Call(partial(tell, news), "redis-py")
            except Exception as error:  # noqa: BLE001 - one connection is lost, others are not
                log.warning("redis: a connection took no token (%s)", type(error).__name__)
        return True

    def _keeping(self) -> Flow[None]:
        """Renew for as long as nobody ends it."""
        try:
            while self._held is not None:
                now = self._world.now()
                wait = self._held.due - now
                yield Sleep(wait if wait > 0 else again(now, self._held.expires_on))
                try:
                    yield from self._renewing()
                except Exception as error:  # noqa: BLE001 - the next try may succeed
                    log.warning("redis: no new token (%s)", type(error).__name__)
                    yield from self._mourning(error)
        finally:
            self._running = False

    def _mourning(self, error: Exception) -> Flow[None]:
        if self._held is not None and self._world.now() >= self._held.expires_on:
            for mourn in tuple(self._mourners):
                try:
                    yield Call(partial(mourn, error), "redis-py")
                except Exception as raised:  # noqa: BLE001 - redis-py raises what it was told
                    log.debug("redis: %s", type(raised).__name__)

    def _ask(self) -> Any:
        # What also says when to refresh it is the better answer.
        info = getattr(self._credential, "get_token_info", None)
        return info(self._scope) if info is not None else self._credential.get_token(self._scope)

    def _user(self, token: str) -> str:
        parts = token.split(".")
        claims = decoded_segment(parts[1]) if len(parts) == 3 else {}
        name = self._username or claims.get("oid")
        if not isinstance(name, str) or not name:
            raise ConfigurationError(
                "The token does not say whose it is.",
                code="no_object_id",
                hint='Name the user of the access policy: username="<object id>".',
            )
        return name


class CredentialProvider(_Provider):
    """For clients of threads: keeps open connections' tokens fresh from a thread of its own.

    ``credential`` is any for threads; ``username`` is the object id that it signs in as (default:
    what its token says), ``scope`` that of the cache's cloud.
    """

    def __init__(self, credential: Any, **options: Any) -> None:
        super().__init__(credential, **options)
        self._driver = SyncDriver(
            self._world, Workers(1)
        )  # it sleeps in it, for as long as it lives

    def get_credentials(self) -> tuple[str, str]:
        """Return user and token for a new connection; raise as the credential does."""
        return self._driver.run(self._opening())

    async def get_credentials_async(self) -> tuple[str, str]:
        """Raise ``TypeError``: an asynchronous client takes the other class."""
        raise TypeError("an asynchronous client takes an AsyncCredentialProvider")

    def renew(self) -> bool:
        """Send a new token to open connections now, and say whether there was one."""
        return self._driver.run(self._renewing())

    def close(self) -> None:
        """End the thread; the next new connection starts it again."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        self.close()


class AsyncCredentialProvider(_Provider):
    """For ``redis.asyncio``: as :class:`CredentialProvider`, from a task of the running loop.

    It takes credentials of either colour.
    """

    def __init__(self, credential: Any, **options: Any) -> None:
        super().__init__(credential, **options)
        self._driver = AsyncDriver(self._world)

    def get_credentials(self) -> tuple[str, str]:
        """Raise ``TypeError``: a client of threads takes the other class."""
        raise TypeError("a client of threads takes a CredentialProvider")

    async def get_credentials_async(self) -> tuple[str, str]:
        """Return user and token for a new connection; raise as the credential does."""
        return await self._driver.run(self._opening())

    async def renew(self) -> bool:
        """Send a new token to open connections now, and say whether there was one."""
        return await self._driver.run(self._renewing())

    async def close(self) -> None:
        """End the task; the next new connection starts it again."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()

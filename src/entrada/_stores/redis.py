"""A store in Redis, for the processes of many machines.

An entry's keys share a hash tag, so that in a cluster they live on one node. A lease is a key that
expires by itself; its fence, a number that only grows, keeps a holder that was stopped for longer
than its lease from overwriting what was renewed since.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

from entrada._engine.effects import Flow, call
from entrada._engine.world import World
from entrada._stores.keys import KeySource, given_key
from entrada._stores.store import Lease, Sealed, StoreUnavailable
from entrada.errors import ConfigurationError

_LEASE_SECONDS = 15.0
_FENCE_SECONDS = 30 * 24 * 3600
_TIMEOUT = 2.0
_DECODES = "the Redis client decodes its answers: make it without decode_responses"

# KEYS: entry, fence of the entry.  ARGV: data, milliseconds to live, fence (0: none)
_SAVE = """
if tonumber(ARGV[3]) > 0 then
  local last = tonumber(redis.call('GET', KEYS[2]) or '0')
  if last > tonumber(ARGV[3]) then return 0 end
  redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[2])
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
# KEYS: lease, fence counter.  ARGV: holder, milliseconds of the lease, seconds of the counter
_TAKE = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
local fence = redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return fence
"""
# KEYS: lease.  ARGV: holder
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class RedisStore:
    """Keeps sealed entries in Redis, each for as long as its token lives.

    ``url`` is ``redis://`` or ``rediss://host:port/database``; or ``client`` is a client of your
    own: ``redis.Redis``, ``RedisCluster``, or for async credentials ``redis.asyncio.Redis``.
    ``key``: the 32 bytes that all processes seal with, or a function that returns them, such as
    one that unwraps a key of Azure Key Vault. ``prefix`` begins each key. ``lease_seconds``: after
    how long others go on when a process dies while it renews a token. Needs
    ``pip install 'entrada[redis]'``; raises ConfigurationError without it.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        key: KeySource,
        client: Any = None,
        prefix: str = "entrada",
        lease_seconds: float = _LEASE_SECONDS,
    ) -> None:
        if (url is None) == (client is None):
            raise ConfigurationError(
                "RedisStore needs either a url or a client.",
                code="no_redis",
                hint='Write RedisStore("rediss://cache.example:6380/0", key=...).',
            )
        self._client = client if client is not None else _connected(str(url))
        self._key = key
        self._prefix = prefix
        self._lease_milliseconds = int(lease_seconds * 1000)
        self._world = World.real()

    def sealing_key(self, world: World) -> Flow[bytes]:
        """Return the key that was given."""
        self._world = world
        return (yield from call(lambda: given_key(self._key), "sealing key"))

    def load(self, name: str) -> Flow[bytes | None]:
        """Return an entry's bytes, if it is there."""
        keys = [self._named(name, what) for what in ("token", "sign-in")]
        found = yield from self._do(lambda: self._client.mget(keys))
        return next((_bytes(data) for data in found if data is not None), None)

    def save(self, name: str, entry: Sealed) -> Flow[None]:
        """Keep an entry until it expires; Redis drops it then."""
        left = int((entry.expires_on - self._world.now()) * 1000)
        if left <= 0:
            return
        kept = self._named(name, "sign-in" if entry.account else "token")
        keys = (kept, self._named(name, "fenced"))
        yield from self._script(_SAVE, keys, entry.data, left, entry.fence)

    def delete(self, name: str) -> Flow[None]:
        """Drop an entry."""
        keys = (self._named(name, "token"), self._named(name, "sign-in"))
        yield from self._do(lambda: self._client.delete(*keys))

    def accounts(self) -> Flow[list[tuple[str, bytes]]]:
        """Return the sign-ins; this looks through all keys."""
        cursor, found = 0, []
        pattern = f"{self._prefix}:{{*}}:sign-in"
        while True:
            scan = partial(self._client.scan, cursor, match=pattern, count=1000)
            cursor, keys = yield from self._do(scan)
            for key in keys:
                data = yield from self._do(partial(self._client.get, key))
                if data is not None:
                    text = _bytes(key).decode()
                    found.append((text.partition("{")[2].partition("}")[0], _bytes(data)))
            if not cursor:
                return found

    def lease(self, name: str) -> Flow[Lease | None]:
        """Return the right to renew an entry, which ends by itself after a while."""
        holder = secrets.token_hex(16)
        keys = (self._named(name, "lease"), self._named(name, "fence"))
        fence = yield from self._script(
            _TAKE, keys, holder, self._lease_milliseconds, _FENCE_SECONDS
        )
        return _RedisLease(self, keys[0], holder, int(fence)) if fence else None

    def give_back(self, key: str, holder: str) -> Flow[None]:
        """End a lease, if it is still that holder's."""
        yield from self._script(_RELEASE, (key,), holder)

    def _named(self, name: str, what: str) -> str:
        return f"{self._prefix}:{{{name}}}:{what}"

    def _script(self, text: str, keys: tuple[str, ...], *arguments: object) -> Flow[Any]:
        return (yield from self._do(lambda: self._client.eval(text, len(keys), *keys, *arguments)))

    def _do(self, command: Callable[[], Any]) -> Flow[Any]:
        try:
            return (yield from call(command, "Redis"))
        except UnicodeDecodeError:
            raise StoreUnavailable(_DECODES) from None
        except Exception as error:
            if not _is_away(error):
                raise
            raise StoreUnavailable(f"Redis does not answer ({type(error).__name__})") from None

    def __repr__(self) -> str:
        return f"RedisStore(prefix={self._prefix!r})"


class _RedisLease:
    def __init__(self, store: RedisStore, key: str, holder: str, fence: int) -> None:
        self._store, self._key, self._holder = store, key, holder
        self.fence = fence

    def release(self) -> Flow[None]:
        yield from self._store.give_back(self._key, self._holder)

    def drop(self) -> None:
        """Leave it to its time: giving it back takes an answer."""


def _connected(url: str) -> Any:
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise ConfigurationError(
            "RedisStore needs the package redis.",
            code="redis_not_installed",
            hint="pip install 'entrada[redis]'",
        ) from None
    # One try more, for a kept connection that turns out closed; who waits longer waits for nothing.
    return redis.Redis.from_url(
        url,
        socket_timeout=_TIMEOUT,
        socket_connect_timeout=_TIMEOUT,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )


def _is_away(error: Exception) -> bool:
    """Say whether an error is one of Redis or of the way to it, and not of its use here."""
    try:
        from redis.exceptions import RedisError
    except ImportError:
        return isinstance(error, OSError)
    return isinstance(error, RedisError | OSError)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    raise StoreUnavailable(_DECODES)

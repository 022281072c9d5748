"""The plain token cache that Microsoft's libraries share on Linux, as a place for tokens to rest.

It is the file that azure-identity and MSAL's extensions use where nothing can encrypt: a sign-in
by any of them is found by the others. Tokens that its layout cannot bind to whom they are for
(on behalf of somebody, of a tool, of a machine) do not rest there.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from entrada._engine import log
from entrada._engine.effects import Flow, T, call
from entrada._engine.world import World
from entrada._stores.folders import make_folder
from entrada._stores.health import Health
from entrada._stores.locks import FileLock
from entrada._stores.place import Owner, Place, SignIn, SignInPlace
from entrada._stores.store import Lease, StoreUnavailable
from entrada._wire import msal_cache
from entrada._wire.clouds import cloud_of
from entrada.types import Token

_KINDS = ("application", "person")
_LARGEST = 64 * 1024 * 1024
_WAIT, _STALE_AFTER, _PATIENCE = 0.02, 1.0, 6.0


class MsalStorage:
    """Tokens in MSAL's file; there is one for continuous access evaluation, one without."""

    def __init__(self, name: str, world: World) -> None:
        self._name = name
        self._world = world
        self._health = Health()

    def token(self, place: Place) -> Flow[Token | None]:
        """Return the token that rests there, however old."""
        client = _client(place.owner)
        if client is None:
            return None
        return (
            yield from self._read(
                place.cae,
                lambda cache: msal_cache.access_token(cache, client, place.tenant, place.scopes),
            )
        )

    def keep_token(self, place: Place, token: Token, fence: int = 0) -> Flow[None]:  # noqa: ARG002
        """Have a token rest there until it expires."""
        client, now = _client(place.owner), self._world.now()
        if client is None:
            return
        received = token if token.received_on is not None else token._replace(received_on=now)

        def keep(cache: msal_cache.Cache) -> None:
            msal_cache.remove_expired(cache, now)
            msal_cache.put_access_token(cache, client, place.tenant, place.scopes, received)

        yield from self._change(place.cae, keep)

    def sign_in(self, place: SignInPlace) -> Flow[SignIn | None]:
        """Return how somebody's tokens are renewed, if they signed in to one of the family."""
        client = _client(place.owner)
        if client is None:
            return None
        found = yield from self._read(
            place.cae, lambda cache: msal_cache.refresh_token(cache, client)
        )
        return None if found is None else SignIn(found, "")

    def keep_sign_in(self, place: SignInPlace, sign_in: SignIn) -> Flow[None]:
        """Remember somebody's sign-in, for other tools as well."""
        client, now = _client(place.owner), self._world.now()
        if client is None:
            return
        record = json.loads(sign_in.record)
        who = msal_cache.SignedIn(
            sign_in.refresh_token,
            sign_in.family,
            sign_in.id_token,
            " ".join(sorted(sign_in.scopes)),
            record["tenantId"],
            sign_in.object_id,
            record["username"],
        )
        yield from self._change(
            place.cae, lambda cache: msal_cache.put_sign_in(cache, client, who, now)
        )

    def forget_sign_in(self, place: SignInPlace) -> Flow[None]:
        """Forget a sign-in to this application; what others of its family have is theirs."""
        client = _client(place.owner)
        if client is not None:
            yield from self._change(
                place.cae, lambda cache: msal_cache.remove_refresh_token(cache, client)
            )

    def lease(self, place: Place) -> Flow[Lease | None]:
        """Return the right to renew a token, as among entrada's own processes."""
        name = hashlib.sha256(place.text().encode()).hexdigest()[:16]

        def take() -> tuple[FileLock | None]:
            try:
                return (FileLock.take(f"{self._path(place.cae)}.lease-{name}"),)
            except OSError as error:
                raise _unavailable(self._path(place.cae), error) from None

        taken = yield from self._run(take)
        if taken is None:
            return _Lease(None)
        return None if taken[0] is None else _Lease(taken[0])

    def _read(self, cae: bool, look: Callable[[msal_cache.Cache], T]) -> Flow[T | None]:
        return (yield from self._run(lambda: look(self._load(self._path(cae)))))

    def _change(self, cae: bool, change: Callable[[msal_cache.Cache], None]) -> Flow[None]:
        def apply() -> None:
            path = self._path(cae)
            with _locked(f"{path}.lockfile"):
                cache = self._load(path)
                change(cache)
                _write(path, msal_cache.written(cache))

        yield from self._run(apply)

    def _run(self, work: Callable[[], T]) -> Flow[T | None]:
        return (yield from self._health.run(lambda: call(work, "MSAL's cache"), self._world, self))

    def _path(self, cae: bool) -> str:
        folder = make_folder([f"{self._world.home}/.IdentityService"])
        return f"{folder}/{self._name}.{'cae' if cae else 'nocae'}"

    def _load(self, path: str) -> msal_cache.Cache:
        try:
            return msal_cache.parse(self._world.read_secret(path, _LARGEST))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise _unavailable(path, error) from None
        except ValueError:
            aside = f"{path}.damaged"
            with contextlib.suppress(OSError):
                os.replace(path, aside)  # noqa: PTH105
            log.warning("%s cannot be read: set aside as %s", path, aside)
            return {}

    def __repr__(self) -> str:
        return f"MsalStorage({self._name!r})"


class _Lease:
    fence = 0

    def __init__(self, lock: FileLock | None) -> None:
        self._lock = lock

    def release(self) -> Flow[None]:
        yield from ()
        self.drop()

    def drop(self) -> None:
        if self._lock is not None:
            self._lock.release()


def _client(owner: Owner) -> msal_cache.Client | None:
    if owner.kind not in _KINDS:
        return None
    cloud = cloud_of(owner.authority)
    url = urlsplit(owner.authority)
    aliases = (cloud.authority_host, *cloud.aliases) if cloud else ()
    # Without the port as in Python, with it as in JavaScript.
    names = dict.fromkeys((url.hostname or "", url.netloc, *aliases))
    return msal_cache.Client(tuple(names), owner.client_id, owner.account)


def _unavailable(path: str, error: OSError) -> StoreUnavailable:
    return StoreUnavailable(f"{path} cannot be used ({error.strerror or type(error).__name__})")


@contextlib.contextmanager
def _locked(path: str) -> Iterator[None]:
    """Hold MSAL's lock: a file that is there, and locked, for as long as somebody writes.

    One that nobody has locked for a second was left by a process that died.
    """
    waited = 0.0
    while True:
        free = waited >= _STALE_AFTER or not os.path.exists(path)  # noqa: PTH110
        try:
            lock = FileLock.take(path) if free else None
        except OSError as error:
            raise _unavailable(path, error) from None
        if lock is not None:
            break
        if waited >= _PATIENCE:
            raise StoreUnavailable(f"another process has held {path} for {_PATIENCE:g} s")
        time.sleep(_WAIT)
        waited += _WAIT
    try:
        yield
    finally:
        lock.release()


def _write(path: str, data: bytes) -> None:
    """Replace the file at once, readable by its owner only."""
    draft = f"{path}.{secrets.token_hex(4)}"
    try:
        file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as opened:
            opened.write(data)
        os.replace(draft, path)  # noqa: PTH105
    except OSError as error:
        with contextlib.suppress(OSError):
            os.unlink(draft)  # noqa: PTH108
        raise _unavailable(path, error) from None

"""One credential's way to a store: entries are named, sealed and read here.

A store that fails is said once and gone without: no exception of a store, and nothing that
somebody else wrote into one, ever gets to whoever asked for a token.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from entrada._engine import log
from entrada._engine.effects import Flow, T
from entrada._engine.world import World
from entrada._stores.health import Health
from entrada._stores.place import Place, SignIn, SignInPlace
from entrada._stores.seal import Seal, Unreadable
from entrada._stores.store import Lease, Sealed, TokenStore
from entrada.types import Token

SIGN_IN_SECONDS = 90 * 24 * 3600.0
"""How long a sign-in is kept: as long as Entra's refresh tokens live unused."""


class Storage(Protocol):
    """Where one credential's tokens rest. Nothing here ever raises for a store that fails."""

    def token(self, place: Place) -> Flow[Token | None]:
        """Return the token that rests there, however old."""
        ...

    def keep_token(self, place: Place, token: Token, fence: int = 0) -> Flow[None]:
        """Have a token rest there until it expires."""
        ...

    def sign_in(self, place: SignInPlace) -> Flow[SignIn | None]:
        """Return how somebody's tokens are renewed, if they have signed in."""
        ...

    def keep_sign_in(self, place: SignInPlace, sign_in: SignIn) -> Flow[None]:
        """Remember somebody's sign-in."""
        ...

    def forget_sign_in(self, place: SignInPlace) -> Flow[None]:
        """Forget a sign-in that is no longer good for anything."""
        ...

    def lease(self, place: Place) -> Flow[Lease | None]:
        """Return the right to renew a token, ``None`` while another process has it."""
        ...


class _State:
    """What all credentials with the same store share: its key, and whether it works."""

    def __init__(self) -> None:
        self.seal: Seal | None = None
        self.health = Health()
        self.said_unreadable = False


_states: WeakKeyDictionary[TokenStore, _State] = WeakKeyDictionary()


class SealedStorage:
    """A :class:`Storage` over a :class:`TokenStore`."""

    def __init__(self, store: TokenStore, world: World) -> None:
        self._store = store
        self._world = world
        self._state = _states.setdefault(store, _State())

    def token(self, place: Place) -> Flow[Token | None]:
        """Return the token that rests there, however old."""
        fields = yield from self._load(place.text())
        try:
            return None if fields is None else _token_of(fields)
        except (KeyError, TypeError, ValueError):
            return None

    def keep_token(self, place: Place, token: Token, fence: int = 0) -> Flow[None]:
        """Have a token rest there until it expires."""
        received_on = self._world.now() if token.received_on is None else token.received_on
        fields = {**token._asdict(), "received_on": received_on}
        yield from self._save(place.text(), fields, token.expires_on, fence=fence)

    def sign_in(self, place: SignInPlace) -> Flow[SignIn | None]:
        """Return how somebody's tokens are renewed, if they have signed in."""
        fields = yield from self._load(place.text())
        try:
            return None if fields is None else SignIn(fields["refresh_token"], fields["record"])
        except KeyError:
            return None

    def keep_sign_in(self, place: SignInPlace, sign_in: SignIn) -> Flow[None]:
        """Remember somebody's sign-in."""
        expires_on = self._world.now() + SIGN_IN_SECONDS
        fields = {"refresh_token": sign_in.refresh_token, "record": sign_in.record}
        yield from self._save(place.text(), fields, expires_on, account=True)

    def forget_sign_in(self, place: SignInPlace) -> Flow[None]:
        """Forget a sign-in that is no longer good for anything."""

        def forget() -> Flow[None]:
            seal = yield from self._seal()
            yield from self._store.delete(seal.name(place.text()))

        yield from self._unless_down(forget)

    def records(self) -> Flow[list[str]]:
        """Return the authentication records, as JSON, of whoever has signed in."""

        def read() -> Flow[list[str]]:
            seal = yield from self._seal()
            found = []
            for name, data in (yield from self._store.accounts()):
                try:
                    found.append(str(json.loads(seal.open(name, data))["record"]))
                except (Unreadable, ValueError, KeyError, TypeError):
                    continue
            return found

        return (yield from self._unless_down(read)) or []

    def lease(self, place: Place) -> Flow[Lease | None]:
        """Return the right to renew a token; where the store is down everybody has it."""

        def take() -> Flow[tuple[Lease | None]]:
            seal = yield from self._seal()
            return ((yield from self._store.lease(seal.name(place.text()))),)

        taken = yield from self._unless_down(take)
        if taken is None:
            return _Unleased()
        return None if taken[0] is None else _Careful(taken[0], self._unless_down)

    def _load(self, text: str) -> Flow[dict[str, Any] | None]:
        def load() -> Flow[dict[str, Any] | None]:
            seal = yield from self._seal()
            name = seal.name(text)
            data = yield from self._store.load(name)
            if data is None:
                return None
            try:
                fields = json.loads(seal.open(name, data))
            except (Unreadable, ValueError) as why:
                self._say_unreadable(why)
                yield from self._store.delete(name)
                return None
            return fields if isinstance(fields, dict) else None

        return (yield from self._unless_down(load))

    def _save(
        self,
        text: str,
        fields: dict[str, Any],
        expires_on: float,
        *,
        account: bool = False,
        fence: int = 0,
    ) -> Flow[None]:
        def save() -> Flow[None]:
            seal = yield from self._seal()
            name = seal.name(text)
            data = seal.close(name, json.dumps(fields).encode())
            yield from self._store.save(name, Sealed(data, expires_on, account, fence))

        yield from self._unless_down(save)

    def _seal(self) -> Flow[Seal]:
        if self._state.seal is None:
            self._state.seal = Seal((yield from self._store.sealing_key(self._world)))
        return self._state.seal

    def _unless_down(self, start: Callable[[], Flow[T]]) -> Flow[T | None]:
        return (yield from self._state.health.run(start, self._world, self._store))

    def _say_unreadable(self, why: Exception) -> None:
        if not self._state.said_unreadable:
            self._state.said_unreadable = True
            log.warning("%r: an entry is dropped that cannot be read: %s", self._store, why)

    def __repr__(self) -> str:
        return f"SealedStorage({self._store!r})"


class _Unleased:
    fence = 0

    def release(self) -> Flow[None]:
        yield from ()

    def drop(self) -> None:
        pass


class _Careful:
    """A lease whose return may fail without anybody hearing of it."""

    def __init__(self, lease: Lease, run: Callable[[Callable[[], Flow[None]]], Flow[None]]) -> None:
        self._lease, self._run = lease, run
        self.fence = lease.fence

    def release(self) -> Flow[None]:
        yield from self._run(self._lease.release)

    def drop(self) -> None:
        self._lease.drop()


def _token_of(fields: dict[str, Any]) -> Token:
    refresh_on = fields["refresh_on"]
    return Token(
        str(fields["access_token"]),
        float(fields["expires_on"]),
        None if refresh_on is None else float(refresh_on),
        str(fields["token_type"]),
        float(fields["received_on"]),
    )

"""Around a flow that gets a token: the store first, else one renewal for all processes."""

from __future__ import annotations

from collections.abc import Callable

from entrada._cache.ages import ages_of
from entrada._cache.storage import Storage
from entrada._engine.effects import Flow, Sleep
from entrada._engine.world import World
from entrada._stores.place import Place
from entrada._stores.store import Lease
from entrada.types import Token

_PATIENCE = 60.0
_FIRST_LOOK, _LONGEST_LOOK = 0.005, 0.02


class Stored:
    """How one ask's token gets from and to a store.

    ``place`` says where it rests, ``None`` as long as that is not known: who signs in may turn
    out only by signing in. Tokens received before ``since`` (epoch seconds) do not count.
    ``cold``: there is none in memory, so that an old one is better than none.
    """

    def __init__(
        self,
        storage: Storage,
        place: Callable[[], Place | None],
        world: World,
        *,
        since: float,
        cold: bool,
    ) -> None:
        self._storage = storage
        self._place = place
        self._world = world
        self._since = since
        self._cold = cold

    def new(self, flow: Flow[Token]) -> Flow[Token]:
        """Get a token by a flow, whatever rests in the store, and have it rest there."""
        return (yield from self._kept(flow, 0))

    def through(self, flow: Flow[Token]) -> Flow[Token]:
        """Return the token that rests in the store, or get one while no other process does.

        Where none can be got for want of an answer, an old one is served as long as it is valid.
        """
        place = self._place()
        if place is None:
            return (yield from self.new(flow))
        began, pause = self._world.elapsed(), _FIRST_LOOK
        while True:
            old = yield from self._usable(place)
            if old is not None and self._fresh(old):
                return old
            lease = yield from self._storage.lease(place)
            if lease is not None:
                return (yield from self._leased(place, lease, flow))
            if self._world.elapsed() - began > _PATIENCE:
                return (yield from self._renewed(flow, old, 0))
            yield Sleep(pause * (0.5 + self._world.chance()))
            pause = min(pause * 2, _LONGEST_LOOK)

    def _leased(self, place: Place, lease: Lease, flow: Flow[Token]) -> Flow[Token]:
        try:
            # Whoever had the lease before may have renewed it between our look and our lease.
            old = yield from self._usable(place)
            token = old
            if old is None or not self._fresh(old):
                token = yield from self._renewed(flow, old, lease.fence)
        except GeneratorExit:
            lease.drop()
            raise
        except BaseException:
            yield from lease.release()
            raise
        yield from lease.release()
        assert token is not None  # noqa: S101 - for type checkers: it is fresh, or renewed
        return token

    def _renewed(self, flow: Flow[Token], old: Token | None, fence: int) -> Flow[Token]:
        try:
            return (yield from self._kept(flow, fence))
        except Exception as error:
            unanswered = getattr(error, "kind", "") in ("unreachable", "unavailable")
            if old is None or not self._cold or not unanswered:
                raise
            return old

    def _kept(self, flow: Flow[Token], fence: int) -> Flow[Token]:
        token = yield from flow
        place = self._place()
        if place is not None:
            yield from self._storage.keep_token(place, token, fence)
        return token

    def _usable(self, place: Place) -> Flow[Token | None]:
        token = yield from self._storage.token(place)
        if token is None or token.received_on is None or token.received_on <= self._since:
            return None
        return token if self._world.now() < ages_of(token, token.received_on).last_on else None

    def _fresh(self, token: Token) -> bool:
        received_on = token.received_on or 0.0
        return self._world.now() < ages_of(token, received_on).refresh_on

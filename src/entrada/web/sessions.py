"""Sessions on the server: opened, found, renewed, ended. Everything at rest is sealed.

The cookie holds a random secret and the store its digest, so neither a stolen database nor a log
opens a session. Tokens rest in a row of their own, which requests that need none do not read.
All of it is flows.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from entrada._engine.effects import Flow, T, call
from entrada.web.session import Session, User
from entrada.web.stores import MemoryStore, SessionStore

if TYPE_CHECKING:
    from entrada._engine.world import World
    from entrada.web.seal import Seal

IDLE = 3600.0
"""Seconds without a request after which a session ends."""

LONGEST = 12 * 3600.0
"""Seconds after which a session ends in any case."""

PENDING = 600.0
"""Seconds within which a sign-in has to be finished."""

_SECRET_BYTES = 32
_PURGE_EACH = 64
_TOUCH_PARTS = 20
"""A session is noted as seen at most so many times in its idle time: a read is not a write."""


class Sessions:
    """The sessions of one site. ``idle`` and ``longest`` are in seconds."""

    def __init__(
        self, store: SessionStore, seal: Seal, world: World, idle: float, longest: float
    ) -> None:
        self._store = store
        self._seal = seal
        self._world = world
        self._idle = idle
        self._longest = longest
        self._writes = 0
        self.credentials: Callable[[Session, bool], Any] | None = None
        """Makes a session's credential; set by whoever knows how tokens are got."""

    def open(
        self, user: User, scopes: Collection[str], refresh_token: str | None, rounds: int = 0
    ) -> Flow[Session]:
        """Begin a session under a secret that nobody has seen yet."""
        now = self._world.now()
        session = Session(
            secret=secrets.token_urlsafe(_SECRET_BYTES),
            grant=secrets.token_hex(16),
            user=user,
            scopes=frozenset(scopes),
            began_on=now,
            seen_on=now,
            ends_on=now + min(self._idle, self._longest),
            last_on=now + self._longest,
            rounds=rounds,
            _credentials=self.credentials,
        )
        tags = _tags(session)
        tokens = {"refresh_token": refresh_token}
        yield from self._put(_grant_row(session.grant), tokens, session.last_on, tags)
        yield from self._put(_session_row(session.secret), _packed(session), session.ends_on, tags)
        return session

    def find(self, secret: str) -> Flow[Session | None]:
        """Return the session of a cookie; ``None`` where it has ended or never was."""
        if not secret:
            return None
        row = _session_row(secret)
        document = yield from self._get(row)
        if document is None:
            return None
        session = _unpacked(secret, document, self.credentials)
        if self._world.now() < session.ends_on:  # never after last_on
            return session
        yield from self.end(session.grant)
        return None

    def touch(self, session: Session, *, at_once: bool = False) -> Flow[Session]:
        """Note that a session is in use, which puts its end off; not at each request, for speed."""
        now = self._world.now()
        if not at_once and now - session.seen_on < self._idle / _TOUCH_PARTS:
            return session
        ends_on = min(now + self._idle, session.last_on)
        seen = replace(session, seen_on=now, ends_on=ends_on)
        row = _session_row(seen.secret)
        sealed = self._seal.close(row, _packed(seen))
        yield from self._asked(lambda: self._store.replace(row, sealed, ends_on))
        return seen

    def end(self, grant: str) -> Flow[None]:
        """End one session, its tokens included."""
        yield from self._drop(f"grant:{grant}")

    def end_all(self, user: User) -> Flow[None]:
        """End every session of a person."""
        yield from self._drop(_user_tag(user))

    def end_sid(self, sid: str) -> Flow[None]:
        """End the sessions that began in one session of the authority's (the claim ``sid``)."""
        if sid:
            yield from self._drop(f"sid:{sid}")

    def refresh_token(self, grant: str) -> Flow[str | None]:
        """Return the refresh token that a session's access tokens are got with."""
        document = yield from self._get(_grant_row(grant))
        return document["refresh_token"] if document else None

    def keep_refresh_token(self, session: Session, refresh_token: str) -> Flow[None]:
        """Keep the newest refresh token of a session that has not ended meanwhile."""
        row = _grant_row(session.grant)
        sealed = self._seal.close(row, {"refresh_token": refresh_token})
        yield from self._asked(lambda: self._store.replace(row, sealed, session.last_on))

    def keep_pending(self, state: str, document: Any) -> Flow[None]:
        """Keep what a sign-in under way has to be finished with."""
        document = {**document, "ends": self._world.now() + PENDING}
        yield from self._put(_pending_row(state), document, document["ends"])

    def take_pending(self, state: str) -> Flow[Any]:
        """Return what was kept for a state: once, and in time; else ``None``."""
        row = _pending_row(state)
        sealed = yield from self._asked(lambda: self._store.take(row))
        document = self._seal.open(row, sealed) if sealed else None
        return document if document and self._world.now() < document["ends"] else None

    def _put(self, row: str, document: Any, ends: float, tags: Collection[str] = ()) -> Flow[None]:
        self._writes += 1
        if self._writes % _PURGE_EACH == 0:
            now = self._world.now()
            yield from self._asked(lambda: self._store.purge(now))
        sealed = self._seal.close(row, document)
        yield from self._asked(lambda: self._store.put(row, sealed, ends, tags))

    def _get(self, row: str) -> Flow[Any]:
        sealed = yield from self._asked(lambda: self._store.get(row))
        return self._seal.open(row, sealed) if sealed else None

    def _drop(self, tag: str) -> Flow[None]:
        digest = _digest(tag)
        yield from self._asked(lambda: self._store.drop(digest))

    def _asked(self, function: Callable[[], T]) -> Flow[T]:
        """Ask the store; one in memory at once, any other where it may block."""
        if isinstance(self._store, MemoryStore):
            return function()
        return (yield from call(function, "session store"))


def _packed(session: Session) -> dict[str, Any]:
    return {
        "grant": session.grant,
        "claims": dict(session.user.claims),
        "scopes": sorted(session.scopes),
        "began": session.began_on,
        "seen": session.seen_on,
        "ends": session.ends_on,
        "last": session.last_on,
        "rounds": session.rounds,
    }


def _unpacked(
    secret: str, document: Any, credentials: Callable[[Session, bool], Any] | None
) -> Session:
    return Session(
        secret=secret,
        grant=document["grant"],
        user=User.of(document["claims"]),
        scopes=frozenset(document["scopes"]),
        began_on=document["began"],
        seen_on=document["seen"],
        ends_on=document["ends"],
        last_on=document["last"],
        rounds=document["rounds"],
        _credentials=credentials,
    )


def _tags(session: Session) -> list[str]:
    sid = session.user.claims.get("sid")
    tags = [f"grant:{session.grant}", _user_tag(session.user), f"sid:{sid}" if sid else ""]
    return [_digest(tag) for tag in tags if tag]


def _user_tag(user: User) -> str:
    return f"user:{user.tenant_id}/{user.object_id}"


def _session_row(secret: str) -> str:
    return _digest(f"session:{secret}")


def _grant_row(grant: str) -> str:
    return _digest(f"tokens:{grant}")


def _pending_row(state: str) -> str:
    return _digest(f"pending:{state}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

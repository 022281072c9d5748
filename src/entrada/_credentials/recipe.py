"""The colourless half of every credential: settings, its tokens, and a flow that gets one.

Importing this module must stay cheap: engine, drivers and cache load with the first token.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

from entrada._credentials.options import CommonOptions, pipeline_options

if TYPE_CHECKING:
    from entrada._cache.ages import Entry
    from entrada._cache.lookup import Lookup
    from entrada._cache.storage import Storage
    from entrada._engine.effects import Flow, Transport
    from entrada._engine.retry import Retry
    from entrada._engine.world import World
    from entrada._stores.place import Place
    from entrada.types import Ask, Token


T = TypeVar("T")


class Recipe:
    """What a credential is. A subclass keeps its settings and writes ``flow``."""

    name = ""
    """The link's name in chains, logs and errors: the public class name."""
    asynchronous = False
    """Whether the face over this recipe is the async one."""
    guard: Callable[[Flow[Token]], Flow[Token]] | None = None
    """What each new token passes before anybody gets it: it may refuse one."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options
        self._world: World | None = options.get("world")
        self._now: Callable[[], float] = time.time if self._world is None else self._world.now
        self._entries: dict[Hashable, Entry] = {}
        self._parts: dict[str, Any] = {}

    def flow(self, ask: Ask) -> Flow[Token]:
        """Get a new token from whoever issues it."""
        raise NotImplementedError

    def describe(self) -> dict[str, object]:
        """Return the settings worth showing in ``repr``, none of them secret."""
        return {}

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return the fresh token for an ask, or ``None``. This is the warm path."""
        try:
            entry = self._entries.get((scopes, tenant, cae))
        except TypeError:  # a list for a scope: the ask's own check says what is wrong
            return None
        return entry if entry is not None and self._now() < entry.refresh_on else None

    def acquire(self, ask: Ask) -> Flow[Entry]:
        """Return the token for an ask from memory or by ``flow``; claims bypass memory."""

        def start() -> Flow[Token]:
            flow, transport = self.flow(ask), self.transport()
            if transport is not None:
                from entrada._engine.watch import routed

                flow = routed(flow, transport)
            storage = self.storage()
            if storage is not None:
                flow = self._stored(ask, storage, flow)
            return flow if self.guard is None else self.guard(flow)

        key = self.key(ask)
        if ask.claims is not None:
            return (yield from self.lookup().fetch(key, ask.claims, start))
        if ask.force:
            return (yield from self.lookup().force(key, start))
        return (yield from self.lookup().get(key, start))

    def _stored(self, ask: Ask, storage: Storage, flow: Flow[Token]) -> Flow[Token]:
        from entrada._cache.stored import Stored

        stored = Stored(
            storage,
            lambda: self.place(ask),
            self.world,
            since=self.lookup().forgotten_on,
            cold=self.key(ask) not in self._entries,
        )
        if ask.claims is not None or ask.force:
            return stored.new(flow)
        return stored.through(flow)

    def place(self, ask: Ask) -> Place | None:  # noqa: ARG002
        """Return where an ask's token rests in a store; ``None``: nowhere, for now."""
        return None

    def storage(self) -> Storage | None:
        """Return where tokens rest between processes; ``None``: nowhere, as by default."""
        store = self._options.get("store")
        persistence = self._options.get("cache_persistence_options")
        if store is None and persistence is None:
            return None
        from entrada._credentials.persistence import storage_of

        return self.part("storage", lambda: storage_of(store, persistence, self.world))

    def key(self, ask: Ask) -> Hashable:
        """Return what an ask's token is kept under; ``ready`` looks under the same."""
        return (ask.scopes, ask.tenant, ask.cae)

    def fetching(self, scopes: Iterable[str], tenant: str | None, *, cae: bool) -> Flow[None]:
        """Begin to get a token for each scope that has none fresh, all at the same time."""
        from entrada._engine.effects import Spawn
        from entrada._wire.scopes import ask_for, each_scope

        for scope in each_scope(scopes):
            ask = ask_for((scope,), tenant, None, cae=cae)
            if self.ready(ask.scopes, tenant, cae) is None:
                yield Spawn(partial(self.acquire, ask))

    def invalidate(self, *scopes: str) -> None:
        """Forget the access tokens for these scopes (those of one ask), or all, without I/O.

        The next ``get_token`` gets a new one. Who is signed in stays signed in.
        """
        if self._entries or "lookup" in self._parts:
            self.lookup().forget(scopes)
        for recipe in self.nested():
            recipe.invalidate(*scopes)

    def nested(self) -> Iterable[Recipe]:
        """Return the recipes that keep tokens for this one."""
        return ()

    @property
    def world(self) -> World:
        """The surroundings: this machine, or what the caller gave."""
        if self._world is None:
            from entrada._engine.world import World

            self._world = World.real()
        return self._world

    def part(self, name: str, make: Callable[[], T]) -> T:
        """Return the one part of that name, made when first needed.

        Threads that meet here may each make one, but all go on with the same: the dictionary's
        ``setdefault`` is atomic, and needs no lock that a fork could leave taken.
        """
        made: T | None = self._parts.get(name)
        return self._parts.setdefault(name, make()) if made is None else made

    def lookup(self) -> Lookup:
        """Return the tokens in memory and the renewals under way."""
        from entrada._cache.lookup import Lookup

        return self.part("lookup", lambda: Lookup(self.name, self.world, self._entries))

    def transport(self) -> Transport | None:
        """Return the transport that the caller gave or described; ``None``: the driver's own."""
        given = self._options.get("transport")
        if callable(given) and not hasattr(given, "send"):
            return cast("Transport", given)
        keywords = pipeline_options(self._options)
        if given is None and not keywords:
            return None
        from entrada._drivers.azure_core import pipeline_transport

        return self.part(
            "transport",
            lambda: pipeline_transport(given, keywords, asynchronous=self.asynchronous),
        )

    def transports(self) -> list[Transport]:
        """Return the transports made or taken so far, to be closed with the credential."""
        return [self._parts["transport"]] if "transport" in self._parts else []

    def members(self) -> list[Any]:
        """Return the caller's credentials that this one is made of, to be closed with it."""
        return []

    def linked(self) -> Recipe:
        """Return this recipe as a link of a chain."""
        return self

    def retry(self, policy: Retry) -> Retry:
        """Return the policy, or a single try where azure-core's pipeline does the retrying."""
        from entrada._engine.retry import ONCE

        return ONCE if getattr(self.transport(), "retries", False) else policy

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.describe().items())
        return f"{self.name}({shown})"

    def reference(self) -> Mapping[str, Any] | None:
        """Return the keywords that make this credential anew elsewhere; ``None``: with a secret."""
        return None

    def __reduce__(self) -> tuple[Any, ...]:
        keywords = self.reference()
        if keywords is None:
            raise TypeError(
                f"{self.name} cannot be pickled: its secrets would stand in the pickle in clear. "
                "Construct it anew in the other process."
            )
        given = {name: value for name, value in keywords.items() if value is not None}
        bound = sorted(given.keys() & CommonOptions.__annotations__.keys())
        if bound:
            raise TypeError(
                f"{self.name} cannot be pickled with {', '.join(bound)}: that belongs to this "
                "process, or may hold secrets."
            )
        return _construct, (type(self), given)


def _construct(kind: type[Recipe], keywords: Mapping[str, Any]) -> Recipe:
    return kind(**keywords)

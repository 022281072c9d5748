"""Where recording is put in front of what credentials do, and taken away again.

The two faces get methods that stand before those of their recipes; without them the classes are
as they were, so what is switched off costs nothing at all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from typing import Any

from entrada._cache.ages import Entry
from entrada._cache.lookup import Lookup, Start
from entrada._chain.chain import Link
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._engine.effects import Flow
from entrada._telemetry.meters import Meters
from entrada._telemetry.spans import Spans
from entrada.types import Ask

_FACES: tuple[type[Any], ...] = (SyncFace, AsyncFace)


class _Here(threading.local):
    """Whether this thread is within a credential already: then it asks as part of a chain."""

    inside = False


_here = _Here()
_undo: list[Callable[[], None]] = []


def install(spans: Spans, meters: Meters) -> None:
    """Put recording in place, instead of what was there before."""
    remove()
    for face in _FACES:
        for name, function in _face_methods(face, spans, meters).items():
            _put(face, name, function)
    get, new, acquire = Lookup.get, Lookup._new, Link.acquire  # noqa: SLF001 - around them

    def looked_up(lookup: Lookup, key: Hashable, start: Start) -> Flow[Entry]:
        spans.found(lookup.age(key))
        return get(lookup, key, start)

    def renewed(lookup: Lookup, key: Hashable, start: Start) -> Flow[Entry]:
        return spans.renewed(new(lookup, key, start))

    def linked(link: Link, ask: Ask) -> Flow[Entry]:
        outer, _here.inside = _here.inside, True
        try:
            flow = acquire(link, ask)
        finally:
            _here.inside = outer
        return spans.linked(link.name, flow)

    _put(Lookup, "get", looked_up)
    _put(Lookup, "_new", renewed)
    _put(Link, "acquire", linked)


def remove() -> None:
    """Take recording away."""
    while _undo:
        _undo.pop()()


def _face_methods(face: type[Any], spans: Spans, meters: Meters) -> dict[str, Callable[..., Any]]:
    """Return methods of a face that record and hand on to its recipe's of the same name."""

    def ready(self: Any, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        below: Any = super(face, self)
        outer, _here.inside = _here.inside, True
        try:
            entry: Entry | None = below.ready(scopes, tenant, cae)
        finally:
            _here.inside = outer
        if entry is not None and not outer:
            meters.tally(self.name, "fresh").add()
        return entry

    def acquire(self: Any, ask: Ask) -> Flow[Entry]:
        below: Any = super(face, self)
        flow: Flow[Entry] = below.acquire(ask)
        return flow if _here.inside else spans.acquired(self, ask, flow)

    def fetching(self: Any, scopes: Iterable[str], tenant: str | None, *, cae: bool) -> Flow[None]:
        below: Any = super(face, self)
        return spans.carried(below.fetching(scopes, tenant, cae=cae))

    return {"ready": ready, "acquire": acquire, "fetching": fetching}


def _put(owner: Any, name: str, function: Callable[..., Any]) -> None:
    known = vars(owner).get(name)
    setattr(owner, name, function)
    if known is None:
        _undo.append(lambda: delattr(owner, name))
    else:
        _undo.append(lambda: setattr(owner, name, known))

"""The local cloud's own speed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from benchmarks.measure import OURS, Group, Measure, Place

_US = (OURS,)


@contextlib.contextmanager
def _place() -> Iterator[Place]:
    yield Place({})


GROUP = Group(
    "local_cloud",
    "local_cloud",
    "The local cloud",
    "From the start of the interpreter, TLS included; tokens asked for by one process with four "
    "kept connections on the same cores.",
    (
        Measure("library_start", "`with LocalCloud():` from process start", "ms", None, _US),
        Measure("command_start", "`entrada local up` to the first answer", "ms", None, _US),
        Measure("tokens", "client-credentials tokens", "/s", None, _US),
    ),
    _place,
)

"""Many people through one API, their tokens in memory."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial

from benchmarks.clouds import no_cloud
from benchmarks.measure import OURS, PYTHON, Goal, Group, Measure, Place, within

_HIT = within(50, "< 50 µs")
_FEW = "A credential keeps 10,000 tokens in memory, and drops the oldest tenth for the next."


@contextlib.contextmanager
def _place(count: int, store: str) -> Iterator[Place]:
    with no_cloud() as place:
        told = {"BENCH_USERS": str(count), "BENCH_STORE": store}
        place.environment = {**place.environment, **told}
        yield place


def _group(count: int, store: str, subjects: tuple[str, ...], about: str) -> Group:
    return Group(
        f"users_{store}_{count}",
        "users",
        f"{count:,} users in {store}",
        about,
        (
            Measure(
                "remembered", "users remembered", "users", _all(count), subjects, 1, reason=_FEW
            ),
            Measure("memory", "resident memory for each", "KB", None, subjects, 1),
            Measure("hit", "call for one of them", "µs", _HIT, subjects, 1),
            Measure("miss", "call for one more: the client's part", "µs", None, subjects, 1),
        ),
        partial(_place, count, store),
    )


def _all(count: int) -> Goal:
    return within(count, f"{count:,}")


GROUPS = (
    _group(
        1_000,
        "memory",
        PYTHON,
        "Assertions and tokens of 1.5 KB; the endpoint answers within the process. azure-identity "
        "needs a credential for each user; MSAL finds the user's account by name, then the token. "
        "Whose token is found again is told from a random sample.",
    ),
    _group(10_000, "memory", (OURS,), "The same; the peers take minutes to get there."),
    _group(100_000, "memory", (OURS,), "The same."),
)

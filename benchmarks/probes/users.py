"""Many people through one API: the endpoint answers in this process, tokens stay in memory.

Where tokens are kept is one row of ``STORES``, so that a store is measured by adding it there.
"""

from __future__ import annotations

import gc
import os
import random
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.probes import common
from benchmarks.probes.common import SCOPE
from benchmarks.probes.in_process import Endpoint
from benchmarks.probes.on_behalf_of import asker
from benchmarks.probes.people import assertion_of

COUNT = int(os.environ.get("BENCH_USERS", "10000"))
SAMPLE, FEWER = 2000, 500
STORES: dict[str, Callable[[], dict[str, Any]]] = {"memory": dict}
"""The keywords that give a credential its store."""


class Crowd:
    """Gets tokens for people by number, and keeps what the library needs to find them again."""

    def __init__(self, module: str) -> None:
        self.endpoint = Endpoint()
        options = self.endpoint.options(module) | STORES[os.environ.get("BENCH_STORE", "memory")]()
        self._kept: dict[int, Callable[[], object]] = {}
        self.ask: Callable[[int], object]
        if module == "entrada":
            ask = asker(module, **options)
            self.ask = lambda number: ask(assertion_of(number))
        elif module == "msal":
            self._app = common.msal_app(**options)
            self.ask = self._ask_msal
        else:
            self._kind = common.named(module, "OnBehalfOfCredential")
            self._options = options
            self.ask = self._ask_azure

    def _ask_azure(self, number: int) -> object:
        ask = self._kept.get(number)
        if ask is None:
            made = self._kind(
                *common.identity(),
                client_secret=os.environ["AZURE_CLIENT_SECRET"],
                user_assertion=assertion_of(number),
                disable_instance_discovery=True,
                **self._options,
            )
            ask = self._kept[number] = partial(made.get_token, SCOPE)
        return ask()

    def _ask_msal(self, number: int) -> object:
        ask = self._kept.get(number)
        if ask is None:
            found = self._app.acquire_token_on_behalf_of(assertion_of(number), [SCOPE])
            who = found["id_token_claims"]["preferred_username"]
            self._kept[number] = partial(self._find, who)
            return found
        return ask()

    def _find(self, who: str) -> object:
        (account,) = self._app.get_accounts(username=who)
        return self._app.acquire_token_silent([SCOPE], account=account)


def memory(module: str) -> float:
    """Kilobytes of resident memory a user whose token is kept."""
    crowd = Crowd(module)
    crowd.ask(COUNT)
    before = _resident()
    _fill(crowd)
    return (_resident() - before) / 1024 / _kept(crowd)


def hit(module: str) -> float:
    """Microseconds of a call for a user whose token is kept: the middle of a random sample."""
    crowd = Crowd(module)
    _fill(crowd)
    took = []
    for number in _sample(SAMPLE):
        asked, took_ms = crowd.endpoint.asked, common.milliseconds(partial(crowd.ask, number))
        if crowd.endpoint.asked == asked:
            took.append(took_ms)
    return statistics.median(took) * 1e3


def miss(module: str) -> float:
    """Microseconds of a call for a new user, beside all the others."""
    crowd = Crowd(module)
    _fill(crowd)
    new = range(COUNT, COUNT + SAMPLE // 4)
    return statistics.median(common.milliseconds(partial(crowd.ask, n)) for n in new) * 1e3


def remembered(module: str) -> float:
    """Users of those seen whose token is still there, told from a random sample."""
    crowd = Crowd(module)
    _fill(crowd)
    return _kept(crowd)


def _fill(crowd: Crowd) -> None:
    for number in range(COUNT):
        crowd.ask(number)


def _kept(crowd: Crowd) -> float:
    """Tell by asking: each ask that reached the endpoint was forgotten, and may push one out."""
    before = crowd.endpoint.asked
    sample = _sample(FEWER)  # so that what it asks for pushes hardly anything out
    for number in sample:
        crowd.ask(number)
    return COUNT * (1 - (crowd.endpoint.asked - before) / len(sample))


def _sample(size: int) -> list[int]:
    return random.Random(2).sample(range(COUNT), min(size, COUNT))


def _resident() -> int:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


if __name__ == "__main__":
    common.main(globals())

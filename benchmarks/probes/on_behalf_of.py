"""An API that acts for people it has not seen before."""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.probes import common
from benchmarks.probes.common import SCOPE
from benchmarks.probes.people import assertion_of

USERS, THREADS, TASKS = 240, 8, 64


def first_user(module: str) -> float:
    """Milliseconds of the first call for a new user, the middle of some users."""
    ask = asker(module)
    ask(assertion_of(0))
    return statistics.median(
        common.milliseconds(lambda n=n: ask(assertion_of(n)))  # type: ignore[misc]
        for n in range(1, 40)
    )


def exchanges(module: str) -> float:
    """Exchanges a second for new users on eight threads."""
    ask = asker(module)
    ask(assertion_of(0))
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(ask, map(assertion_of, range(1, THREADS + 1))))
        started = time.perf_counter()
        list(pool.map(ask, map(assertion_of, range(100, 100 + USERS))))
        return USERS / (time.perf_counter() - started)


def exchanges_async(module: str) -> float:
    """Exchanges a second for new users in sixty-four tasks."""
    return asyncio.run(_exchanges_async(module))


async def _exchanges_async(module: str) -> float:
    ask = asker(module, aio=True)
    await ask(assertion_of(0))
    numbers = itertools.count(100)

    async def work() -> None:
        for number in numbers:
            if number >= 100 + USERS:
                return
            await ask(assertion_of(number))

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(TASKS)))
    return USERS / (time.perf_counter() - started)


def asker(module: str, *, aio: bool = False, **options: Any) -> Callable[[str], Any]:
    """Return what gets a token for whoever's assertion it is given, as the library has it done."""
    if module == "msal":
        app = common.msal_app(**options)
        return lambda assertion: app.acquire_token_on_behalf_of(assertion, [SCOPE])
    kind = common.named(module, "OnBehalfOfCredential", aio=aio)
    options |= {
        "client_secret": os.environ["AZURE_CLIENT_SECRET"],
        "disable_instance_discovery": True,
    }
    if module == "entrada":
        shared = kind(*common.identity(), user_assertion="nobody", **options)
        return lambda assertion: shared.for_user(assertion).get_token(SCOPE)

    def ask(assertion: str) -> Any:  # a credential of azure-identity serves one person
        return kind(*common.identity(), user_assertion=assertion, **options).get_token(SCOPE)

    async def ask_and_close(assertion: str) -> Any:
        async with kind(*common.identity(), user_assertion=assertion, **options) as credential:
            return await credential.get_token(SCOPE)

    return ask_and_close if aio else ask


if __name__ == "__main__":
    common.main(globals())

"""A token that is in memory already."""

from __future__ import annotations

import asyncio
import threading
import time
from functools import partial

from benchmarks.probes import common
from benchmarks.probes.common import SCOPE, Ask, AsyncAsk

CALLS = 20_000
REPEATS = 5
THREADS = 8


def warm_secret(module: str) -> float:
    """Microseconds of a call, client secret, best of some repeats."""
    return _best(common.secret(module)) / CALLS * 1e6


def warm_managed_identity(module: str) -> float:
    """Microseconds of a call, managed identity, best of some repeats."""
    return _best(common.managed_identity(module)) / CALLS * 1e6


def warm_secret_async(module: str) -> float:
    """Microseconds of a call, client secret, asyncio, best of some repeats."""
    return asyncio.run(_best_async(module)) / CALLS * 1e6


def throughput(module: str) -> float:
    """Calls a second on one thread."""
    return CALLS / _best(common.secret(module))


def throughput_threads(module: str) -> float:
    """Calls a second on eight threads together."""
    ask = common.secret(module)
    ask()
    return THREADS * CALLS / min(_together(ask) for _ in range(3))


def throughput_async(module: str) -> float:
    """Calls a second of asyncio tasks on one loop."""
    return CALLS / asyncio.run(_best_async(module))


def _best(ask: Ask) -> float:
    ask()
    return min(_seconds(ask) for _ in range(REPEATS))


def _seconds(ask: Ask) -> float:
    started = time.perf_counter()
    for _ in range(CALLS):
        ask()
    return time.perf_counter() - started


async def _best_async(module: str) -> float:
    async with common.client_secret(module, aio=True) as credential:
        ask: AsyncAsk = partial(credential.get_token, SCOPE)
        await ask()
        return min([await _seconds_async(ask) for _ in range(REPEATS)])


async def _seconds_async(ask: AsyncAsk) -> float:
    started = time.perf_counter()
    for _ in range(CALLS):
        await ask()
    return time.perf_counter() - started


def _together(ask: Ask) -> float:
    gate = threading.Barrier(THREADS + 1)

    def calls() -> None:
        gate.wait()
        for _ in range(CALLS):
            ask()

    threads = [threading.Thread(target=calls) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    gate.wait()
    started = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


if __name__ == "__main__":
    common.main(globals())

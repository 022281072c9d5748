"""One measure in one fresh process: ``probes.py MEASURE LIBRARY`` prints a number.

What it talks to stands in the environment; compare.py sets it up.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

SCOPE = "https://storage.azure.com/.default"
WARM_CALLS = 20_000


def credential(library: str, name: str, *, aio: bool = False) -> Any:
    """Construct a library's credential for the loopback authority or host."""
    module = importlib.import_module(f"{library}.aio" if aio else library)
    if name == "ManagedIdentityCredential":
        return module.ManagedIdentityCredential()
    return module.ClientSecretCredential(
        os.environ["AZURE_TENANT_ID"],
        os.environ["AZURE_CLIENT_ID"],
        os.environ["AZURE_CLIENT_SECRET"],
        disable_instance_discovery=True,
    )


def import_time(library: str) -> float:
    """Milliseconds of ``from LIBRARY import DefaultAzureCredential``."""
    started = time.perf_counter()
    importlib.import_module(library).DefaultAzureCredential  # noqa: B018
    return (time.perf_counter() - started) * 1e3


def first_token(library: str) -> float:
    """Milliseconds from the interpreter's first line to the first client-secret token."""
    started = time.perf_counter()
    credential(library, "ClientSecretCredential").get_token(SCOPE)
    return (time.perf_counter() - started) * 1e3


def _warm(library: str, name: str) -> float:
    get_token: Callable[..., Any] = credential(library, name).get_token
    get_token(SCOPE)
    best = float("inf")
    for _ in range(5):
        started = time.perf_counter()
        for _ in range(WARM_CALLS):
            get_token(SCOPE)
        best = min(best, time.perf_counter() - started)
    return best / WARM_CALLS * 1e6


def warm_secret(library: str) -> float:
    """Microseconds of a warm ``get_token``, client secret, sync."""
    return _warm(library, "ClientSecretCredential")


def warm_managed_identity(library: str) -> float:
    """Microseconds of a warm ``get_token``, managed identity, sync."""
    return _warm(library, "ManagedIdentityCredential")


def warm_secret_async(library: str) -> float:
    """Microseconds of a warm ``get_token``, client secret, asyncio."""

    async def measure() -> float:
        async with credential(library, "ClientSecretCredential", aio=True) as made:
            await made.get_token(SCOPE)
            best = float("inf")
            for _ in range(5):
                started = time.perf_counter()
                for _ in range(WARM_CALLS):
                    await made.get_token(SCOPE)
                best = min(best, time.perf_counter() - started)
        return best / WARM_CALLS * 1e6

    return asyncio.run(measure())


def one_cold(library: str) -> float:
    """Get one token; the parent counts the requests."""
    credential(library, "ClientSecretCredential").get_token(SCOPE)
    return 0.0


def threads_cold(library: str) -> float:
    """Ask from 64 threads at once; the parent counts the requests."""
    made = credential(library, "ClientSecretCredential")
    gate = threading.Barrier(64)

    def ask() -> None:
        gate.wait()
        made.get_token(SCOPE)

    threads = [threading.Thread(target=ask) for _ in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0.0


def tasks_cold(library: str) -> float:
    """Ask from 500 tasks at once; the parent counts the requests."""

    async def measure() -> None:
        async with credential(library, "ClientSecretCredential", aio=True) as made:
            await asyncio.gather(*(made.get_token(SCOPE) for _ in range(500)))

    asyncio.run(measure())
    return 0.0


def stale(library: str) -> float:
    """Milliseconds of a call past ``refresh_on``, the token still valid, a 200 ms server."""
    made = credential(library, "ClientSecretCredential")
    made.get_token(SCOPE)
    time.sleep(2.1)  # the server says refresh_in: 2
    started = time.perf_counter()
    made.get_token(SCOPE)
    took = (time.perf_counter() - started) * 1e3
    made.close()
    return took


if __name__ == "__main__":
    print(globals()[sys.argv[1]](sys.argv[2]))

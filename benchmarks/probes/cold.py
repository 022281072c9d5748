"""Nothing in memory yet: the requests that callers cost, which the server counts."""

from __future__ import annotations

import asyncio
import threading

from benchmarks.probes import common
from benchmarks.probes.common import SCOPE

THREADS, TASKS = 64, 500


def one_cold(module: str) -> None:
    """Get one token."""
    common.secret(module)()


def threads_cold(module: str) -> None:
    """Ask from many threads at once."""
    if module == "msal":
        app = common.msal_app()

        def ask() -> object:
            return app.acquire_token_for_client([SCOPE])
    else:
        ask = common.secret(module)
    gate = threading.Barrier(THREADS)

    def asks() -> None:
        gate.wait()
        ask()

    threads = [threading.Thread(target=asks) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def tasks_cold(module: str) -> None:
    """Ask from many tasks at once."""

    async def asks() -> None:
        async with common.client_secret(module, aio=True) as credential:
            await asyncio.gather(*(credential.get_token(SCOPE) for _ in range(TASKS)))

    asyncio.run(asks())


if __name__ == "__main__":
    common.main(globals())

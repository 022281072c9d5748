"""A token that is valid but due: the server says ``refresh_in: 2`` and takes its time."""

from __future__ import annotations

import time

from benchmarks.probes import common

DUE_AFTER = 3.1  # the peers count in whole seconds


def stale(module: str) -> float:
    """Milliseconds of the first call after the token was due."""
    ask = common.secret(module)
    ask()
    time.sleep(DUE_AFTER)
    return common.milliseconds(ask)


if __name__ == "__main__":
    common.main(globals())

"""A machine with a developer's ``az``: the Azure CLI's credential, and the default chain."""

from __future__ import annotations

import contextlib
from functools import partial

from benchmarks.probes import common
from benchmarks.probes.common import SCOPE, Ask

CALLS = 20


def processes(module: str) -> None:
    """Ask twenty times; the stand-in for ``az`` counts how often it was started."""
    _twenty(module)


def twenty_calls(module: str) -> float:
    """Milliseconds of twenty calls."""
    return common.milliseconds(partial(_twenty, module))


def first_call(module: str) -> float:
    """Milliseconds of the default chain's first call."""
    return common.milliseconds(_default(module))


def later_call(module: str) -> float:
    """Microseconds of each later call, best of some."""
    ask = _default(module)
    ask()
    return min(common.milliseconds(ask) for _ in range(CALLS)) * 1e3


def first_failure(module: str) -> float:
    """Milliseconds of the first call where nothing is signed in."""
    return common.milliseconds(_default(module))


def later_failure(module: str) -> float:
    """Milliseconds of each later call where nothing is signed in, best of some."""
    ask = _default(module)
    ask()
    return min(common.milliseconds(ask) for _ in range(3))


def _twenty(module: str) -> None:
    credential = common.named(module, "AzureCliCredential")()
    for _ in range(CALLS):
        credential.get_token(SCOPE)


def _default(module: str) -> Ask:
    credential = common.named(module, "DefaultAzureCredential")()

    def ask() -> None:
        with contextlib.suppress(Exception):
            credential.get_token(SCOPE)

    return ask


if __name__ == "__main__":
    common.main(globals())

"""From nothing: imports, and imports to the first token."""

from __future__ import annotations

import importlib
import time

STARTED = time.perf_counter()


def import_time(module: str) -> float:
    """Milliseconds of the import that a program begins with."""
    if module == "msal":
        importlib.import_module("msal").ConfidentialClientApplication  # noqa: B018
    else:
        importlib.import_module(module).DefaultAzureCredential  # noqa: B018
    return (time.perf_counter() - STARTED) * 1e3


def first_token(module: str) -> float:
    """Milliseconds from the interpreter's first line to the first client-secret token."""
    from benchmarks.probes.common import secret

    secret(module)()
    return (time.perf_counter() - STARTED) * 1e3


if __name__ == "__main__":
    import sys

    print({"import_time": import_time, "first_token": first_token}[sys.argv[1]](sys.argv[2]))

"""An application that proves itself with a certificate; the endpoint answers in this process."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.probes import common
from benchmarks.probes.in_process import Endpoint

EXCHANGES = 100


def first_assertion(module: str) -> float:
    """Milliseconds from a new credential to its first token: key loaded, assertion signed."""
    once = _asker(module, Endpoint())
    once(0)  # the imports
    return statistics.median(
        common.milliseconds(lambda: _asker(module, Endpoint())(0)) for _ in range(9)
    )


def later_exchange(module: str) -> float:
    """Milliseconds of an exchange for another resource, the assertion being signed already."""
    ask = _asker(module, Endpoint())
    ask(0)
    return statistics.median(
        common.milliseconds(lambda n=n: ask(n))  # type: ignore[misc]
        for n in range(1, EXCHANGES)
    )


def assertions_signed(module: str) -> float:
    """Different assertions in a hundred exchanges."""
    endpoint = Endpoint(keeping=True)
    ask = _asker(module, endpoint)
    for number in range(EXCHANGES):
        ask(number)
    return len({form["client_assertion"] for form in endpoint.forms})


def _asker(module: str, endpoint: Endpoint) -> Callable[[int], Any]:
    path, options = os.environ["BENCH_CERTIFICATE"], endpoint.options(module)
    if module == "msal":
        pem = Path(path).read_text()
        proof = {"private_key": pem, "public_certificate": pem}
        app = common.msal_app(client_credential=proof, **options)
        return lambda number: app.acquire_token_for_client([_scope(number)])
    kind = common.named(module, "CertificateCredential")
    made = kind(*common.identity(), path, disable_instance_discovery=True, **options)
    return lambda number: made.get_token(_scope(number))


def _scope(number: int) -> str:
    return f"https://service{number}.example/.default"


if __name__ == "__main__":
    common.main(globals())

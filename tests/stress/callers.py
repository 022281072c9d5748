"""Many callers at once, for the tests of this folder. No test sleeps to let others catch up.

An :class:`Issuer` holds every token request until the test lets it go, and counts; drivers that
count the effects they perform say how many callers wait for somebody else's request.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from entrada import (
    ClientSecretCredential,
)
from entrada._drivers.aio import AsyncDriver
from entrada._drivers.sync import SyncDriver
from entrada._engine.effects import Effect
from entrada._engine.world import FakeClock, World
from entrada.aio import ClientSecretCredential as AsyncClientSecretCredential
from entrada.testing import Request, Response, token_response

SCOPE = "https://storage.azure.com/.default"
ARGUMENTS: Any = ("contoso.example", "app", "secret")
PATIENCE = 20.0
"""Seconds after which a test that hangs fails: nothing here waits for as long as that."""


class Issuer:
    """A transport that holds requests while it is ``closed``; the n-th gives the token ``t<n>``."""

    def __init__(self, *, held: bool = True) -> None:
        self.open = threading.Event()
        self.reached = threading.Semaphore(0)
        self.answers: list[Response] = []
        self._lock = threading.Lock()
        self.requests = 0
        if not held:
            self.open.set()

    def __call__(self, _: Request) -> Response:
        with self._lock:
            self.requests += 1
            count = self.requests
        self.reached.release()
        assert self.open.wait(PATIENCE)
        return self.answers.pop(0) if self.answers else token_response(f"t{count}")

    def wait_until_asked(self) -> None:
        assert self.reached.acquire(timeout=PATIENCE)


class Counter:
    """Counts the effects of one kind and says when there were so many."""

    def __init__(self, kind: type, goal: int) -> None:
        self._kind, self._missing = kind, goal
        self._lock = threading.Lock()
        self.reached = threading.Event()

    def see(self, effect: Effect) -> None:
        with self._lock:
            self._missing -= isinstance(effect, self._kind)
            if self._missing <= 0:
                self.reached.set()


def sync_credential(issuer: Issuer, clock: FakeClock | None = None) -> ClientSecretCredential:
    return ClientSecretCredential(*ARGUMENTS, transport=issuer, world=World.fake(clock=clock))


def async_credential(issuer: Issuer, clock: FakeClock | None = None) -> AsyncClientSecretCredential:
    return AsyncClientSecretCredential(*ARGUMENTS, transport=issuer, world=World.fake(clock=clock))


def count_effects(credential: Any, counter: Counter) -> None:
    """Have a credential's driver show its effects to a counter."""
    kind: Any = AsyncDriver if credential.asynchronous else SyncDriver

    class Shown(kind):  # type: ignore[misc]
        def perform(self, effect: Effect) -> Any:
            counter.see(effect)
            return super().perform(effect)

    credential.part("driver", lambda: Shown(credential.world))


def in_threads(count: int, work: Callable[[], object]) -> list[Future[object]]:
    """Start work in so many threads, all past the same gate at once."""
    gate = threading.Barrier(count)

    def one() -> object:
        gate.wait(PATIENCE)
        return work()

    pool = ThreadPoolExecutor(count)
    futures = [pool.submit(one) for _ in range(count)]
    pool.shutdown(wait=False)
    return futures


def results(futures: list[Future[object]]) -> list[object]:
    return [future.result(PATIENCE) for future in futures]


def run_script(source: str, *options: str) -> str:
    """Run a script in a fresh process and return what it prints; nothing may reach stderr."""
    done = subprocess.run(
        [sys.executable, "-W", "error", *options, "-c", textwrap.dedent(source)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.strip()


SERVER = """
import http.server, threading

class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        body = b'{"access_token": "t", "expires_in": 3600}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
env = {
    "IDENTITY_ENDPOINT": f"http://127.0.0.1:{server.server_address[1]}/msi",
    "IDENTITY_HEADER": "x",
}
SCOPE = "https://storage.azure.com/.default"
def stop():
    server.shutdown()
    server.server_close()
"""


def run_served(source: str) -> str:
    return run_script(SERVER + textwrap.dedent(source))

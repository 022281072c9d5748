"""The local cloud's speed: until it answers, and client-credentials tokens a second over TLS.

``local_cloud.py clients TARGET`` is the process that asks for tokens.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from entrada.local.files import RunDirectory, RunFile

SCOPE = "https://storage.azure.com/.default"
LIBRARY = "from entrada.testing import LocalCloud\nwith LocalCloud(): print('up', flush=True)"
COMMAND = "import sys; from entrada.cli import main; sys.exit(main())"
PATIENCE = 30.0
CONNECTIONS = 4
WARM_UP, SECONDS = 0.5, 4.0


def library_start() -> float:
    """Milliseconds from the start of an interpreter to the first line below LocalCloud()."""
    started = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", LIBRARY], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"up"
        return (time.perf_counter() - started) * 1e3


def command_start() -> float:
    """Milliseconds from the start of ``entrada local up`` until a client gets its first answer."""
    started = time.perf_counter()
    with local_up() as run:
        target = Target.of(run)
        connection = target.connect()
        connection.request("GET", f"/{run.tenant_id}/v2.0/.well-known/openid-configuration")
        assert connection.getresponse().status == 200
        elapsed = (time.perf_counter() - started) * 1e3
        connection.close()
    return elapsed


def tokens() -> float:
    """Tokens per second that a process of clients gets, counted after a warm-up."""
    with local_up() as run:
        told = json.dumps(asdict(Target.of(run)))
        asked = [sys.executable, __file__, "clients", told]
        return float(subprocess.run(asked, stdout=subprocess.PIPE, check=True).stdout)


@contextlib.contextmanager
def local_up() -> Iterator[RunFile]:
    """Run ``entrada local up`` in a home of its own; return when its run file stands there."""
    with tempfile.TemporaryDirectory() as home:
        places = {"HOME": home, "XDG_STATE_HOME": home, "LOCALAPPDATA": home}
        command = [sys.executable, "-c", COMMAND, "local", "up"]
        process = subprocess.Popen(command, env={**os.environ, **places}, stdout=subprocess.DEVNULL)
        try:
            yield _run_file(RunDirectory(Path(home, "entrada", "local")), process)
        finally:
            process.terminate()
            process.wait()


def _run_file(directory: RunDirectory, process: subprocess.Popen[bytes]) -> RunFile:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        run = directory.read()
        if run is not None:
            return run
        time.sleep(0.002)
    raise RuntimeError("entrada local up did not start")


@dataclass(frozen=True)
class Target:
    """Where a client asks, and what it sends."""

    netloc: str
    path: str
    body: str
    ca: str

    @classmethod
    def of(cls, run: RunFile) -> Target:
        """Return the token endpoint with the operator's secret."""
        operator = run.principals["local-admin"]
        form = {
            "grant_type": "client_credentials",
            "client_id": operator["AZURE_CLIENT_ID"],
            "client_secret": operator["AZURE_CLIENT_SECRET"],
            "scope": SCOPE,
        }
        return cls(
            urlsplit(run.endpoints.login).netloc,
            f"/{run.tenant_id}/oauth2/v2.0/token",
            urlencode(form),
            run.ca_file,
        )

    def connect(self) -> http.client.HTTPSConnection:
        """Return a connection that trusts the cloud's authority and no other."""
        trust = ssl.create_default_context(cafile=self.ca)
        return http.client.HTTPSConnection(self.netloc, timeout=PATIENCE, context=trust)


class Clients:
    """Threads on a connection each, which ask as fast as they can."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._counts = [0] * CONNECTIONS
        self._stop = threading.Event()

    def run(self) -> float:
        """Ask, and return tokens per second."""
        threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(len(self._counts))]
        for each in threads:
            each.start()
        time.sleep(WARM_UP)
        before, started = sum(self._counts), time.perf_counter()
        time.sleep(SECONDS)
        rate = (sum(self._counts) - before) / (time.perf_counter() - started)
        self._stop.set()
        for each in threads:
            each.join()
        return rate

    def _ask(self, number: int) -> None:
        connection = self._target.connect()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        while not self._stop.is_set():
            connection.request("POST", self._target.path, self._target.body, headers)
            response = connection.getresponse()
            answer = response.read()
            if response.status != 200 or b'"access_token":"' not in answer:
                raise RuntimeError(f"no token: {response.status}")
            self._counts[number] += 1
        connection.close()


def main() -> None:
    """Measure and print; or be the process of clients."""
    name, argument = sys.argv[1:]
    if name == "clients":
        print(Clients(Target(**json.loads(argument))).run())
    else:
        print(globals()[name]())


if __name__ == "__main__":
    main()

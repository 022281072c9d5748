"""The local cloud's speed: ``python benchmarks/local_cloud.py [--json]``.

Start-up, from the start of the process until the login port answers over TLS and the run file
stands there; and client-credentials tokens per second, asked for over TLS by clients on kept
connections, in processes of their own. Printed are medians of several runs, each with a cloud
and clients of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import platform
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from entrada.local.files import RunDirectory, RunFile

SCOPE = "https://storage.azure.com/.default"
LIBRARY = "from entrada.testing import LocalCloud\nwith LocalCloud(): print('up', flush=True)"
COMMAND = "import sys; from entrada.cli import main; sys.exit(main())"
PATIENCE = 30.0


def main() -> None:
    """Measure and print; or be one of the clients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long tokens are asked for")
    parser.add_argument("--clients", type=int, default=1, help="client processes")
    parser.add_argument("--connections", type=int, default=4, help="kept connections of each")
    parser.add_argument("--file", action="store_true", help="keep the state in a file")
    parser.add_argument("--applications", type=int, default=1, help="registered applications")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--client", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        Client(json.load(sys.stdin)).run()
        return
    figures = {
        "library_start_ms": median(options.runs, library_start),
        "command_start_ms": median(options.runs, command_start),
        "tokens_per_second": median(options.runs, lambda: tokens(options)),
    }
    print(json.dumps(figures, indent=2) if options.json else render(figures, options))


def median(runs: int, measure: Callable[[], float]) -> float:
    """Return the median of several runs."""
    return statistics.median(measure() for _ in range(runs))


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


def tokens(options: argparse.Namespace) -> float:
    """Tokens per second that several processes get together, counted after a warm-up."""
    with local_up(file=options.file, applications=options.applications) as run:
        job = json.dumps(
            {
                "target": Target.of(run).__dict__,
                "connections": options.connections,
                "seconds": options.seconds,
            }
        )
        clients = [
            subprocess.Popen(
                [sys.executable, __file__, "--client"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(options.clients)
        ]
        for each in clients:
            assert each.stdin is not None
            each.stdin.write(job)
            each.stdin.close()
        rates = []
        for each in clients:
            assert each.stdout is not None
            rates.append(float(each.stdout.read()))
            each.wait()
        return sum(rates)


@contextlib.contextmanager
def local_up(*, file: bool = False, applications: int = 1) -> Iterator[RunFile]:
    """Run ``entrada local up`` in a home of its own; return when its run file stands there."""
    with tempfile.TemporaryDirectory() as home:
        places = {"HOME": home, "XDG_STATE_HOME": home, "LOCALAPPDATA": home}
        command = [sys.executable, "-c", COMMAND, "local", "up"]
        command += ["--state", str(Path(home, "state.db"))] if file else []
        for number in range(1, applications):
            command += ["--seed-principal", f"app-{number}"]
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


class Client:
    """One process of clients: threads on a connection each, which ask as fast as they can."""

    def __init__(self, job: dict[str, object]) -> None:
        self._target = Target(**job["target"])  # type: ignore[arg-type]
        self._seconds = float(str(job["seconds"]))
        self._counts = [0] * int(str(job["connections"]))
        self._stop = threading.Event()

    def run(self) -> None:
        """Ask, and print tokens per second."""
        threads = [threading.Thread(target=self._ask, args=(n,)) for n in range(len(self._counts))]
        for each in threads:
            each.start()
        time.sleep(0.5)
        before, started = sum(self._counts), time.perf_counter()
        time.sleep(self._seconds)
        rate = (sum(self._counts) - before) / (time.perf_counter() - started)
        self._stop.set()
        for each in threads:
            each.join()
        print(rate)

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


def render(figures: dict[str, float], options: argparse.Namespace) -> str:
    """Return the figures as lines of text with the run's circumstances."""
    return "\n".join(
        [
            f"with LocalCloud():      {figures['library_start_ms']:6.0f} ms from process start",
            f"entrada local up:       {figures['command_start_ms']:6.0f} ms to the first answer",
            f"client-credentials:     {figures['tokens_per_second']:6.0f} tokens/s over TLS",
            f"Medians of {options.runs} runs, {options.clients} client processes with "
            f"{options.connections} connections each on the same {os.cpu_count()} cores, "
            f"CPython {platform.python_version()}.",
        ]
    )


if __name__ == "__main__":
    main()

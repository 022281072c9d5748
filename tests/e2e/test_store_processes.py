"""Many processes with one store: one renewal for all, nothing lost, and no harm by any death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("processes")]

_PROCESSES = 60
_TOKEN = "eyJ-a-token-that-must-not-be-found"

_MANAGED_IDENTITY = """
from entrada import ManagedIdentityCredential, TokenCachePersistenceOptions
credential = ManagedIdentityCredential(cache_persistence_options=TokenCachePersistenceOptions())
print(credential.get_token("https://storage.azure.com/.default").token)
"""
_AZURE_CLI = """
import asyncio
from entrada.aio import AzureCliCredential
from entrada.stores import FileStore
async def main():
    async with AzureCliCredential(store=FileStore()) as credential:
        print((await credential.get_token("https://storage.azure.com/.default")).token)
asyncio.run(main())
"""
_AZ = f"""#!/bin/sh
echo started >> "$COUNT"
sleep 0.2
echo '{{"accessToken": "{_TOKEN}", "expires_on": {int(time.time()) + 3600}}}'
"""
_WRITER = """
import sys, entrada
from entrada.stores import FileStore
from entrada.testing import Script, token_response
store = FileStore()
for number in range(20):
    name = f"{sys.argv[1]}-{number}"
    answer = Script(token_response(name))
    for _ in range(2):
        credential = entrada.ClientSecretCredential(name, "c", "s", store=store, transport=answer)
        assert credential.get_token("https://storage.azure.com/.default").token == name
    assert len(answer.requests) == 1, name
"""
_READER = """
import entrada
from entrada.stores import FileStore
from entrada.testing import Script
def nobody(request):
    raise AssertionError(request.url)
store = FileStore()
for process in range(50):
    for number in range(20):
        name = f"{process}-{number}"
        credential = entrada.ClientSecretCredential(name, "c", "s", store=store, transport=nobody)
        assert credential.get_token("https://storage.azure.com/.default").token == name
"""
_HOLDER = """
import sys, time, entrada
from entrada.stores import FileStore
from entrada.testing import token_response
def answer(request):
    print("holding", flush=True)
    if sys.argv[2] == "for ever":
        time.sleep(600)
    return token_response("new")
credential = entrada.ClientSecretCredential(
    sys.argv[1], "c", "s", store=FileStore(), transport=answer)
token = credential.get_token("https://storage.azure.com/.default")
print(time.time(), token.token)
"""
_FOREVER = """
import itertools, entrada
from entrada.stores import FileStore
from entrada.testing import Script, token_response
store = FileStore()
print("writing", flush=True)
for number in itertools.count():
    answer = Script(token_response("x" * 2000))
    credential = entrada.ClientSecretCredential(
        f"t{number % 50}", "c", "s", store=store, transport=answer)
    credential.get_token("https://storage.azure.com/.default", force_refresh=True)
"""


class Host(ThreadingHTTPServer):
    """A managed identity host as on App Service, which takes its time and counts."""

    daemon_threads = True
    requests = 0

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Host)
        self.server.requests += 1
        time.sleep(0.2)
        expires_on = int(time.time()) + 3600
        body = f'{{"access_token": "{_TOKEN}", "expires_on": "{expires_on}"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[Host]:
    with Host() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """Return the environment of somebody with a home of their own."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return {**kept, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}


def _start(program: str, env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], env=env, stdout=subprocess.PIPE, text=True
    )


def _all(program: str, env: dict[str, str], count: int) -> list[str]:
    """Start so many processes at once, and return what each printed."""
    running = [_start(program, env, str(number)) for number in range(count)]
    said = [process.communicate(timeout=120)[0].strip() for process in running]
    assert [process.returncode for process in running] == [0] * count
    return said


def test_sixty_processes_ask_a_managed_identity_once(home: dict[str, str], host: Host) -> None:
    env = home | {
        "IDENTITY_ENDPOINT": f"http://127.0.0.1:{host.server_port}/msi",
        "IDENTITY_HEADER": "header",
    }
    assert _all(_MANAGED_IDENTITY, env, _PROCESSES) == [_TOKEN] * _PROCESSES
    assert host.requests == 1
    assert _found_in(Path(home["HOME"]), _TOKEN) == []
    another = env | {"IDENTITY_HEADER": "another"}
    assert _all(_MANAGED_IDENTITY, another, 1) == [_TOKEN]
    assert host.requests == 2  # what one host gave is not for another


def test_sixty_processes_run_the_azure_cli_once(home: dict[str, str], tmp_path: Path) -> None:
    az = tmp_path / "bin" / "az"
    az.parent.mkdir()
    az.write_text(_AZ)
    az.chmod(0o755)
    count = tmp_path / "count"
    env = home | {"PATH": f"{az.parent}{os.pathsep}{home['PATH']}", "COUNT": str(count)}

    assert _all(_AZURE_CLI, env, _PROCESSES) == [_TOKEN] * _PROCESSES
    assert count.read_text().count("started") == 1
    assert _found_in(tmp_path / ".local", _TOKEN) == []


def test_fifty_writers_lose_nothing(home: dict[str, str]) -> None:
    _all(_WRITER, home, 50)
    _all(_READER, home, 1)


def test_the_next_proceeds_when_the_holder_of_a_lease_is_killed(home: dict[str, str]) -> None:
    """Within a tenth of a second, in the best of three tries: others use this machine too."""
    took: list[float] = []
    while len(took) < 3 and min(took, default=1.0) >= 0.1:
        tenant = f"t{len(took)}"
        holder = _start(_HOLDER, home, tenant, "for ever")
        assert holder.stdout is not None
        assert holder.stdout.readline() == "holding\n"
        waiting = _start(_HOLDER, home, tenant, "not")
        assert waiting.stdout is not None
        time.sleep(0.5)
        assert waiting.poll() is None
        killed = time.time()
        holder.kill()
        holder.communicate()

        assert waiting.stdout.readline() == "holding\n"
        finished, token = waiting.communicate(timeout=30)[0].split()
        assert token == "new"
        took.append(float(finished) - killed)
    assert min(took) < 0.1


def test_a_writer_that_is_killed_spoils_nothing(home: dict[str, str]) -> None:
    for moment in range(5):
        writer = _start(_FOREVER, home)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "writing\n"
        time.sleep(0.03 * moment)
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    _all(_WRITER, home, 2)
    assert list(Path(home["HOME"]).rglob("*.damaged")) == []


def _found_in(folder: Path, text: str) -> list[str]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert any(file.suffix == ".db" for file in files)
    return [str(file) for file in files if text.encode() in file.read_bytes()]

"""Azurite, Microsoft's storage emulator, as the place where blobs are kept: found, started, asked.

It runs on loopback without OAuth, so that nothing but the key made for this run opens it: whoever
wants a blob has to come by the Blob service, its tokens and its roles. Knows none of these.
"""

from __future__ import annotations

import http.client
import io
import re
import secrets
import shutil
import subprocess
import tempfile
import threading
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from entrada._engine.effects import Request, Response
from entrada.local.resources.blob.shared_key import sign

NAMED_BY = "ENTRADA_AZURITE"
"""The variable that names the program, where it is not in ``node_modules`` or on PATH."""

PLACES = tuple(f"place{number:03}" for number in range(256))
"""Azurite's accounts. It learns their names when it starts, so each is lent to an account of ours.
"""

_PROGRAM, _INSTALL = "azurite-blob", "npm install azurite"
_START_SECONDS, _STOP_SECONDS, _ANSWER_SECONDS = 60.0, 10.0, 300.0
_LISTENS = re.compile(r"successfully listens on http://127\.0\.0\.1:(\d+)")
_WITH_BODY = frozenset({"PUT", "POST"})
_BETWEEN_TWO = frozenset(
    {"connection", "content-length", "keep-alive", "server", "transfer-encoding"}
)
"""Headers of one connection, which say nothing to whoever is behind it."""


class AzuriteError(RuntimeError):
    """Azurite is not there, or did not start; ``hint`` is what to do."""

    def __init__(self, reason: str, hint: str = _INSTALL) -> None:
        super().__init__(f"{reason} ({hint})")
        self.reason = reason
        self.hint = hint


@dataclass(slots=True)
class Azurite:
    """A running Azurite; ``lending`` is held while an account of ours is given a place."""

    port: int
    key: bytes = field(repr=False)
    lending: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _process: subprocess.Popen[str] | None = field(default=None, repr=False)
    _folder: tempfile.TemporaryDirectory[str] | None = field(default=None, repr=False)

    def url(self, place: str) -> str:
        """Return the URL of a place, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}/{place}"

    def send(self, place: str, request: Request) -> Response:
        """Ask for what is at a place and wait for the answer.

        The request's URL is an encoded path and query below the place; header names are lower
        case. A connection serves one request: against Azurite's own milliseconds a new one costs
        nothing, and there is no kept one that turns out closed. Raises ``OSError``.
        """
        asked = request._replace(url=f"/{place}{request.url}")
        headers = {**request.headers, "authorization": sign(place, self.key, asked)}
        body = request.body if request.body or request.method in _WITH_BODY else None
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_ANSWER_SECONDS)
        try:
            connection.request(asked.method, asked.url, body, {**headers, "connection": "close"})
            answer = connection.getresponse()
            content = answer.read()
        except http.client.HTTPException as error:
            raise OSError(f"Azurite broke off its answer: {error}") from error
        finally:
            connection.close()
        told = {name.lower(): value for name, value in answer.getheaders()}
        kept = {name: value for name, value in told.items() if name not in _BETWEEN_TWO}
        if request.method == "HEAD" and "content-length" in told:
            kept["content-length"] = told["content-length"]
        return Response(answer.status, kept, content)

    def close(self) -> None:
        """End the program."""
        if self._process is not None:
            _end(self._process)
        if self._folder is not None:
            self._folder.cleanup()


def find(env: Mapping[str, str], folder: Path) -> str:
    """Return the program's path; raise :class:`AzuriteError` where it is not installed."""
    local = shutil.which(_PROGRAM, path=str(folder / "node_modules" / ".bin"))
    found = env.get(NAMED_BY) or local or shutil.which(_PROGRAM, path=env.get("PATH", ""))
    if not found:
        raise AzuriteError(
            f"{_PROGRAM} is not there: neither {NAMED_BY} names it, nor is it in node_modules/.bin "
            f"of {folder} or on PATH."
        )
    return found


def start(program: str, env: Mapping[str, str], location: Path | None = None) -> Azurite:
    """Run Azurite on a free port, its blobs in memory or in the folder ``location``.

    Raises :class:`AzuriteError` where it does not listen within a minute.
    """
    key = secrets.token_bytes(32)
    encoded = b64encode(key).decode()
    accounts = ";".join(f"{place}:{encoded}" for place in PLACES)
    folder = tempfile.TemporaryDirectory(prefix="entrada-azurite-")
    kept = ["--location", str(location)] if location else ["--inMemoryPersistence"]
    command = [
        *(("node", program) if program.endswith(".js") else (program,)),
        *("--blobHost", "127.0.0.1", "--blobPort", "0", "--disableProductStyleUrl"),
        *("--skipApiVersionCheck", "--disableTelemetry", "--silent", *kept),
    ]
    try:
        process = subprocess.Popen(  # noqa: S603 - argv is built by us, no shell
            command,
            cwd=folder.name,
            env={**env, "AZURITE_ACCOUNTS": accounts},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except OSError as error:
        folder.cleanup()
        raise AzuriteError(f"{program} cannot be run: {error}.") from error
    return Azurite(_port(process, folder), key, _process=process, _folder=folder)


def _port(process: subprocess.Popen[str], folder: tempfile.TemporaryDirectory[str]) -> int:
    """Wait until Azurite says where it listens, and let nothing it says later stop it."""
    printed: list[str] = []
    patience = threading.Timer(_START_SECONDS, process.kill)
    patience.start()
    stream = process.stdout or io.StringIO()
    try:
        for line in stream:
            found = _LISTENS.search(line)
            if found:
                threading.Thread(target=_drain, args=(stream,), daemon=True).start()
                return int(found.group(1))
            printed.append(line)
    finally:
        patience.cancel()
    stream.close()
    _end(process)
    folder.cleanup()
    said = "".join(printed[-5:]).strip() or "nothing"
    raise AzuriteError(
        f"Azurite did not start. It said: {said}", "node --version: Azurite needs Node.js"
    )


def _drain(stream: IO[str]) -> None:
    with stream:
        for _ in stream:
            pass


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

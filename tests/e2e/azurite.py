"""Azurite, Microsoft's storage emulator: by itself, or behind a local cloud's tokens and roles.

By itself it is started on a free port with OAuth and a certificate: it decodes tokens and checks
issuer, audience and lifetime, and knows neither keys nor roles.
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from entrada.local.resources.blob.azurite import NAMED_BY
from entrada.testing import LocalCloud

MAIN = Path("azurite", "dist", "src", "blob", "main.js")
ACCOUNT = "devstoreaccount1"

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_LISTENS = re.compile(r"successfully listens on (https://\S+)")


@dataclass(frozen=True, slots=True)
class Azurite:
    """A running Azurite: its one account's URL, and the file of the authority it is signed by."""

    account_url: str
    ca_file: Path


@contextmanager
def serve(node: str, main: Path, folder: Path) -> Iterator[Azurite]:
    """Run Azurite's blob service, its state in memory, until the block is left."""
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    ca_file, certificate, key = (folder / name for name in ("ca.pem", "server.pem", "server.key"))
    authority.cert_pem.write_to_path(ca_file)
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    command = [
        *(node, str(main), "--blobHost", "127.0.0.1", "--blobPort", "0", "--oauth", "basic"),
        *("--cert", str(certificate), "--key", str(key), "--inMemoryPersistence"),
        *("--skipApiVersionCheck", "--disableTelemetry", "--silent"),
    ]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            yield Azurite(f"{_origin(process)}/{ACCOUNT}", ca_file)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def behind_a_cloud(node_modules: Path, state: Path | None = None) -> Iterator[LocalCloud]:
    """Run a local cloud that keeps blobs in an Azurite of its own, until the block is left."""
    cloud = LocalCloud(blob="azurite", state=state)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(NAMED_BY, str(node_modules / MAIN))
        cloud.start()
    try:
        yield cloud
    finally:
        cloud.stop()


def _origin(process: subprocess.Popen[str]) -> str:
    """Wait until Azurite says where it listens; a silent one prints nothing after that."""
    assert process.stdout is not None
    printed: list[str] = []
    deadline = threading.Timer(_START_SECONDS, process.kill)
    deadline.start()
    try:
        for line in process.stdout:
            found = _LISTENS.search(line)
            if found:
                return found.group(1)
            printed.append(line)
    finally:
        deadline.cancel()
    raise RuntimeError("Azurite did not start:\n" + "".join(printed))

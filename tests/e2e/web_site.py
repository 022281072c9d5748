"""The example web apps as processes of their own, on free ports, registered with a local cloud."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import trustme
from azure.core.exceptions import ResourceExistsError
from azure.storage.blob import BlobServiceClient

from e2e.ways import fresh
from entrada import ClientSecretCredential
from entrada.local.provision import User
from entrada.local.seed import seed_operator
from entrada.testing import LocalCloud

EXAMPLES = Path(__file__).parents[2] / "examples"
LETTER = b"Only who may read this letter reads it."
COMMANDS = {
    "fastapi": ("uvicorn", "web_fastapi:app", "--log-level", "warning", "--port"),
    "flask": ("flask", "--app", "web_flask", "run", "--port"),
    "form": ("uvicorn", "e2e.web_form:app", "--log-level", "warning", "--port"),
    "short": ("uvicorn", "e2e.web_short:app", "--log-level", "warning", "--port"),
}
_PATIENCE = 30.0


@contextmanager
def example(cloud: LocalCloud, name: str, folder: Path) -> Iterator[str]:
    """Run an example; yield its origin."""
    port = _free_port()
    secure = name == "form"
    origin = f"{'https' if secure else 'http'}://localhost:{port}"
    redirect = f"{origin}/auth/callback"
    client = cloud.web_client(fresh("Example"), redirect, f"{origin}/", consented=False)
    told = {
        **client.environment(),
        "REDIRECT_URI": redirect,
        "ARM_URL": cloud.endpoints.arm,
        "BLOB_URL": f"{cloud.storage_account('webexample')}/letters/letter.txt",
        "PYTHONPATH": os.pathsep.join([str(EXAMPLES), str(EXAMPLES.parent / "tests"), *sys.path]),
    }
    command = [sys.executable, "-m", *COMMANDS[name], str(port)]
    if secure:
        files = {"certfile": folder / "cert.pem", "keyfile": folder / "key.pem"}
        made = trustme.CA().issue_cert("localhost")
        made.cert_chain_pems[0].write_to_path(files["certfile"])
        made.private_key_pem.write_to_path(files["keyfile"])
        command += [part for each, path in files.items() for part in (f"--ssl-{each}", str(path))]
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(command, env={**os.environ, **told}, stdout=log, stderr=log)
    try:
        wait(origin, process)
        yield origin
    finally:
        process.terminate()
        process.wait(20)


def write_letter(cloud: LocalCloud, reader: User) -> None:
    """Write the blob as the cloud's operator, and let a person read it and see subscriptions."""
    operator = seed_operator(cloud)
    writer = ClientSecretCredential(
        operator.tenant_id,
        operator.client_id,
        operator.client_secret,
        authority=cloud.endpoints.login,
    )
    with writer, BlobServiceClient(cloud.storage_account("webexample"), writer) as account:
        container = account.get_container_client("letters")
        with suppress(ResourceExistsError):
            container.create_container()
        container.upload_blob("letter.txt", LETTER, overwrite=True)
    cloud.assign(reader.object_id, "Storage Blob Data Reader")
    cloud.assign(reader.object_id, "Reader", f"/subscriptions/{cloud.subscription_id}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Say whether nobody listens on a port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def wait(origin: str, process: subprocess.Popen[Any]) -> None:
    """Wait until a site answers."""
    trust = ssl._create_unverified_context()  # whoever answers will do
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust)
    )
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        assert process.poll() is None, "the example ended"
        try:
            with opener.open(f"{origin}/auth/me", timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the example does not answer")

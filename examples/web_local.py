"""Run both web examples on a local cloud: ``make example-web``. Ctrl-C ends everything.

An argument is the first of the two ports (default: 8000).
"""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from azure.storage.blob import BlobServiceClient

from entrada import ClientSecretCredential
from entrada.local.seed import seed_operator
from entrada.testing import LocalCloud

HERE = Path(__file__).parent
COMMANDS = {
    "web_fastapi": ["uvicorn", "web_fastapi:app", "--log-level", "warning", "--port"],
    "web_flask": ["flask", "--app", "web_flask", "run", "--port"],
}


def environment(cloud: LocalCloud, port: int) -> dict[str, str]:
    """Register a web app at a port, and return what it is told."""
    redirect = f"http://localhost:{port}/auth/callback"
    client = cloud.web_client(
        f"Example on port {port}", redirect, f"http://localhost:{port}/", consented=False
    )
    return {
        **client.environment(),
        "REDIRECT_URI": redirect,
        "ARM_URL": cloud.endpoints.arm,
        "BLOB_URL": f"{cloud.storage_account('webexample')}/letters/letter.txt",
    }


def write_letter(cloud: LocalCloud, reader: str) -> None:
    """Write the blob as the cloud's operator, and let a person read it."""
    operator = seed_operator(cloud)
    writer = ClientSecretCredential(
        operator.tenant_id,
        operator.client_id,
        operator.client_secret,
        authority=cloud.endpoints.login,
    )
    account = BlobServiceClient(cloud.storage_account("webexample"), writer)
    with writer, account:
        container = account.get_container_client("letters")
        container.create_container()
        container.upload_blob("letter.txt", b"Only who may read this letter reads it.\n")
    cloud.assign(reader, "Storage Blob Data Reader")
    cloud.assign(reader, "Reader", f"/subscriptions/{cloud.subscription_id}")


@contextlib.contextmanager
def running(name: str, port: int, told: dict[str, str]) -> Iterator[None]:
    """Run an example until the block ends."""
    command = [sys.executable, "-m", *COMMANDS[name], str(port)]
    process = subprocess.Popen(command, cwd=HERE, env={**os.environ, **told})  # noqa: S603 - our own
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def main() -> None:
    with LocalCloud() as cloud, contextlib.ExitStack() as apps:
        os.environ.update(cloud.environment())
        person = cloud.user("ana")
        write_letter(cloud, person.object_id)
        first = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
        for port, name in enumerate(COMMANDS, first):
            apps.enter_context(running(name, port, environment(cloud, port)))
            print(f"{name:12} http://localhost:{port}/")
        print(f"sign in as   {person.username}, password: {person.password}")
        print(
            f"the browser will warn of the local cloud's own certificate: {cloud.ca_file}",
            flush=True,
        )
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()

"""Write a blob, list it, read it back: one file for a laptop, a pod and a web app.

    export AZURE_STORAGE_BLOB_URL=https://myaccount.blob.core.windows.net
    python blob_app.py

DefaultAzureCredential signs in with whatever the place it runs in has; no line says which.
``--json`` ends the output with a line for programs. Exit code 3: the service refused.
"""

from __future__ import annotations

import json
import os
import sys
import time

from azure.core.exceptions import HttpResponseError, ResourceExistsError
from azure.storage.blob import BlobServiceClient

from entrada import DefaultAzureCredential

CONTAINER, BLOB, TEXT = "greetings", "hello.txt", b"Hello from wherever this runs.\n"


def work(service: BlobServiceClient) -> None:
    container = service.get_container_client(CONTAINER)
    try:
        container.create_container()
        print(f"created container {CONTAINER}")
    except ResourceExistsError:
        print(f"container {CONTAINER} is there")
    container.upload_blob(BLOB, TEXT, overwrite=True)
    print(f"uploaded {BLOB}, {len(TEXT)} bytes")
    print("listed:", ", ".join(container.list_blob_names()))
    if container.download_blob(BLOB).readall() != TEXT:
        raise SystemExit(f"{BLOB} came back changed")
    print(f"downloaded {BLOB}, the same {len(TEXT)} bytes")


def main() -> int:
    started, code = time.monotonic(), 0
    with DefaultAzureCredential() as credential:
        try:
            with BlobServiceClient(os.environ["AZURE_STORAGE_BLOB_URL"], credential) as service:
                work(service)
        except HttpResponseError as error:
            if error.status_code != 403:
                raise
            print(f"refused: {error.message}")
            code = 3
        winners = [each.link for each in credential.last_attempts if each.outcome == "token"]
    if "--json" in sys.argv:
        seconds = round(time.monotonic() - started, 3)
        print(json.dumps({"credential": winners[-1], "seconds": seconds}))
    return code


if __name__ == "__main__":
    sys.exit(main())

"""Runs a script of ``js/`` with Node.js and reads its answer."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from e2e.ways import SignIn
from entrada.testing import LocalCloud

FOLDER = Path(__file__).parent / "js"

_SECONDS = 60
_MODULES = {
    "ClientSecretCredential": "client_secret",
    "CertificateCredential": "certificate",
    "ManagedIdentityCredential": "managed_identity",
    "WorkloadIdentityCredential": "workload_identity",
}


def run(node: str, script: str, cloud: LocalCloud, sign_in: SignIn, **request: str) -> Any:
    """Return what a script answers; the request goes by standard input, for it holds secrets."""
    request_body = {
        "credential": _MODULES[sign_in.credential],
        "arguments": sign_in.arguments,
        "authority": cloud.endpoints.login,
        **request,
    }
    completed = subprocess.run(
        [node, str(FOLDER / script)],
        input=json.dumps(request_body),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
        cwd=FOLDER,
    )
    assert completed.returncode == 0, completed.stderr
    return json.loads(completed.stdout)

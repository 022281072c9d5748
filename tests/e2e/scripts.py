"""Runs a script of ``js/`` with Node.js, acts on what it shows to a person, reads its answer."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Timer
from typing import Any, TypeAlias

from e2e.ways import SignIn
from entrada.testing import LocalCloud

Hear: TypeAlias = Callable[[Mapping[str, str]], None]

FOLDER = Path(__file__).parent / "js"

_SECONDS = 60
_MODULES = {
    "AuthorizationCodeCredential": "authorization_code",
    "AzureCliCredential": "azure_cli",
    "AzurePipelinesCredential": "azure_pipelines",
    "CertificateCredential": "certificate",
    "ClientAssertionCredential": "client_assertion",
    "ClientSecretCredential": "client_secret",
    "DefaultAzureCredential": "default",
    "DeviceCodeCredential": "device_code",
    "EnvironmentCredential": "environment",
    "InteractiveBrowserCredential": "interactive_browser",
    "ManagedIdentityCredential": "managed_identity",
    "OnBehalfOfCredential": "on_behalf_of",
    "UsernamePasswordCredential": "username_password",
    "WorkloadIdentityCredential": "workload_identity",
}


def _nobody(shown: Mapping[str, str]) -> None:
    raise AssertionError(f"the script has nobody to show {sorted(shown)} to")


def run(node: str, script: str, cloud: LocalCloud, sign_in: SignIn, **request: str) -> Any:
    """Return what a script answers that needs nobody."""
    return prompted(node, script, cloud, sign_in, _nobody, **request)


def prompted(
    node: str, script: str, cloud: LocalCloud, sign_in: SignIn, hear: Hear, **request: Any
) -> Any:
    """Return what a script answers; the request goes by standard input, for it holds secrets.

    ``hear`` is called with what the script shows to a person; the script waits for its return.
    """
    request_body = {
        "credential": _MODULES[sign_in.credential],
        "arguments": sign_in.arguments,
        "authority": cloud.endpoints.login,
        **request,
    }
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            [node, str(FOLDER / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=FOLDER,
        ) as process,
    ):
        patience = Timer(_SECONDS, process.kill)
        patience.start()
        try:
            answer = _converse(process, request_body, hear)
        except BaseException:
            process.kill()
            raise
        finally:
            patience.cancel()
        code = process.wait()
        errors.seek(0)
        assert code == 0, f"exit {code}: {errors.read()}"
    return answer


def _converse(process: subprocess.Popen[str], request: Any, hear: Hear) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    answer = None
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    for line in process.stdout:
        said = json.loads(line)
        if "prompt" in said:
            hear(said["prompt"])
            process.stdin.write("\n")
            process.stdin.flush()
        else:
            answer = said["answer"]
    return answer

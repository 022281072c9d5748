"""The real Azure CLI with a configuration of its own, in which the local cloud is registered."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from entrada.local.provision import ServicePrincipal

NAMED_BY = "ENTRADA_AZ"
"""The variable that names the program, where it is neither in ``.venv-az`` nor on PATH."""

_ROOT = Path(__file__).parents[2]
_CLOUD = "EntradaLocal"
_SECONDS = 120
# Without instance_discovery=false az asks login.microsoftonline.com about the authority.
_CONFIGURATION = """\
[core]
instance_discovery = false
collect_telemetry = false
login_experience_v2 = off
"""


def find() -> str:
    """Return the program's path; ``""`` where there is none."""
    venv = _ROOT / ".venv-az" / "bin" / "az"
    return os.environ.get(NAMED_BY) or (str(venv) if venv.exists() else shutil.which("az") or "")


@dataclass(frozen=True, slots=True)
class AzureCli:
    """An Azure CLI that notes how it is called; ``folder`` is where ``az`` is found on PATH."""

    folder: Path
    configuration: Path

    @property
    def tokens_asked(self) -> int:
        """How often ``az account get-access-token`` was started."""
        return self._log.read_text().count("account get-access-token")

    def install(self, program: str) -> None:
        """Put a script in front of the program that notes its arguments' first words."""
        self._log.touch()
        script = self.folder / "az"
        script.write_text(f'#!/bin/sh\necho "$1 $2" >> "{self._log}"\nexec "{program}" "$@"\n')
        script.chmod(0o755)
        self.configuration.mkdir()
        (self.configuration / "config").write_text(_CONFIGURATION)

    def run(self, *arguments: str) -> Any:
        """Run a command to its end and return the JSON that it printed, or ``None``."""
        completed = subprocess.run(
            [str(self.folder / "az"), *arguments, "--output", "json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        assert completed.returncode == 0, completed.stderr
        return json.loads(completed.stdout) if completed.stdout.strip() else None

    def register(self, resource_manager: str) -> None:
        """Register the local cloud and choose it."""
        command = ("cloud", "register", "--name", _CLOUD)
        self.run(*command, "--endpoint-resource-manager", resource_manager)
        self.run("cloud", "set", "--name", _CLOUD)

    def login(self, principal: ServicePrincipal) -> None:
        """Sign a service principal in."""
        # With "=", for a secret may begin with a dash.
        identity = ("--username", principal.client_id, f"--password={principal.client_secret}")
        self.run("login", "--service-principal", *identity, "--tenant", principal.tenant_id)

    @property
    def _log(self) -> Path:
        return self.folder / "calls.log"

"""The real Azure CLI with a configuration of its own, in which the local cloud is registered."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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
    """An Azure CLI that notes how it is called; ``folder`` is where ``az`` is found on PATH.

    ``environment`` is what it runs in; where that is ``None``, this process's.
    """

    folder: Path
    configuration: Path
    environment: Mapping[str, str] | None = field(default=None, repr=False)

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
        printed = self.text(*arguments, "--output", "json")
        return json.loads(printed) if printed.strip() else None

    def text(self, *arguments: str) -> str:
        """Run a command to its end and return what it printed."""
        completed = self.attempt(*arguments)
        assert completed.returncode == 0, completed.stderr
        return completed.stdout

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, well or not."""
        return subprocess.run(
            [str(self.folder / "az"), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env=self.environment,
        )

    def register(self, resource_manager: str) -> None:
        """Register the local cloud and choose it."""
        command = ("cloud", "register", "--name", _CLOUD)
        self.run(*command, "--endpoint-resource-manager", resource_manager)
        self.run("cloud", "set", "--name", _CLOUD)

    def login(self, principal: ServicePrincipal) -> None:
        """Sign a service principal in."""
        # With "=", for a secret may begin with a dash.
        self.login_application(principal, f"--password={principal.client_secret}")

    def login_application(self, principal: ServicePrincipal, *proof: str) -> None:
        """Sign an application in by whatever proves that it is it."""
        who = ("--username", principal.client_id, "--tenant", principal.tenant_id)
        self.run("login", "--service-principal", *who, *proof)

    def login_device(self, tenant_id: str, approve: Callable[[str], None]) -> None:
        """Sign a person in by a code that ``approve`` is called with while az waits."""
        command = [str(self.folder / "az"), "login", "--use-device-code", "--tenant", tenant_id]
        with subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
        ) as process:
            assert process.stderr is not None
            said = ""
            for line in process.stderr:
                said += line
                code = re.search(r"enter the code (\S+)", line)
                if code:
                    approve(code[1])
            assert process.wait(_SECONDS) == 0, said

    @property
    def _log(self) -> Path:
        return self.folder / "calls.log"

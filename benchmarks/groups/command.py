"""The command line: a token for a script, from the start of the process to its end."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.environments import AZ, environment
from benchmarks.measure import OURS, Group, Measure, Place
from entrada.testing import LocalCloud

_CLI = "import sys; from entrada.cli import main; sys.exit(main())"
_CONFIGURATION = """\
[core]
instance_discovery = false
collect_telemetry = false
login_experience_v2 = off
"""


def _missing() -> str:
    return "" if AZ.exists() else "the Azure CLI is not in .venv-az: run `make bench`"


@contextlib.contextmanager
def _place() -> Iterator[Place]:
    with LocalCloud() as local, tempfile.TemporaryDirectory() as folder:
        principal = local.service_principal("operator")
        local.assign(principal.object_id, "Reader", f"/subscriptions/{local.subscription_id}")
        Path(folder, "config").write_text(_CONFIGURATION)
        told = {**local.environment(), **principal.environment(), "AZURE_CONFIG_DIR": folder}
        _az(
            told,
            "cloud",
            "register",
            "-n",
            "Bench",
            "--endpoint-resource-manager",
            local.endpoints.arm,
        )
        _az(told, "cloud", "set", "-n", "Bench")
        who = ("-u", principal.client_id, "--tenant", principal.tenant_id)
        _az(told, "login", "--service-principal", *who, f"--password={principal.client_secret}")
        token = ("account", "get-access-token", "--resource", "https://storage.azure.com")
        yield Place(
            {**environment(OURS), **told},
            {
                "az": [str(AZ), *token],
                "python": [sys.executable, "-c", "pass"],
                OURS: [sys.executable, "-c", _CLI, "token", "storage"],
            },
        )


def _az(told: Mapping[str, str], *arguments: str) -> None:
    command: Sequence[str] = [str(AZ), *arguments]
    subprocess.run(command, env={**os.environ, **told}, capture_output=True, check=True)


GROUP = Group(
    "command",
    "command",
    "Command line",
    "Processes from start to end, signed in to the local cloud as the same service principal. `az` "
    "has the token in its own cache; `entrada token` asks Entra each time.",
    (
        Measure(
            "token",
            "`entrada token` beside `az account get-access-token` and a bare interpreter",
            "ms",
            None,
            ("az", "python", OURS),
            rounds=5,
        ),
    ),
    _place,
    _missing,
)

"""The real Azure CLI through ``entrada local az``: nothing to set up, nothing of one's own used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e import azure_cli

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.xdist_group("az"),
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
]

_ENTRADA = "import sys; from entrada.cli import main; sys.exit(main())"
_NOWHERE = "http://127.0.0.1:9"
SECONDS = 180


class Shell:
    """A shell whose home is a folder, and from which nothing but loopback can be reached."""

    def __init__(self, home: Path, az: str) -> None:
        self.home = home
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "XDG_STATE_HOME": str(home),
            "ENTRADA_AZ": az,
            "HTTP_PROXY": _NOWHERE,
            "HTTPS_PROXY": _NOWHERE,
        }

    def run(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", _ENTRADA, "local", *words],
            env={**self._environment, **extra},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def az(self, *words: str, **extra: str) -> str:
        done = self.run("az", "--", *words, **extra)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def cloud(self) -> Iterator[None]:
        with subprocess.Popen(
            [sys.executable, "-c", _ENTRADA, "local", "up"],
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                assert process.stdout is not None
                for line in process.stdout:
                    if "entrada local env" in line:
                        break
                yield
            finally:
                process.terminate()
                process.communicate(timeout=20)


@pytest.fixture
def shell(require_tool: Callable[..., str], tmp_path: Path) -> Shell:
    hint = f"install azure-cli, or name it in {azure_cli.NAMED_BY}"
    return Shell(tmp_path, require_tool("az", hint, found=azure_cli.find()))


def test_az_administers_the_cloud_and_follows_it_when_it_is_started_anew(shell: Shell) -> None:
    """The operator is signed in by itself, in one cloud and in the next, which has other ports."""
    for name in ("first", "second"):
        with shell.cloud():
            assert json.loads(shell.az("account", "show"))["environmentName"] == "EntradaLocal"
            shell.az("group", "create", "-n", name, "-l", "westeurope")
            listed = shell.az("group", "list", "--query", "[].name", "-o", "tsv")
            assert listed.split() == [name]
            missing = shell.run("az", "group", "show", "-n", "nobody")
            assert (missing.returncode, missing.stdout) == (3, "")
    assert not (shell.home / ".azure" / "azureProfile.json").exists()


def test_az_signs_in_as_the_web_app_that_its_shell_is(shell: Shell) -> None:
    """Who signs out stays signed out for ``--no-login``, and can be a resource's identity."""
    with shell.cloud():
        shell.az("group", "create", "-n", "rg", "-l", "westeurope")
        site = "/subscriptions/{}/resourceGroups/rg/providers/Microsoft.Web/sites/web1"
        subscription = json.loads(shell.az("account", "show"))["id"]
        arm = json.loads(shell.run("status", "--json").stdout)["endpoints"]["arm"]
        body = {"location": "westeurope", "identity": {"type": "SystemAssigned"}}
        url = f"{arm}{site.format(subscription)}?api-version=2024-04-01"
        made = json.loads(shell.az("rest", "-m", "put", "-u", url, "-b", json.dumps(body)))
        who = ("--assignee-object-id", made["identity"]["principalId"])
        kind = ("--assignee-principal-type", "ServicePrincipal")
        scope = f"/subscriptions/{subscription}"
        shell.az("role", "assignment", "create", *who, *kind, "--role", "Reader", "--scope", scope)
        shell.az("logout")
        assert shell.run("az", "--no-login", "account", "show").returncode == 1
        web = json.loads(shell.run("env", "--for", "web1", "--json").stdout)
        signed_in = json.loads(shell.az("login", "--identity", **web))
        assert signed_in[0]["user"]["assignedIdentityInfo"] == "MSI"

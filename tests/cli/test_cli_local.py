"""``entrada local`` as users run it: up in one process, everything else in others."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient
from command_line import arguments, entrada, environment

from entrada import ClientSecretCredential
from entrada.cli.arm import RESOURCES, STORAGE, WEB
from entrada.cli.commands.local_env import SHELLS, lines
from entrada.cli.running import operator_arm
from entrada.local.files import RunDirectory, RunFile
from entrada.testing import World

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


@contextmanager
def up(
    home: Path, *words: str, extra: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a local cloud that is ready; end it by SIGTERM if it has not ended."""
    with subprocess.Popen(
        arguments("local", "up", *words),
        env=environment(home, extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "entrada local env" in line:
                    break
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)


def _run_file(home: Path) -> RunFile:
    run = RunDirectory.of(World.fake({"XDG_STATE_HOME": str(home)})).read()
    assert run is not None
    return run


def _variables(home: Path, *words: str) -> dict[str, str]:
    """Return the variables that a shell has after it evaluated ``entrada local env``."""
    printed = entrada(home, "local", "env", *words)
    assert printed.returncode == 0, printed.stderr
    shell = subprocess.run(
        ["/bin/sh", "-c", f"{printed.stdout}\nenv"],
        env=environment(home, {"AZURE_FEDERATED_TOKEN_FILE": "/left/over"}),
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return dict(line.split("=", 1) for line in shell.stdout.splitlines() if "=" in line)


def _token(home: Path, variables: Mapping[str, str]) -> dict[str, str]:
    pure = {**variables, "AZURE_TOKEN_CREDENTIALS": "prod"}
    done = entrada(home, "token", "arm", "--json", extra=pure)
    assert done.returncode == 0, done.stderr
    told: dict[str, str] = json.loads(done.stdout)
    return told


def test_a_cloud_goes_up_and_serves_its_shells_and_ends_by_sigterm(tmp_path: Path) -> None:
    assert entrada(tmp_path, "local", "status").returncode == 3
    with up(tmp_path, "--seed-principal", "ci") as process:
        status = json.loads(entrada(tmp_path, "local", "status", "--json").stdout)
        assert (status["running"], status["pid"]) == (True, process.pid)
        assert "principals" not in status
        second = entrada(tmp_path, "local", "up")
        assert (second.returncode, second.stdout) == (1, "")
        assert f"process {process.pid}" in second.stderr

        operator = _variables(tmp_path)
        assert "AZURE_FEDERATED_TOKEN_FILE" not in operator
        assert operator["AZURE_SUBSCRIPTION_ID"] == status["subscription_id"]
        assert _token(tmp_path, operator)["credential"] == "EnvironmentCredential"
        ci = _variables(tmp_path, "--principal", "ci")
        assert ci["AZURE_CLIENT_ID"] != operator["AZURE_CLIENT_ID"]

        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
        assert (process.returncode, said) == (0, "Stopped.\n")
    assert entrada(tmp_path, "local", "status").returncode == 3
    assert [each.name for each in (tmp_path / "entrada" / "local").iterdir()] == ["lock"]


def test_ctrl_c_ends_a_cloud_cleanly(tmp_path: Path) -> None:
    with up(tmp_path) as process:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        assert process.returncode == 0


def test_a_shell_can_run_as_a_resource_of_the_cloud(tmp_path: Path) -> None:
    with up(tmp_path):
        run = _run_file(tmp_path)
        group = f"/subscriptions/{run.subscription_id}/resourceGroups/rg"
        app = f"{group}/providers/Microsoft.Web/sites/my-app"
        identity = {"type": "SystemAssigned"}
        with operator_arm(run) as arm:
            arm.put(group, RESOURCES, {"location": "westeurope"})
            arm.put(app, WEB, {"location": "westeurope", "identity": identity})
        for name in ("MY-app", app):
            variables = _variables(tmp_path, "--for", name)
            assert "AZURE_CLIENT_SECRET" not in variables
            assert _token(tmp_path, variables)["credential"] == "ManagedIdentityCredential"
        for missing in ("nobody", f"{app}-2"):
            refused = entrada(tmp_path, "local", "env", "--for", missing)
            assert (refused.returncode, refused.stdout) == (3, "")
        unknown = entrada(tmp_path, "local", "env", "--principal", "nobody")
        assert unknown.returncode == 3
        assert "--seed-principal nobody" in unknown.stderr


def test_a_killed_cloud_comes_back_with_its_principals_and_blobs(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "cloud.db"))
    with up(tmp_path, *state) as process:
        before = _run_file(tmp_path)
        _create_account(before)
        with _blobs(before) as container:
            container.create_container()
            container.upload_blob("b", b"kept")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
    assert RunDirectory(tmp_path / "entrada" / "local").path.joinpath("run.json").exists()
    assert entrada(tmp_path, "local", "status").returncode == 3
    with up(tmp_path, *state):
        after = _run_file(tmp_path)
        assert after.principals == before.principals
        with _blobs(after) as container:
            assert container.download_blob("b").readall() == b"kept"


def _create_account(run: RunFile) -> None:
    group = f"/subscriptions/{run.subscription_id}/resourceGroups/rg"
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/keepsake"
    with operator_arm(run) as arm:
        arm.put(group, RESOURCES, {"location": "westeurope"})
        arm.put(account, STORAGE, {"location": "westeurope"})


@contextmanager
def _blobs(run: RunFile) -> Iterator[ContainerClient]:
    operator = run.principals["local-admin"]
    with (
        ClientSecretCredential(
            operator["AZURE_TENANT_ID"],
            operator["AZURE_CLIENT_ID"],
            operator["AZURE_CLIENT_SECRET"],
            authority=run.endpoints.login,
            world=World.real()._replace(env={"SSL_CERT_FILE": run.ca_file}),
        ) as credential,
        ContainerClient(
            f"{run.endpoints.blob}/keepsake", "kept", credential, connection_verify=run.ca_file
        ) as container,
    ):
        yield container


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--state", "no/such/folder/x.db"], "cannot start"),
        (["--state", __file__], "cannot be used as state"),
    ],
)
def test_a_state_that_cannot_be_used_is_told(words: list[str], told: str, tmp_path: Path) -> None:
    done = entrada(tmp_path, "local", "up", *words)
    assert done.returncode == 1
    assert told in done.stderr


def test_env_without_a_cloud_prints_nothing_for_a_shell(tmp_path: Path) -> None:
    done = entrada(tmp_path, "local", "env")
    assert (done.returncode, done.stdout) == (3, "")
    assert "entrada local up" in done.stderr


@pytest.mark.parametrize(
    ("shell", "assigned", "dropped"),
    [
        ("bash", """export IDENTITY_HEADER='it'"'"'s $x'""", "unset AZURE_CLIENT_ID"),
        ("fish", r"set -gx IDENTITY_HEADER 'it\'s $x'", "set -e AZURE_CLIENT_ID"),
        ("pwsh", "$Env:IDENTITY_HEADER = 'it''s $x'", "$Env:AZURE_CLIENT_ID = $null"),
    ],
)
def test_each_shell_gets_its_own_quotes(shell: str, assigned: str, dropped: str) -> None:
    printed = lines(SHELLS[shell], {"IDENTITY_HEADER": "it's $x"})
    assert assigned in printed
    assert dropped in printed

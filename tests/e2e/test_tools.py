"""Developer tools as real processes: stand-ins on PATH that print what the tools print."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from inspect import isawaitable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import entrada
import entrada.aio
from entrada.testing import World

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are shell scripts"),
]

_SCOPE = "https://storage.azure.com/.default"
_FACES = pytest.mark.parametrize("face", [entrada, entrada.aio], ids=["sync", "async"])
_NO_IMDS: dict[str, Any] = {"exclude_managed_identity_credential": True}

_PRINTS = {
    "az": """echo '{"accessToken": "az-token", "expires_on": 4102444800}'""",
    "azd": """echo '{"token": "azd-token", "expiresOn": "2100-01-01T00:00:00Z"}'""",
    "pwsh": """printf 'banner\\n\\nazsdk%%pwsh-token%%4102444800\\n\\n'""",
}
_CREDENTIALS = {
    "az": "AzureCliCredential",
    "azd": "AzureDeveloperCliCredential",
    "pwsh": "AzurePowerShellCredential",
}
_PROFILES = {
    "az": ".azure/azureProfile.json",
    "azd": ".azd/auth.json",
    "pwsh": ".Azure/AzureRmContext.json",
}


class Machine:
    """A home and a PATH with stand-ins, each of which writes a line for every start."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.bin = folder / "bin"
        self.log = folder / "log"
        self.home.mkdir()
        self.bin.mkdir()

    @property
    def world(self) -> World:
        """The machine, but for this home."""
        return World.real()._replace(home=str(self.home))

    @property
    def starts(self) -> list[str]:
        """What was started, with its arguments and folder."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def install(self, name: str, script: str) -> None:
        """Put a program on PATH."""
        path = self.bin / name
        path.write_text(f'#!/bin/sh\necho "{name} $PWD $*" >> "{self.log}"\n{script}\n')
        path.chmod(0o755)

    def sign_in(self, name: str, who: str) -> None:
        """Write the file that a tool writes when somebody signs in."""
        path = self.home / _PROFILES[name]
        path.parent.mkdir(exist_ok=True)
        path.write_text(who)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Return a machine with nothing installed and no variable set that leads to an identity."""
    for name in list(os.environ):
        if name.startswith(("AZURE_", "AZD_", "IDENTITY_", "MSI_")):
            monkeypatch.delenv(name)
    made = Machine(tmp_path)
    monkeypatch.setenv("PATH", f"{made.bin}:/usr/bin:/bin")
    return made


def _ask(credential: Any, **options: Any) -> str:
    async def settled() -> str:
        answer = credential.get_token(_SCOPE, **options)
        token: str = (await answer if isawaitable(answer) else answer).token
        return token

    return asyncio.run(settled())


@_FACES
@pytest.mark.parametrize("name", _PRINTS)
def test_a_tool_is_started_once_until_somebody_else_signs_in(
    name: str, face: ModuleType, machine: Machine
) -> None:
    """From a safe directory, and with the answer that the tool prints."""
    machine.install(name, _PRINTS[name])
    machine.sign_in(name, "one")
    credential = getattr(face, _CREDENTIALS[name])(world=machine.world)

    assert [_ask(credential) for _ in range(3)] == [f"{name}-token"] * 3
    assert len(machine.starts) == 1
    assert machine.starts[0].split()[:2] == [name, str(Path("/bin").resolve())]
    machine.sign_in(name, "another")
    _ask(credential)
    assert len(machine.starts) == 2


def test_twenty_threads_start_one_program(machine: Machine) -> None:
    """The others wait for its answer."""
    machine.install("azd", f"sleep 0.2\n{_PRINTS['azd']}")
    credential = entrada.AzureDeveloperCliCredential(world=machine.world)

    with ThreadPoolExecutor(20) as pool:
        tokens = list(pool.map(lambda _: credential.get_token(_SCOPE).token, range(20)))

    assert set(tokens) == {"azd-token"}
    assert len(machine.starts) == 1


@_FACES
@pytest.mark.parametrize("name", _PRINTS)
def test_a_tool_that_hangs_is_ended_with_its_children(
    name: str, face: ModuleType, machine: Machine
) -> None:
    """After ``process_timeout``, and the error says how to raise it."""
    machine.install(name, "sleep 30 & wait")
    credential = getattr(face, _CREDENTIALS[name])(process_timeout=0.3, world=machine.world)
    started = time.monotonic()

    with pytest.raises(entrada.CredentialUnavailableError) as late:
        _ask(credential)

    assert time.monotonic() - started < 10
    assert late.value.code == "timeout"
    assert "timed out after 0.3 s" in late.value.message
    assert "process_timeout=" in str(late.value.hint)


@_FACES
@pytest.mark.parametrize("name", _PRINTS)
def test_what_entra_said_is_kept_and_no_token_is_shown(
    name: str, face: ModuleType, machine: Machine
) -> None:
    """Whatever stream and shape it comes in."""
    machine.install(
        name,
        """echo 'AADSTS50076: "accessToken": "eyJhbGciOi.canary.x" denied' >&2; exit 1""",
    )

    with pytest.raises(entrada.AuthenticationRejectedError) as refused:
        _ask(getattr(face, _CREDENTIALS[name])(world=machine.world))

    assert refused.value.code == "AADSTS50076"
    assert "denied" in refused.value.message
    assert "canary" not in str(refused.value)


@_FACES
@pytest.mark.parametrize("name", _PRINTS)
def test_the_default_chain_takes_whichever_tool_is_there(
    name: str, face: ModuleType, machine: Machine
) -> None:
    """Those that are not installed cost nothing but a look along PATH."""
    machine.install(name, _PRINTS[name])
    credential = face.DefaultAzureCredential(world=machine.world, **_NO_IMDS)

    assert _ask(credential) == f"{name}-token"
    assert credential.last_attempts[-1].link == _CREDENTIALS[name]


@_FACES
@pytest.mark.parametrize(
    "arrange",
    [
        lambda _patch: {"profile": "prod"},
        lambda patch: patch.setenv("AZURE_TOKEN_CREDENTIALS", "prod") or {},
    ],
    ids=["profile", "variable"],
)
def test_in_production_no_program_is_ever_started(
    arrange: Callable[[pytest.MonkeyPatch], dict[str, str]],
    face: ModuleType,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not even where every tool stands ready: each of these would leave a line."""
    for name in (*_PRINTS, "powershell", "sh", "bash"):
        machine.install(name, _PRINTS.get(name, "exit 1"))
    options = arrange(monkeypatch)
    credential = face.DefaultAzureCredential(world=machine.world, **_NO_IMDS, **options)

    with pytest.raises(entrada.CredentialUnavailableError):
        _ask(credential)
    credential.explain()
    assert machine.starts == []


def test_explaining_starts_no_program(machine: Machine) -> None:
    """It looks where they are and at the files that they leave."""
    for name, script in _PRINTS.items():
        machine.install(name, script)
        machine.sign_in(name, "somebody")

    plan = entrada.DefaultAzureCredential(world=machine.world, **_NO_IMDS).explain()

    assert plan.first is not None
    assert plan.first.name == "AzureCliCredential"
    assert str(machine.bin / "az") in str(plan)
    assert machine.starts == []


@_FACES
def test_a_forced_token_starts_the_tool_again(face: ModuleType, machine: Machine) -> None:
    """Whether the tool itself has a newer token is up to the tool."""
    machine.install("az", _PRINTS["az"])
    credential = face.AzureCliCredential(world=machine.world)
    for options in ({}, {}, {"force_refresh": True}, {}):
        _ask(credential, **options)
    assert len(machine.starts) == 2

"""``entrada local az`` around a program that notes how it is called."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from command_line import arguments, entrada, environment
from test_cli_local import up

from entrada.cli.exits import FAILED, NOT_FOUND
from entrada.local.files import RunDirectory

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
    pytest.mark.xdist_group("local-az"),
]

_PROGRAM = """\
#!/bin/sh
echo "$*" >> "{log}"
case "$1 $2" in
  "login --service-principal")
    cat > "{log}.stdin"
    printf '\\357\\273\\277{{"subscriptions":[{{"id":"s"}}]}}' \\
      > "$AZURE_CONFIG_DIR/azureProfile.json" ;;
  "cloud register")
    [ -e "{log}.broken" ] && {{ echo "no such cloud" >&2; exit 3; }} ;;
  "show env") env ;;
  "echo stdin") cat; echo "on stderr" >&2; exit 7 ;;
esac
exit 0
"""


@dataclass(frozen=True)
class Shell:
    """A home with a running cloud, and an ``az`` whose calls are in ``log``."""

    home: Path
    log: Path

    @property
    def profile(self) -> Path:
        return self.home / "entrada" / "local" / "az"

    def az(self, *words: str, **extra: str) -> subprocess.CompletedProcess[str]:
        named = {"ENTRADA_AZ": str(self.log.with_name("az")), **extra}
        return entrada(self.home, "local", "az", *words, extra=named)

    def calls(self) -> list[str]:
        """Return the calls since the last time."""
        found = self.log.read_text().splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with up(folder):
        yield folder


@pytest.fixture
def shell(home: Path, tmp_path: Path) -> Shell:
    """A shell in which the Azure CLI was never used."""
    return fresh(home, tmp_path)


def fresh(home: Path, folder: Path) -> Shell:
    made = Shell(home, folder / "calls")
    program = folder / "az"
    program.write_text(_PROGRAM.format(log=made.log))
    program.chmod(0o755)
    for path in made.profile.glob("*"):
        path.unlink()
    return made


def test_the_first_use_registers_and_signs_in_and_the_next_do_neither(shell: Shell) -> None:
    assert shell.az("--", "group", "list").returncode == 0
    register, login, command = shell.calls()
    run = RunDirectory(shell.home / "entrada" / "local").read()
    assert run is not None
    operator = run.principals["local-admin"]
    assert register.startswith("cloud register --name EntradaLocal")
    assert f"--endpoint-resource-manager {run.endpoints.arm}" in register
    assert f"--username {operator['AZURE_CLIENT_ID']}" in login
    assert command == "group list"
    assert shell.az("group", "list").returncode == 0
    assert shell.calls() == ["group list"]


def test_the_secret_goes_through_a_pipe_and_no_argument_shows_it(shell: Shell) -> None:
    shell.az("group", "list")
    run = RunDirectory(shell.home / "entrada" / "local").read()
    assert run is not None
    secret = run.principals["local-admin"]["AZURE_CLIENT_SECRET"]
    assert Path(f"{shell.log}.stdin").read_text() == secret
    assert secret not in "".join(shell.calls())


def test_input_output_and_exit_code_are_those_of_az(shell: Shell) -> None:
    with subprocess.Popen(
        arguments("local", "az", "echo", "stdin", "--query", "x"),
        env=environment(shell.home, {"ENTRADA_AZ": str(shell.log.with_name("az"))}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        out, err = process.communicate("one\ntwo", timeout=60)
    assert (process.returncode, out, err) == (7, "one\ntwo", "on stderr\n")
    assert shell.calls()[-1] == "echo stdin --query x"


def test_az_finds_a_private_configuration_the_authority_and_the_shells_identity(
    shell: Shell,
) -> None:
    identity = {"IDENTITY_ENDPOINT": "http://127.0.0.1:1/msi", "HTTPS_PROXY": "http://proxy:1"}
    done = shell.az("show", "env", AZURE_CONFIG_DIR="/my/own", NO_PROXY="corp", **identity)
    found = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    assert found["AZURE_CONFIG_DIR"] == str(shell.profile)
    assert found["AZURE_EXTENSION_DIR"] == "/my/own/cliextensions"
    assert found["REQUESTS_CA_BUNDLE"] == str(shell.home / "entrada" / "local" / "ca.pem")
    assert found["NO_PROXY"] == "corp,127.0.0.1,localhost"
    assert found["IDENTITY_ENDPOINT"] == identity["IDENTITY_ENDPOINT"]
    assert stat.S_IMODE(shell.profile.stat().st_mode) == 0o700
    settings = (shell.profile / "config").read_text()
    for line in ("instance_discovery = false", "collect_telemetry = false", "name = EntradaLocal"):
        assert line in settings


@pytest.mark.parametrize(
    "words",
    [
        ["--no-login", "group", "list"],
        ["login", "--identity"],
        ["logout"],
        ["account", "clear"],
        ["vm", "create", "--help"],
        ["--version"],
        [],
    ],
    ids=" ".join,
)
def test_nobody_is_signed_in_where_nobody_is_needed(words: list[str], shell: Shell) -> None:
    shell.az(*words)
    expected = " ".join(word for word in words if word != "--no-login")
    assert [each.split()[:2] for each in shell.calls()] == [
        ["cloud", "register"],
        expected.split()[:2],
    ]


def test_another_cloud_is_registered_anew_and_nothing_cached_is_left(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("other")
    with up(home):
        shell = fresh(home, tmp_path)
        shell.az("group", "list")
        cached = [shell.profile / name for name in ("msal_token_cache.json", "msal_http_cache.bin")]
        for path in cached:
            path.write_text("old")
        with (shell.profile / "config").open("a") as file:
            file.write("[defaults]\ngroup = mine\n")
        shell.calls()
    with up(home):
        shell.az("group", "list")
        assert [each.split()[0] for each in shell.calls()] == ["cloud", "login", "group"]
        assert not [path for path in cached if path.exists()]
        assert "group = mine" in (shell.profile / "config").read_text()


def test_a_registration_that_fails_is_told_and_tried_again(shell: Shell) -> None:
    broken = Path(f"{shell.log}.broken")
    broken.touch()
    done = shell.az("group", "list")
    assert (done.returncode, done.stdout) == (FAILED, "")
    assert "az cloud register did not work: no such cloud" in done.stderr
    broken.unlink()
    assert shell.az("group", "list").returncode == 0


def test_many_at_once_register_once(shell: Shell) -> None:
    env = environment(shell.home, {"ENTRADA_AZ": str(shell.log.with_name("az"))})
    started = [
        subprocess.Popen(arguments("local", "az", "group", "list"), env=env) for _ in range(4)
    ]
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]
    assert [each.split()[0] for each in shell.calls()].count("cloud") == 1


def test_no_az_is_told_with_where_to_get_it(home: Path) -> None:
    done = entrada(home, "local", "az", "group", "list", extra={"PATH": str(home)})
    assert done.returncode == FAILED
    assert "https://aka.ms/azure-cli" in done.stderr
    named = entrada(home, "local", "az", "version", extra={"ENTRADA_AZ": "/no/such/az"})
    assert "ENTRADA_AZ names /no/such/az" in named.stderr


def test_without_a_cloud_az_is_not_started(tmp_path: Path) -> None:
    shell = fresh(tmp_path, tmp_path)
    assert shell.az("group", "list").returncode == NOT_FOUND
    assert shell.calls() == []


def test_a_profile_in_the_run_directory_is_no_cloud(tmp_path: Path) -> None:
    told = entrada(tmp_path, "local", "status", "--json")
    assert json.loads(told.stdout) == {"running": False}

"""``entrada local trust``: it shows what it would do, and changes a machine only when told to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import entrada
from test_cli_local import up

from entrada.cli.commands.local_trust_stores import STORES, shown
from entrada.cli.exits import NOT_FOUND, USAGE

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX"),
    pytest.mark.xdist_group("local-trust"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with up(folder):
        yield folder


def _ca(home: Path) -> str:
    return str(home / "entrada" / "local" / "ca.pem")


def test_trust_shows_commands_and_runs_none(home: Path, tmp_path: Path) -> None:
    _tools(tmp_path)
    extra = {"PATH": str(tmp_path)}
    shown = entrada(home, "local", "trust", extra=extra)
    ca = _ca(home)
    assert ca in shown.stdout
    if sys.platform == "linux":
        assert "update-ca-certificates" in shown.stdout
    for words in (["--path"], ["--json"]):
        assert ca in entrada(home, "local", "trust", *words, extra=extra).stdout
    assert not (tmp_path / "calls").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="Debian's store")
def test_trust_changes_the_machine_only_when_somebody_agrees(home: Path, tmp_path: Path) -> None:
    _tools(tmp_path)
    extra = {"PATH": str(tmp_path)}
    asked = entrada(home, "local", "trust", "--install", extra=extra)
    assert asked.returncode == USAGE
    assert not (tmp_path / "calls").exists()
    done = entrada(home, "local", "trust", "--install", "--yes", extra=extra)
    assert done.returncode == 0, done.stderr
    ca = _ca(home)
    target = "/usr/local/share/ca-certificates/entrada-local.crt"
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [each.removeprefix("sudo ").strip() for each in calls] == [
        f"install -m 644 {ca} {target}",
        "update-ca-certificates",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="what a Linux without such a store does")
def test_trust_says_so_where_it_changes_no_store_itself(home: Path, tmp_path: Path) -> None:
    done = entrada(home, "local", "trust", "--install", "--yes", extra={"PATH": str(tmp_path)})
    assert done.returncode == NOT_FOUND
    assert _ca(home) in done.stderr


def _tools(folder: Path) -> None:
    """Put programs into a folder that note how they are called, and do nothing."""
    for name in ("install", "rm", "update-ca-certificates", "sudo"):
        tool = folder / name
        tool.write_text(f'#!/bin/sh\necho "{name} $*" >> "{folder}/calls"\n')
        tool.chmod(0o755)


def test_what_was_never_installed_is_not_taken_back(tmp_path: Path) -> None:
    """Without a cloud, and without a question: there is nothing to agree to."""
    _tools(tmp_path)
    installed = [store for store in STORES if store.file and Path(store.file).exists()]
    if sys.platform != "linux" or installed:
        pytest.skip("a local cloud's authority is installed on this machine")
    done = entrada(tmp_path, "local", "trust", "--remove", extra={"PATH": str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert "no authority of a local cloud is installed" in done.stdout
    assert not (tmp_path / "calls").exists()


@pytest.mark.parametrize("remove", [False, True])
def test_every_store_has_whole_commands_and_sudo_only_where_needed(remove: bool) -> None:
    values = {"ca": "/a b/ca.pem", "home": "/home/me", "sha1": "AB12"}
    for store in STORES:
        commands = store.commands(remove=remove, sudo=True, **values)
        lines = shown(commands, store.platform)
        assert not [line for line in lines if "{" in line]
        assert {words[0] == "sudo" for words in commands} == {store.as_root}

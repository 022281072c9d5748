"""The run directory: one claim at a time, nothing readable by others, nothing left behind."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from entrada.local.cloud import Endpoints
from entrada.local.files import AlreadyRunning, RunDirectory, RunFile
from entrada.testing import World

SECRET = "s3cret-of-the-operator"


def _run(directory: RunDirectory) -> RunFile:
    principals = {"local-admin": {"AZURE_CLIENT_SECRET": SECRET}}
    return RunFile(
        4711, 1.5, Endpoints(), "tenant", "subscription", str(directory.ca_file), None, principals
    )


def test_a_claimed_directory_tells_what_was_written(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "local")
    assert directory.read() is None
    with directory.claim():
        assert directory.read() is None
        directory.write(_run(directory), b"PEM")
        assert directory.read() == _run(directory)
        assert directory.ca_file.read_bytes() == b"PEM"
    assert directory.read() is None
    assert not directory.ca_file.exists()


def test_files_and_folder_are_the_users_own(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path / "local")
    with directory.claim():
        directory.write(_run(directory), b"PEM")
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in directory.path.iterdir()}
    assert modes == {"run.json": 0o600, "ca.pem": 0o644, "lock": 0o600}
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700


def test_a_second_claim_names_the_process_of_the_first(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    with directory.claim():
        directory.write(_run(directory), b"PEM")
        with pytest.raises(AlreadyRunning) as caught, directory.claim():
            pass
    assert caught.value.pid == 4711


def test_a_run_file_that_a_dead_process_left_is_no_running_cloud(tmp_path: Path) -> None:
    directory = RunDirectory(tmp_path)
    directory.write(_run(directory), b"PEM")
    assert directory.read() is None
    with directory.claim():
        assert directory.read() is None


def test_a_run_file_shows_no_secret_by_itself(tmp_path: Path) -> None:
    run = _run(RunDirectory(tmp_path))
    assert SECRET not in repr(run)
    assert SECRET not in str(run.facts())


@pytest.mark.parametrize(
    ("platform", "env", "path"),
    [
        ("linux", {}, "/home/someone/.local/state/entrada/local"),
        ("linux", {"XDG_STATE_HOME": "/x"}, "/x/entrada/local"),
        ("darwin", {}, "/home/someone/.local/state/entrada/local"),
        ("win32", {"LOCALAPPDATA": "/l", "XDG_STATE_HOME": "/x"}, "/l/entrada/local"),
        ("win32", {}, "/home/someone/AppData/Local/entrada/local"),
    ],
)
def test_the_directory_follows_the_platforms_custom(
    platform: str, env: dict[str, str], path: str
) -> None:
    assert RunDirectory.of(World.fake(env, platform=platform)).path == Path(path)

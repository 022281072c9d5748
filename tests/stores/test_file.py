"""The store in a file: what it survives, where it rests, who can read it."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from faces import FACES, Issuer, ask, secret

import entrada
from entrada._engine.forks import _forget_all
from entrada.stores import FileStore, StoreUnavailable
from entrada.testing import World

KEY = b"k" * 32


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens.db"


def _world(home: Path, **env: str) -> World:
    return World.fake(env=env)._replace(home=str(home))


@pytest.mark.parametrize("module", FACES)
def test_a_token_is_found_by_a_credential_of_another_process(
    module: ModuleType, issuer: Issuer, path: Path
) -> None:
    for _ in range(3):
        assert ask(secret(module, issuer, store=FileStore(path))) == "token-1"
    assert issuer.requests == 1


@pytest.mark.parametrize("module", FACES)
def test_the_peers_options_ask_for_a_file_of_this_users(
    module: ModuleType, issuer: Issuer, tmp_path: Path
) -> None:
    peers = entrada.TokenCachePersistenceOptions
    for options in (peers(), peers(), peers(name="app")):
        world = _world(tmp_path)
        ask(secret(module, issuer, cache_persistence_options=options, world=world))

    assert issuer.requests == 2
    folder = tmp_path / ".local/state/entrada"
    assert {file.name for file in folder.glob("*.db")} == {"msal.cache.db", "app.db"}


def test_only_the_owner_can_read_what_rests(issuer: Issuer, tmp_path: Path) -> None:
    store = FileStore()
    ask(secret(entrada, issuer, store=store, world=_world(tmp_path)))

    found = [tmp_path / ".local/state/entrada", *(tmp_path / ".local/state/entrada").rglob("*")]
    assert {"tokens.db", "tokens.db-wal", "sealing.key"} <= {file.name for file in found}
    assert [file for file in found if stat.S_IMODE(file.stat().st_mode) & 0o077] == []


@pytest.mark.parametrize("module", FACES)
def test_no_token_stands_in_any_file(module: ModuleType, issuer: Issuer, tmp_path: Path) -> None:
    for _ in range(50):
        ask(secret(module, issuer, store=FileStore(), world=_world(tmp_path)), force_refresh=True)
        ask(secret(module, issuer, store=FileStore(), world=_world(tmp_path)))

    text = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert len(text) > 4096
    assert [
        word for word in (b"token-", b"contoso", b"hush", b"storage.azure") if word in text
    ] == []


def _not_sqlite(path: Path) -> None:
    path.write_bytes(b"no database at all" * 500)


def _another_programs(path: Path) -> None:
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE photos (id)")
    database.close()


def _truncated(path: Path) -> None:
    for file in (Path(f"{path}-wal"), Path(f"{path}-shm")):
        file.unlink(missing_ok=True)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 + 100])


def _scribbled(path: Path) -> None:
    for file in (Path(f"{path}-wal"), Path(f"{path}-shm")):
        file.unlink(missing_ok=True)
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + os.urandom(len(whole) - 100))


@pytest.mark.parametrize("harm", [_not_sqlite, _another_programs, _truncated, _scribbled])
@pytest.mark.parametrize("module", FACES)
def test_a_damaged_file_is_set_aside_with_one_warning(
    module: ModuleType,
    harm: Callable[[Path], None],
    issuer: Issuer,
    path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    store = FileStore(path, key=KEY)
    for number in range(40):
        ask(secret(module, issuer, store=store, tenant_id=f"tenant-{number}"))
    store._database._close()  # type: ignore[union-attr]
    before, caplog.records[:] = issuer.requests, []
    harm(path)
    harmed = path.read_bytes()

    for _ in range(2):
        ask(secret(module, issuer, store=FileStore(path, key=KEY)))
    assert issuer.requests == before + 1
    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "set aside" in warnings[0]
    assert Path(f"{path}.damaged").read_bytes() == harmed


def test_a_file_that_is_removed_meanwhile_is_begun_anew(issuer: Issuer, path: Path) -> None:
    store = FileStore(path, key=KEY)
    ask(secret(entrada, issuer, store=store))
    path.unlink()

    assert ask(secret(entrada, issuer, store=store)) == "token-2"
    assert ask(secret(entrada, issuer, store=FileStore(path, key=KEY))) == "token-2"


def test_a_lost_key_costs_the_tokens_and_nothing_else(issuer: Issuer, path: Path) -> None:
    ask(secret(entrada, issuer, store=FileStore(path)))
    (path.parent / "sealing.key").unlink()

    assert ask(secret(entrada, issuer, store=FileStore(path))) == "token-2"
    assert ask(secret(entrada, issuer, store=FileStore(path))) == "token-2"


@pytest.mark.parametrize("harm", ["short", "readable"])
def test_a_key_file_that_is_no_secret_is_replaced_with_a_warning(
    harm: str, issuer: Issuer, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ask(secret(entrada, issuer, store=FileStore(path)))
    key = path.parent / "sealing.key"
    old = key.read_bytes()
    if harm == "short":
        key.write_bytes(old[:5])
    else:
        key.chmod(0o644)

    assert ask(secret(entrada, issuer, store=FileStore(path))) == "token-2"
    assert key.read_bytes() != old
    assert len(caplog.records) == 1
    assert old.hex() not in caplog.text


@pytest.mark.parametrize("module", FACES)
def test_without_a_folder_to_write_to_tokens_are_kept_in_memory(
    module: ModuleType, issuer: Issuer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "home").write_text("a file, in which no folder can be made")
    caplog.set_level(logging.WARNING)
    credential = secret(module, issuer, store=FileStore(), world=_world(tmp_path / "home"))

    assert [ask(credential), ask(credential)] == ["token-1", "token-1"]
    assert len(caplog.records) == 1
    assert str(tmp_path / "home") in caplog.text


def test_the_runtime_folder_stands_in_for_a_home_that_cannot_be_written_to(
    issuer: Issuer, tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("")
    run = tmp_path / "run"
    for _ in range(2):
        world = _world(tmp_path / "home", XDG_RUNTIME_DIR=str(run))
        ask(secret(entrada, issuer, store=FileStore(), world=world))

    assert issuer.requests == 1
    assert (run / "entrada" / "tokens.db").is_file()


def test_the_folder_is_the_platforms(tmp_path: Path) -> None:
    from entrada._stores.folders import state_folders

    mac = World.fake(platform="darwin")._replace(home="/Users/a")
    windows = World.fake(platform="win32", env={"LOCALAPPDATA": "/c/local"})
    assert state_folders(mac) == ("/Users/a/Library/Application Support/entrada",)
    assert state_folders(windows) == ("/c/local/entrada",)
    assert state_folders(World.fake()._replace(home="~")) == ()


def test_expired_entries_are_removed(path: Path, issuer: Issuer) -> None:
    world = World.fake()
    for number in range(300):
        ask(secret(entrada, issuer, store=(store := FileStore(path, key=KEY)), world=world))
        issuer.answer = lambda count: entrada.testing.token_response(f"t{count}", expires_in=1)
        world = World.fake(clock=entrada.testing.FakeClock(1_800_000_000.0 + 10 * number))
        store._saves = number
    assert store.status(World.fake()).tokens <= 300
    later = World.fake(clock=entrada.testing.FakeClock(1_900_000_000.0))
    ask(secret(entrada, issuer, store=FileStore(path, key=KEY), world=later))
    assert sqlite3.connect(path).execute("SELECT count(*) FROM entries").fetchone() == (1,)


def test_the_key_is_the_callers_where_they_give_one(path: Path, issuer: Issuer) -> None:
    for _ in range(2):
        ask(secret(entrada, issuer, store=FileStore(path, key=lambda: KEY)))

    assert issuer.requests == 1
    assert not (path.parent / "sealing.key").exists()
    assert FileStore(path, key=KEY).status(World.fake()).key == "the caller"


def _raises() -> bytes:
    raise KeyError("vault")


@pytest.mark.parametrize("key", [b"short", _raises, lambda: "text"])
def test_a_key_that_is_none_leaves_tokens_in_memory(
    key: Any, path: Path, issuer: Issuer, caplog: pytest.LogCaptureFixture
) -> None:
    credential = secret(entrada, issuer, store=FileStore(path, key=key))

    assert [ask(credential), ask(credential)] == ["token-1", "token-1"]
    assert len(caplog.records) == 1


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "C:x"])
def test_a_name_that_is_no_files_is_refused(name: str) -> None:
    with pytest.raises(entrada.ConfigurationError, match="name"):
        FileStore(name=name)


def test_both_keywords_at_once_are_refused(issuer: Issuer, path: Path) -> None:
    options = entrada.TokenCachePersistenceOptions()
    with pytest.raises(entrada.ConfigurationError, match="Both"):
        ask(secret(entrada, issuer, store=FileStore(path), cache_persistence_options=options))


def test_a_file_of_a_later_version_is_left_alone(path: Path, issuer: Issuer) -> None:
    ask(secret(entrada, issuer, store=FileStore(path, key=KEY)))
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")

    with pytest.raises(StoreUnavailable, match="later version"):
        FileStore(path, key=KEY).status(World.fake())
    assert ask(secret(entrada, issuer, store=FileStore(path, key=KEY))) == "token-2"
    assert not Path(f"{path}.damaged").exists()


def test_a_forked_child_opens_the_file_for_itself(path: Path, issuer: Issuer) -> None:
    store = FileStore(path, key=KEY)
    ask(secret(entrada, issuer, store=store))
    _forget_all()  # what happens first in a child

    assert ask(secret(entrada, issuer, store=store)) == "token-1"

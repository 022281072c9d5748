"""``entrada cache status`` says where tokens rest and how many, and nothing more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import entrada
from entrada.cli import main
from entrada.testing import Script, World, token_response


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_STATE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)


def _rest_a_token(home: Path) -> None:
    world = World.fake(env={"XDG_STATE_HOME": str(home), "LOCALAPPDATA": str(home)})
    credential = entrada.ClientSecretCredential(
        "contoso",
        "app",
        "hush",
        transport=Script(token_response("eyJ-token")),
        cache_persistence_options=entrada.TokenCachePersistenceOptions(name="app"),
        world=world._replace(home=str(home)),
    )
    credential.get_token("https://storage.azure.com/.default")


def test_where_nothing_rests_that_is_said_and_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cache", "status"]) == 3
    assert capsys.readouterr().out == "No tokens rest on this machine.\n"
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_tokens_is_shown_without_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _rest_a_token(tmp_path)
    assert main(["cache", "status"]) == 0
    text = capsys.readouterr().out
    assert main(["cache", "status", "--json"]) == 0
    (state,) = json.loads(capsys.readouterr().out)

    folder = tmp_path / "entrada"
    assert state == {
        "path": str(folder / "app.db"),
        "key": str(folder / "sealing.key"),
        "tokens": 1,
        "sign_ins": 0,
    }
    assert f"sealed by  {folder / 'sealing.key'}" in text
    assert [word for word in ("eyJ", "contoso", "hush") if word in text] == []


def test_a_file_that_cannot_be_used_has_a_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "entrada" / "broken.db").mkdir(parents=True)

    assert main(["cache", "status"]) == 0
    assert "broken.db cannot be used" in capsys.readouterr().out

"""The sealing key in the system's keychain, by a keychain that stands in for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faces import Issuer, ask, secret

import entrada
from entrada.stores import FileStore
from entrada.testing import World

keyring: Any = pytest.importorskip("keyring")
from keyring.backend import KeyringBackend  # noqa: E402
from keyring.errors import KeyringLocked  # noqa: E402


class Chain(KeyringBackend):
    """A keychain in memory, which may be locked."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise KeyringLocked("the person is not here")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def chain() -> Iterator[Chain]:
    before = keyring.get_keyring()
    made = Chain()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


_DESKTOP = World.fake(env={"DBUS_SESSION_BUS_ADDRESS": "unix:path=/run/bus"})
_HEADLESS = World.fake()


def _ask(path: Path, issuer: Issuer, world: World) -> str:
    return ask(secret(entrada, issuer, store=FileStore(path / "tokens.db"), world=world))


def test_the_key_is_kept_in_the_keychain(chain: Chain, tmp_path: Path) -> None:
    issuer = Issuer()
    assert [_ask(tmp_path, issuer, _DESKTOP) for _ in range(2)] == ["token-1"] * 2
    assert len(chain.kept) == 1
    assert not (tmp_path / "sealing.key").exists()
    assert FileStore(tmp_path / "tokens.db").status(_DESKTOP).key == "the system's keychain"


@pytest.mark.parametrize("why", ["locked", "no bus"])
def test_without_a_keychain_it_is_kept_in_a_file(why: str, chain: Chain, tmp_path: Path) -> None:
    chain.locked = why == "locked"
    world = _DESKTOP if why == "locked" else _HEADLESS
    issuer = Issuer()
    assert [_ask(tmp_path, issuer, world) for _ in range(2)] == ["token-1"] * 2
    assert (tmp_path / "sealing.key").exists()


def test_processes_with_and_without_a_keychain_leave_each_others_tokens_alone(
    chain: Chain, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    issuer = Issuer()
    worlds = [_DESKTOP, _HEADLESS, _DESKTOP, _HEADLESS]
    assert [_ask(tmp_path, issuer, world) for world in worlds] == ["token-1", "token-2"] * 2
    assert caplog.records == []

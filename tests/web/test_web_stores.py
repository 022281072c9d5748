"""Where sessions rest: both stores alike, sealed, one caller only for what works once."""

from __future__ import annotations

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from web_world import CALLBACK, Site, browser, site

from entrada import ConfigurationError
from entrada.web import MemoryStore, SessionStore, SignIn, SqliteStore
from entrada.web.seal import Seal

__all__ = ["browser", "site"]

KEY, OTHER_KEY = "k" * 32, "o" * 32


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> SessionStore:
    return MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "sessions.db")


def test_a_row_is_kept_changed_and_dropped(store: SessionStore) -> None:
    store.put("a", b"1", 100, ["x", "y"])
    store.put("b", b"2", 100, ["y"])
    store.replace("a", b"3", 200)
    assert (store.get("a"), store.get("b"), store.get("c")) == (b"3", b"2", None)
    store.drop("x")
    assert (store.get("a"), store.get("b")) == (None, b"2")
    store.drop("y")
    assert store.get("b") is None


def test_what_was_deleted_does_not_come_back(store: SessionStore) -> None:
    """A request that was under way while somebody signed out."""
    store.put("a", b"1", 100, ["x"])
    assert store.take("a") == b"1"
    store.replace("a", b"2", 100)
    assert store.get("a") is None


def test_a_row_that_is_put_again_has_its_new_tags_alone(store: SessionStore) -> None:
    store.put("a", b"1", 100, ["x"])
    store.put("a", b"2", 100, ["y"])
    store.drop("x")
    assert store.get("a") == b"2"


def test_rows_that_have_ended_are_purged(store: SessionStore) -> None:
    store.put("a", b"1", 100)
    store.put("b", b"2", 101)
    store.purge(100)
    assert (store.get("a"), store.get("b")) == (None, b"2")


def test_one_caller_takes_a_row(store: SessionStore) -> None:
    """However many ask at once."""
    for number in range(20):
        key = f"key{number}"
        store.put(key, b"1", 100)
        with ThreadPoolExecutor(4) as threads:
            taken = list(threads.map(lambda _, key=key: store.take(key), range(4)))
        assert sorted(each is None for each in taken) == [False, True, True, True]


def test_memory_has_an_end() -> None:
    """What would end soonest goes first: sign-ins under way, of which anybody can begin many."""
    store = MemoryStore(most=10)
    store.put("session", b"s", 10_000)
    for number in range(100):
        store.put(f"pending{number}", b"p", 600 + number)
    assert store.get("session") == b"s"
    assert store.get("pending99") == b"p"
    assert store.get("pending0") is None


def test_processes_share_what_rests_sealed_in_a_file(site: Site, tmp_path: Path) -> None:
    """A second worker knows who signed in at the first; the file tells nobody anything."""
    path = tmp_path / "sessions.db"
    site.again(store=SqliteStore(path), session_keys=[KEY])
    browser = site.browser()
    browser.sign_in()
    site.again(store=SqliteStore(path), session_keys=[KEY])
    session = browser.signed_in()
    assert session.user.object_id == site.ana.object_id
    assert session.credential.get_token("https://management.azure.com/.default").token
    kept = b"".join(each.read_bytes() for each in tmp_path.iterdir())
    for secret in (session.secret, session.grant, site.ana.object_id, site.ana.username):
        assert secret.encode() not in kept
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keys_are_replaced_without_signing_anybody_out(site: Site, tmp_path: Path) -> None:
    """The new one is put before the old one; without the old one its sessions are over."""
    path = tmp_path / "sessions.db"
    site.again(store=SqliteStore(path), session_keys=[KEY])
    browser = site.browser()
    browser.sign_in()
    for keys, known in (([OTHER_KEY, KEY], True), ([OTHER_KEY], False)):
        site.again(store=SqliteStore(path), session_keys=keys)
        assert (browser.session() is not None) is known


def test_a_sealed_document_belongs_to_its_row() -> None:
    """One person's row copied over another's opens nothing."""
    seal = Seal([KEY])
    sealed = seal.close("row", {"a": 1})
    assert seal.open("row", sealed) == {"a": 1}
    assert seal.open("other", sealed) is None
    assert seal.open("row", sealed[:-1] + b"x") is None
    assert seal.open("row", b"") is None


WRONG: list[tuple[str, Callable[[Path], dict[str, object]]]] = [
    ("no_session_key", lambda folder: {"store": SqliteStore(folder / "s.db")}),
    ("bad_session_key", lambda _: {"session_keys": ["short"]}),
    ("bad_session_key", lambda _: {"session_keys": KEY}),
    ("no_client_proof", lambda _: {"client_secret": None}),
    ("no_client_proof", lambda _: {"client_assertion_func": str}),
    ("no_allowed_tenants", lambda _: {"tenant_id": "organizations"}),
    ("bad_redirect_uri", lambda _: {"redirect_uri": "http://app.example/auth/callback"}),
    ("bad_redirect_uri", lambda _: {"redirect_uri": "https://app.example/callback"}),
    ("bad_redirect_uri", lambda _: {"redirect_uri": f"{CALLBACK}?x=1"}),
    ("bad_scopes", lambda _: {"scopes": "User.Read"}),
    (
        "bad_response_mode",
        lambda _: {
            "redirect_uri": "http://localhost:1/auth/callback",
            "response_mode": "form_post",
        },
    ),
]


@pytest.mark.parametrize(("code", "change"), WRONG)
def test_a_setting_that_cannot_be_right_is_refused(
    site: Site, tmp_path: Path, code: str, change: Callable[[Path], dict[str, object]]
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        SignIn(**site.settings(**change(tmp_path)))
    assert raised.value.code == code
    assert raised.value.hint

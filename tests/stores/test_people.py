"""Sign-ins at rest: who signed in once is not asked again, and nobody is taken for another."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs

import pytest
from faces import FACES, SCOPE, ask

import entrada
from entrada.stores import FileStore, MemoryStore
from entrada.testing import FakeClock, Request, Response, World, json_response, token_response

_GRAPH = "https://graph.microsoft.com/.default"


def _segment(fields: dict[str, str]) -> str:
    return urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")


class Authority:
    """Signs people in by device code, and renews by refresh tokens that it has not revoked."""

    def __init__(self) -> None:
        self.person = "ana"
        self.scope = ""
        self.sign_ins = 0
        self.renewals: list[str] = []
        self.revoked: set[str] = set()

    def __call__(self, request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.scope = form.get("scope", self.scope)
        if request.url.endswith("/devicecode"):
            code = {"user_code": "U", "device_code": "D", "verification_uri": "https://x.test/"}
            return json_response({**code, "expires_in": 900, "interval": 1, "message": "go"})
        if form["grant_type"] != "refresh_token":
            self.sign_ins += 1
            return self._granted(form, f"{self.person}-{self.sign_ins}")
        self.renewals.append(form["refresh_token"])
        if form["refresh_token"] in self.revoked:
            return json_response(
                {"error": "invalid_grant", "error_description": "AADSTS50173"}, 400
            )
        return self._granted(form, form["refresh_token"])

    def _granted(self, form: dict[str, str], refresh_token: str) -> Response:
        person = refresh_token.partition("-")[0]
        claims = {"aud": form["client_id"], "tid": "home", "preferred_username": f"{person}@x.test"}
        return token_response(
            f"token of {person} for {self.scope.split()[0]}",
            refresh_token=refresh_token,
            client_info=_segment({"uid": person, "utid": "home"}),
            id_token=f"e30.{_segment({**claims, 'oid': person})}.",
        )


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def store(tmp_path: Path) -> Callable[[], FileStore]:
    """Return what makes a store as in another process."""
    return lambda: FileStore(tmp_path / "tokens.db")


def _person(module: ModuleType, authority: Authority, store: Any, **options: Any) -> Any:
    return module.DeviceCodeCredential(
        "app",
        tenant_id="home",
        prompt_callback=lambda *_: None,
        transport=authority,
        world=World.fake(clock=FakeClock()),
        store=store,
        **options,
    )


def _record(person: str) -> entrada.AuthenticationRecord:
    return entrada.AuthenticationRecord(
        "home", "app", "login.microsoftonline.com", f"{person}.home", f"{person}@x.test"
    )


@pytest.mark.parametrize("module", FACES)
def test_who_has_signed_in_is_not_asked_in_another_process(
    module: ModuleType, authority: Authority, store: Callable[[], FileStore]
) -> None:
    """For the same scope nothing is sent, for another the sign-in at rest is enough."""
    ask(_person(module, authority, store()))
    silent = {"authentication_record": _record("ana"), "disable_automatic_authentication": True}
    for _ in range(2):
        again = _person(module, authority, store(), **silent)
        assert ask(again, SCOPE) == f"token of ana for {SCOPE}"
    assert authority.renewals == []
    assert ask(_person(module, authority, store(), **silent), _GRAPH).endswith(_GRAPH)
    assert (authority.sign_ins, authority.renewals) == (1, ["ana-1"])


@pytest.mark.parametrize("module", FACES)
def test_a_record_finds_its_own_person_only(
    module: ModuleType, authority: Authority, store: Callable[[], FileStore]
) -> None:
    for person in ("ana", "ben"):
        authority.person = person
        ask(_person(module, authority, store()))
    silent = {"disable_automatic_authentication": True}
    for person in ("ana", "ben"):
        found = _person(module, authority, store(), authentication_record=_record(person), **silent)
        assert ask(found, SCOPE).startswith(f"token of {person} ")
        assert ask(found, _GRAPH).startswith(f"token of {person} ")
    eve = _person(module, authority, store(), authentication_record=_record("eve"), **silent)
    with pytest.raises(entrada.AuthenticationRequiredError):
        ask(eve)
    nobody = _person(module, authority, store(), **silent)
    with pytest.raises(entrada.AuthenticationRequiredError):
        ask(nobody)


def test_a_revoked_sign_in_is_removed(authority: Authority, store: Callable[[], FileStore]) -> None:
    ask(_person(entrada, authority, store()))
    authority.revoked.add("ana-1")
    silent = {"authentication_record": _record("ana"), "disable_automatic_authentication": True}
    for _ in range(2):
        with pytest.raises(entrada.AuthenticationRequiredError):
            ask(_person(entrada, authority, store(), **silent), _GRAPH)

    assert authority.renewals == ["ana-1"]


def test_another_processs_new_sign_in_is_found_when_ours_is_revoked(
    authority: Authority, store: Callable[[], FileStore]
) -> None:
    silent = {"authentication_record": _record("ana"), "disable_automatic_authentication": True}
    ask(_person(entrada, authority, store()))
    ours = _person(entrada, authority, store(), **silent)
    ask(ours, _GRAPH)
    authority.revoked.add("ana-1")
    ask(_person(entrada, authority, store()))  # elsewhere she signs in anew

    assert ask(ours, "https://vault.azure.net/.default").startswith("token of ana")
    assert authority.renewals == ["ana-1", "ana-1", "ana-2"]


def test_sign_ins_are_listed_by_their_records(
    authority: Authority, store: Callable[[], FileStore]
) -> None:
    from entrada._cache.storage import SealedStorage
    from entrada._drivers.sync import SyncDriver

    for person in ("ana", "ben"):
        authority.person = person
        ask(_person(entrada, authority, store()))
    world = World.fake()
    records = SyncDriver(world).run(SealedStorage(store(), world).records())

    assert sorted(entrada.AuthenticationRecord.deserialize(text).username for text in records) == [
        "ana@x.test",
        "ben@x.test",
    ]
    assert store().status(world).sign_ins == 2


@pytest.mark.parametrize("module", FACES)
def test_a_persons_exchange_is_found_by_their_assertion_alone(
    module: ModuleType, authority: Authority
) -> None:
    memory = MemoryStore()
    asked: list[str] = []

    def exchange(request: Request) -> Response:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        asked.append(form.get("assertion") or f"renewal of {form['refresh_token']}")
        who = form.get("assertion") or form["refresh_token"]
        return token_response(f"token of {who}", refresh_token=who)

    def api(person: str) -> Any:
        return module.OnBehalfOfCredential(
            "t", "api", client_secret="s", user_assertion=person, transport=exchange, store=memory
        )

    assert [ask(api(person)) for person in ("ana", "ben", "ana")] == [
        "token of ana",
        "token of ben",
        "token of ana",
    ]
    assert ask(api("ana"), _GRAPH) == "token of ana"
    assert asked == ["ana", "ben", "renewal of ana"]

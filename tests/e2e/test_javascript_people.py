"""@azure/identity on Node.js signs people in against the local cloud."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import entrada
from e2e.browser import Browser
from e2e.opened import opened
from e2e.people import PEOPLE, ana, check
from e2e.scripts import prompted, run
from e2e.verify import SCOPE, verified
from e2e.ways import SignIn, fresh
from entrada.local.provision import User
from entrada.testing import LocalCloud

__all__ = ["ana"]

pytestmark = PEOPLE

_MANAGEMENT = "https://management.azure.com"


def _person(cloud: LocalCloud, credential: str, client_id: str, **arguments: Any) -> SignIn:
    shared = {"tenant_id": cloud.tenant_id, "client_id": client_id}
    return SignIn(credential, {**shared, **arguments}, {})


def test_javascript_signs_in_by_device_code(node: str, cloud: LocalCloud, ana: User) -> None:
    """The person enters the code on its page, which is the local cloud's."""
    client = cloud.public_client(fresh("desktop"), consented=False)
    browser = Browser(cloud, ana)

    def enter(shown: Mapping[str, str]) -> None:
        browser.device_code = shown["userCode"]
        browser.go(shown["verificationUri"])

    prepared = _person(cloud, "DeviceCodeCredential", client)
    got = prompted(node, "token.mjs", cloud, prepared, enter, scope=SCOPE)
    check(cloud, got["token"], ana, client)
    assert "Sign in" in browser.seen


def test_javascript_signs_in_by_name_and_password(node: str, cloud: LocalCloud, ana: User) -> None:
    """It asks nobody about the name's realm, so any port will do; a wrong password is refused."""
    client = cloud.public_client(fresh("desktop"))
    who = {"username": ana.username, "password": ana.password}
    prepared = _person(cloud, "UsernamePasswordCredential", client, **who)
    got = run(node, "token.mjs", cloud, prepared, scope=SCOPE)
    check(cloud, got["token"], ana, client)
    wrong = _person(
        cloud, "UsernamePasswordCredential", client, **{**who, "password": "not the password"}
    )
    refused = run(node, "refusal.mjs", cloud, wrong, scope=SCOPE)
    assert "50126" in refused["message"]
    assert "not the password" not in refused["message"]


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open reads BROWSER on Linux only")
def test_javascript_signs_in_by_browser(
    node: str, cloud: LocalCloud, ana: User, surroundings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By the real pages: a wrong password, the right one, and consent."""
    client = cloud.public_client(fresh("desktop"), consented=False)
    browser = Browser(cloud, ana)
    browser.passwords = ["wrong", ana.password]
    prepared = _person(cloud, "InteractiveBrowserCredential", client)
    with opened(surroundings, tmp_path, browser.go):
        got = run(node, "token.mjs", cloud, prepared, scope=SCOPE)
    check(cloud, got["token"], ana, client)
    assert browser.seen[1].startswith("Sign in: ")
    assert "Permissions requested" in browser.seen


def test_one_sign_in_in_javascript_serves_every_scope(
    node: str, cloud: LocalCloud, ana: User
) -> None:
    """It is asked for first; then silence, and its record is one that entrada reads."""
    client = cloud.public_client(fresh("desktop"))
    asked: list[str] = []

    def approve(shown: Mapping[str, str]) -> None:
        asked.append(shown["userCode"])
        cloud.approve_device_code(shown["userCode"], ana.username)

    arguments = {"disable_automatic_authentication": True}
    prepared = _person(cloud, "DeviceCodeCredential", client, **arguments)
    scopes = [SCOPE, f"{_MANAGEMENT}/.default"]
    got = prompted(node, "sign_in_once.mjs", cloud, prepared, approve, scopes=scopes)
    assert got["refused"] == "AuthenticationRequiredError"
    assert len(asked) == 1
    storage, management = got["tokens"]
    check(cloud, storage, ana, client)
    assert verified(cloud, management, _MANAGEMENT)["oid"] == ana.object_id
    record = entrada.AuthenticationRecord.deserialize(got["record"])
    assert (record.username, record.client_id) == (ana.username, client)
    assert record.home_account_id == f"{ana.object_id}.{cloud.tenant_id}"

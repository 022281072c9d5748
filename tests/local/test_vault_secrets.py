"""Key Vault's secrets: versions, properties, listings, and what a vault refuses to take."""

from __future__ import annotations

from typing import Any

import pytest
from test_vault_world import NOW, Caller, World, answered, failed, ids, officer, world

__all__ = ["officer", "world"]

ORIGIN = "https://kv1.vault.entrada.test"


def test_a_secret_is_set_and_read_with_all_that_was_said_of_it(officer: Caller) -> None:
    said: dict[str, Any] = {
        "contentType": "password",
        "tags": {"for": "orders"},
        "attributes": {"enabled": True, "nbf": 1_700_000_000, "exp": 1_900_000_000},
    }
    made = officer.set("db-password", "hunter2", **said)
    version = made["id"].rpartition("/")[2]
    assert made == {
        "value": "hunter2",
        "id": f"{ORIGIN}/secrets/db-password/{version}",
        "attributes": {
            **said["attributes"],
            "created": int(NOW),
            "updated": int(NOW),
            "recoveryLevel": "Recoverable+Purgeable",
            "recoverableDays": 90,
        },
        "contentType": "password",
        "tags": {"for": "orders"},
    }
    assert officer.get("db-password") == made == officer.get("DB-PASSWORD", version.upper())


def test_each_value_is_a_version_and_the_last_one_is_the_secret(officer: Caller) -> None:
    first, second = officer.set("a", "one"), officer.set("a", "two")
    assert officer.get("a")["value"] == "two"
    assert officer.get("a", ids([first])[0])["value"] == "one"
    assert ids(officer.pages("/secrets/a/versions")[0]) == ids([first, second])


def test_an_update_changes_what_it_says_of_one_version(officer: Caller, world: World) -> None:
    old, new = officer.set("a", "one", tags={"x": "1"}), officer.set("a", "two")
    world.clock.now += 60
    change = {"contentType": "text", "attributes": {"exp": 2_000_000_000}}
    changed = answered(officer("PATCH", f"/secrets/a/{ids([old])[0]}", change))
    assert "value" not in changed
    assert changed["tags"] == {"x": "1"}
    assert changed["attributes"]["exp"] == 2_000_000_000
    assert changed["attributes"]["updated"] == changed["attributes"]["created"] + 60
    assert officer.get("a") == new
    latest = answered(officer("PATCH", "/secrets/a", {"tags": {"y": "2"}}))
    assert (latest["id"], latest["tags"]) == (new["id"], {"y": "2"})


def test_a_disabled_secret_is_listed_but_not_read(officer: Caller) -> None:
    made = officer.set("a", attributes={"enabled": False})
    message = failed(officer("GET", "/secrets/a"), 403, "Forbidden", "SecretDisabled")
    assert message == "Operation get is not allowed on a disabled secret."
    assert officer.pages("/secrets")[0][0]["attributes"]["enabled"] is False
    answered(officer("PATCH", f"/secrets/a/{ids([made])[0]}", {"attributes": {"enabled": True}}))
    assert officer.get("a")["value"] == "hunter2"


@pytest.mark.parametrize("times", [{"exp": 1_000}, {"nbf": 2_000_000_000}])
def test_a_secret_is_read_outside_of_its_times(officer: Caller, times: dict[str, int]) -> None:
    """They inform applications; the service guards nothing by them."""
    officer.set("a", attributes=times)
    assert officer.get("a")["value"] == "hunter2"


def test_listings_have_pages_and_no_values(officer: Caller) -> None:
    names = [f"n{number:02}" for number in range(30)]
    for name in names:
        officer.set(name)
    pages = officer.pages("/secrets")
    assert [len(page) for page in pages] == [25, 5]
    assert ids([item for page in pages for item in page]) == names
    assert not any("value" in item for page in pages for item in page)
    assert [len(page) for page in officer.pages("/secrets", maxresults="15")] == [15, 15]


def test_versions_have_pages_too(officer: Caller) -> None:
    made = [officer.set("a", str(number)) for number in range(5)]
    pages = officer.pages("/secrets/a/versions", maxresults="2")
    assert [len(page) for page in pages] == [2, 2, 1]
    assert ids([item for page in pages for item in page]) == ids(made)


@pytest.mark.parametrize(
    "query", [{"maxresults": "0"}, {"maxresults": "26"}, {"maxresults": "x"}, {"$skiptoken": "é"}]
)
def test_a_listing_refuses_what_is_none_of_its_parameters(
    officer: Caller, query: dict[str, str]
) -> None:
    failed(officer("GET", "/secrets", **query), 400, "BadParameter")


@pytest.mark.parametrize(
    "path", ["/secrets/none", "/secrets/none/versions", "/secrets/a/" + "0" * 32]
)
def test_what_is_not_there_is_not_found(officer: Caller, world: World, path: str) -> None:
    """And nobody is told of a refusal: applications ask so whether something is there."""
    officer.set("a")
    message = failed(officer("GET", path), 404, "SecretNotFound")
    assert "was not found in this key vault" in message
    assert not world.cloud.decisions


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        {},
        {"value": 1},
        {"value": "x" * 25_601},
        {"value": "x", "attributes": []},
        {"value": "x", "attributes": {"enabled": "yes"}},
        {"value": "x", "attributes": {"exp": "soon"}},
        {"value": "x", "attributes": {"exp": True}},
        {"value": "x", "attributes": {"nbf": 20, "exp": 20}},
        {"value": "x", "contentType": "x" * 256},
        {"value": "x", "tags": {"a": 1}},
        {"value": "x", "tags": {str(number): "" for number in range(16)}},
    ],
)
def test_a_vault_refuses_what_no_secret_can_be(officer: Caller, body: Any) -> None:
    failed(officer("PUT", "/secrets/a", body), 400, "BadParameter")
    failed(officer("GET", "/secrets/a"), 404, "SecretNotFound")


@pytest.mark.parametrize("name", ["under_score", "a.b", "x" * 128])
def test_a_name_has_letters_digits_and_hyphens(officer: Caller, name: str) -> None:
    failed(officer("PUT", f"/secrets/{name}", {"value": "x"}), 400, "BadParameter")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("POST", "/secrets/a", 405, "MethodNotAllowed"),
        ("GET", "/secrets/a/b/c/d", 404, "NotFound"),
        ("GET", "/", 404, "NotFound"),
        ("GET", "/keys/a", 501, "NotImplemented"),
    ],
)
def test_a_request_that_is_no_operation_is_refused(
    officer: Caller, method: str, path: str, status: int, code: str
) -> None:
    failed(officer(method, path), status, code)


def test_an_api_version_is_needed(officer: Caller) -> None:
    message = failed(officer("GET", "/secrets", **{"api-version": ""}), 400, "BadParameter")
    assert "api-version" in message


def test_values_rest_sealed_and_are_in_no_record(officer: Caller, world: World) -> None:
    officer.set("a", "correct horse battery staple")
    officer("PUT", "/secrets/a", {"value": "correct horse battery staple", "tags": 1})
    officer("GET", "/secrets/a")
    assert "secret" in world.kept()
    records = [world.kept(), *map(repr, world.cloud.decisions), *world.cloud.requests]
    assert not any("correct horse" in record for record in records)

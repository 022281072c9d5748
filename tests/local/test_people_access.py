"""People at the resources: role assignments of users and groups, and revoked tokens."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import pytest
from test_people_world import ARM, People, answered, people, refused

from entrada._engine.effects import Request, Response
from entrada.local import people as persons

__all__ = ["people"]

STORAGE = "https://storage.azure.com"
CAPABLE = json.dumps({"access_token": {"xms_cc": {"values": ["cp1"]}}})


def call_arm(people: People, token: str) -> Response:
    scope = people.provision.resource_group()
    url = f"{people.cloud.endpoints.arm}{scope}?api-version=2021-04-01"
    return people.cloud.handle(Request("GET", url, {"authorization": f"Bearer {token}"}))


def call_blob(people: People, token: str) -> Response:
    account = people.provision.storage_account("orders")
    headers = {"authorization": f"Bearer {token}", "x-ms-version": "2024-11-04"}
    return people.cloud.handle(Request("GET", f"{account}/?comp=list", headers))


def token(people: People, resource: str = ARM, **changes: str) -> str:
    answer = answered(
        people.password_grant(None, scope=f"{resource}/.default offline_access", **changes)
    )
    return str(answer["access_token"])


def challenge(response: Response) -> dict[str, Any]:
    """Return the claims that a resource demands."""
    assert response.status == 401, response.body
    header = response.headers["www-authenticate"]
    assert header.startswith("Bearer ")
    assert 'error="insufficient_claims"' in header
    found = re.search(r'claims="([^"]+)"', header)
    assert found is not None
    claims: dict[str, Any] = json.loads(base64.b64decode(found[1]))
    return claims


def test_a_user_may_what_roles_of_the_user_allow(people: People) -> None:
    own = token(people)
    assert call_arm(people, own).status == 403
    people.provision.assign(people.ana.object_id, "Reader")
    assert call_arm(people, own).status == 200


def test_a_user_may_what_roles_of_a_group_allow_however_deep(people: People) -> None:
    inner = persons.create_group(people.cloud, "team", [people.ana.object_id])
    outer = persons.create_group(people.cloud, "department")
    persons.add_member(people.cloud, outer["id"], inner["id"])
    people.provision.assign(outer["id"], "Storage Account Contributor")
    own = token(people, STORAGE)
    assert call_blob(people, own).status == 200
    persons.remove_member(people.cloud, outer["id"], inner["id"])
    assert call_blob(people, own).status == 403


def test_a_capable_client_gets_a_long_token_that_says_so(people: People) -> None:
    answer = answered(people.password_grant(claims=CAPABLE))
    assert (answer["expires_in"], answer["refresh_in"]) == (86399, 43199)
    assert people.claims(people.password_grant(claims=CAPABLE))["xms_cc"] == ["CP1"]
    api = people.provision.api("api")
    short = answered(people.password_grant(claims=CAPABLE, scope=f"api://{api.client_id}/.default"))
    assert short["expires_in"] == 3599


@pytest.mark.parametrize("broken", ["{", "[]", "null", '{"access_token":{"xms_cc":1}}', "[" * 9999])
def test_broken_claims_declare_nothing(people: People, broken: str) -> None:
    assert answered(people.password_grant(claims=broken))["expires_in"] == 3599


@pytest.mark.parametrize(("resource", "call"), [(ARM, call_arm), (STORAGE, call_blob)])
def test_a_revoked_long_token_is_challenged_and_a_new_sign_in_is_not(
    people: People, resource: str, call: Any
) -> None:
    people.provision.assign(people.ana.object_id, "Contributor")
    old = token(people, resource, claims=CAPABLE)
    assert call(people, old).status == 200
    moment = persons.revoke_sessions(people.cloud, people.ana.object_id)
    demanded = challenge(call(people, old))
    assert demanded == {"access_token": {"nbf": {"essential": True, "value": str(moment)}}}
    merged = {"access_token": {**demanded["access_token"], **json.loads(CAPABLE)["access_token"]}}
    new = token(people, resource, claims=json.dumps(merged))
    assert call(people, new).status == 200


def test_a_disabled_or_deleted_user_is_challenged(people: People) -> None:
    people.provision.assign(people.ana.object_id, "Reader")
    own = token(people, claims=CAPABLE)
    persons.update_user(people.cloud, people.ana.object_id, accountEnabled=False)
    challenge(call_arm(people, own))
    persons.delete_user(people.cloud, people.ana.object_id)
    challenge(call_arm(people, own))


def test_a_short_token_lives_on_after_a_revocation(people: People) -> None:
    people.provision.assign(people.ana.object_id, "Reader")
    own = token(people)
    persons.revoke_sessions(people.cloud, people.ana.object_id)
    assert call_arm(people, own).status == 200


def test_a_revocation_ends_browser_sessions_too(people: People) -> None:
    browser = people.browser()
    code = people.code(browser)
    persons.revoke_sessions(people.cloud, people.ana.object_id)
    assert browser.open(people.authorize_path()).title == "Sign in"
    assert refused(people.redeem(code))[2] == 50173


def test_users_and_groups_are_made_once_and_found_in_any_case(people: People) -> None:
    with pytest.raises(ValueError, match="already"):
        persons.create_user(people.cloud, "ANA", password="x")
    found = persons.find_user(people.cloud, "Ana@ENTRADA.onmicrosoft.com")
    assert found is not None
    assert found["id"] == people.ana.object_id
    again = people.provision.user("ana")
    assert again.object_id == people.ana.object_id
    assert again.password != people.ana.password
    assert people.password_grant(again).status == 200
    with pytest.raises(LookupError):
        persons.add_member(people.cloud, "nothing", people.ana.object_id)
    with pytest.raises(LookupError):
        persons.revoke_sessions(people.cloud, "nobody")


def test_a_deleted_user_leaves_its_groups(people: People) -> None:
    group = persons.create_group(people.cloud, "team", [people.ana.object_id])
    assert persons.delete_user(people.cloud, people.ana.object_id)
    kept = people.cloud.state.get("group", group["id"])
    assert kept is not None
    assert kept["members"] == []

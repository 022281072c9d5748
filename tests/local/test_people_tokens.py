"""Tokens for people: what is in them, passwords, refresh tokens."""

from __future__ import annotations

import json

import pytest
from test_people_world import (
    ARM,
    AZURE_CLI,
    People,
    answered,
    people,
    refused,
    unread,
)

from entrada.local import people as persons

__all__ = ["people"]

APP = "https://app.example/callback"
GRAPH = "https://graph.microsoft.com"
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def test_an_access_token_of_azures_own_resources_has_version_1_claims(people: People) -> None:
    claims = people.claims(people.redeem(people.code()))
    assert claims["iss"] == f"https://sts.windows.net/{people.tenant}/"
    assert (claims["idtyp"], claims["scp"], claims["ver"]) == ("user", "user_impersonation", "1.0")
    assert claims["upn"] == claims["unique_name"] == people.ana.username
    assert (claims["appid"], claims["appidacr"], claims["amr"]) == (AZURE_CLI, "0", ["pwd"])
    assert claims["oid"] == people.ana.object_id != claims["sub"]


def test_an_api_that_asks_for_version_2_gets_its_scopes_and_its_id_as_audience(
    people: People,
) -> None:
    api = people.provision.api("orders", "read", "write")
    some = people.password_grant(scope=f"api://{api.client_id}/read openid")
    claims = people.claims(some, api.client_id)
    assert (claims["scp"], claims["azp"], claims["ver"]) == ("read", AZURE_CLI, "2.0")
    every = people.password_grant(scope=f"api://{api.client_id}/.default")
    assert people.claims(every, api.client_id)["scp"] == "read write"
    assert refused(people.password_grant(scope=f"api://{api.client_id}/sell"))[2] == 650053


def test_reserved_scopes_alone_are_a_token_for_microsoft_graph(people: People) -> None:
    answer = answered(people.password_grant(scope="openid profile"))
    claims = unread(answer["access_token"])
    assert (claims["aud"], claims["scp"]) == (GRAPH, "openid profile")


def test_a_refresh_gives_a_new_refresh_token_and_the_old_one_stays_good(people: People) -> None:
    first = answered(people.password_grant())["refresh_token"]
    storage = "https://storage.azure.com"
    second = people.refresh(first, scope=f"{storage}/.default")
    assert people.claims(second, storage)["upn"] == people.ana.username
    assert answered(second)["refresh_token"] != first
    assert people.refresh(first).status == 200


def test_a_refresh_token_ends_when_unused_for_ninety_days(people: People) -> None:
    token = answered(people.password_grant())["refresh_token"]
    people.clock.now += 90 * 86400 - 1
    assert people.refresh(token).status == 200
    people.clock.now += 1
    assert refused(people.refresh(token)) == (400, "invalid_grant", 700082)


def test_a_refresh_token_is_refused_for_who_is_gone_disabled_revoked_or_needs_mfa(
    people: People,
) -> None:
    token, user = answered(people.password_grant())["refresh_token"], people.ana.object_id
    persons.update_user(people.cloud, user, accountEnabled=False)
    assert refused(people.refresh(token))[2] == 50057
    persons.update_user(people.cloud, user, accountEnabled=True, mfaRequired=True)
    response = people.refresh(token)
    assert refused(response)[2] == 50076
    assert json.loads(response.body)["suberror"] == "basic_action"
    persons.update_user(people.cloud, user, mfaRequired=False)
    persons.revoke_sessions(people.cloud, user)
    assert refused(people.refresh(token)) == (400, "invalid_grant", 50173)
    persons.delete_user(people.cloud, user)
    assert refused(people.refresh(token))[2] == 70000
    assert refused(people.refresh("1.AAAA"))[2] == 70000


def test_a_revocation_ends_what_was_before_it_in_the_same_second_and_nothing_else(
    people: People,
) -> None:
    persons.revoke_sessions(people.cloud, people.ana.object_id)
    token = answered(people.password_grant())["refresh_token"]
    assert people.refresh(token).status == 200
    persons.revoke_sessions(people.cloud, people.ana.object_id)
    assert refused(people.refresh(token))[2] == 50173


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"password": "wrong"}, 50126),
        ({"password": ""}, 900144),
        ({"username": "nobody@entrada.onmicrosoft.com"}, 50034),
        ({"username": ""}, 900144),
        ({"scope": ""}, 900144),
        ({"scope": f"{ARM}/.default {ARM}/user_impersonation"}, 70011),
        ({"scope": "https://nowhere.example/.default"}, 500011),
        ({"client_secret": "x"}, 700025),
    ],
)
def test_a_password_grant_is_refused_as_entra_does(
    people: People, changes: dict[str, str], code: int
) -> None:
    assert refused(people.password_grant(None, **changes))[2] == code


def test_a_password_grant_cannot_pass_mfa_or_change_a_password(people: People) -> None:
    eva = people.provision.user("eva", password="e", mfa_required=True)
    assert refused(people.password_grant(eva)) == (400, "invalid_grant", 50076)
    persons.set_password(people.cloud, people.ana.object_id, people.ana.password, expired=True)
    response = people.password_grant()
    assert refused(response)[2] == 50055
    assert json.loads(response.body)["suberror"] == "user_password_expired"


def test_a_password_grant_needs_a_public_client_or_a_proof_and_consent(people: People) -> None:
    web = people.provision.web_client("web", APP)
    assert refused(people.password_grant(client_id=web.client_id))[2] == 7000218
    proved = people.password_grant(client_id=web.client_id, client_secret=web.client_secret)
    assert people.claims(proved)["appidacr"] == "1"
    stranger = people.provision.public_client("stranger", consented=False)
    response = people.password_grant(client_id=stranger)
    assert refused(response)[2] == 65001
    assert json.loads(response.body)["suberror"] == "consent_required"


def test_a_password_grant_is_not_taken_over_common(people: People) -> None:
    form = {"grant_type": "password", "client_id": AZURE_CLI}
    assert refused(people.token(form, "common"))[2] == 9001023

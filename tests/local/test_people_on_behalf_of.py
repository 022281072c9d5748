"""The on-behalf-of exchange."""

from __future__ import annotations

import json

import pytest
from test_people_world import (
    AZURE_POWERSHELL,
    People,
    answered,
    people,
    refused,
)

from entrada._engine.effects import Response
from entrada.local import people as persons

__all__ = ["people"]

APP = "https://app.example/callback"
GRAPH = "https://graph.microsoft.com"
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def test_a_family_shares_its_refresh_tokens_and_nobody_else_may(people: People) -> None:
    token = answered(people.password_grant())["refresh_token"]
    shared = people.refresh(token, client_id=AZURE_POWERSHELL)
    assert people.claims(shared)["appid"] == AZURE_POWERSHELL
    response = people.refresh(token, client_id=people.provision.public_client("other"))
    assert refused(response) == (400, "invalid_grant", 70000)
    assert json.loads(response.body)["suberror"] == "client_mismatch"


def obo(people: People, api: dict[str, str], token: str, **changes: str) -> Response:
    form = {
        "grant_type": OBO,
        "client_id": api["id"],
        "client_secret": api["secret"],
        "assertion": token,
        "requested_token_use": "on_behalf_of",
        "scope": f"{GRAPH}/User.Read offline_access",
        **changes,
    }
    return people.token(form)


@pytest.fixture
def api(people: People) -> dict[str, str]:
    made = people.provision.api("middle")
    return {"id": made.client_id, "secret": made.client_secret}


@pytest.fixture
def assertion(people: People, api: dict[str, str]) -> str:
    scope = f"api://{api['id']}/access_as_user openid"
    return str(answered(people.password_grant(scope=scope))["access_token"])


def test_an_api_exchanges_its_users_token_for_the_next_one(
    people: People, api: dict[str, str], assertion: str
) -> None:
    response = obo(people, api, assertion)
    claims = people.claims(response, GRAPH)
    assert (claims["oid"], claims["appid"]) == (people.ana.object_id, api["id"])
    assert (claims["scp"], claims["appidacr"]) == ("User.Read", "1")
    renewed = people.refresh(
        answered(response)["refresh_token"],
        client_id=api["id"],
        client_secret=api["secret"],
        scope="",
    )
    assert people.claims(renewed, GRAPH)["oid"] == people.ana.object_id


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"assertion": ""}, 900144),
        ({"assertion": "x"}, 50027),
        ({"requested_token_use": ""}, 900144),
        ({"requested_token_use": "other"}, 90100),
        ({"client_secret": ""}, 7000218),
        ({"client_secret": "x"}, 7000215),
        ({"scope": ""}, 900144),
    ],
)
def test_a_bad_exchange_is_refused(
    people: People, api: dict[str, str], assertion: str, changes: dict[str, str], code: int
) -> None:
    assert refused(obo(people, api, assertion, **changes))[2] == code


def test_an_exchange_needs_a_good_user_token_that_was_made_for_the_api(
    people: People, api: dict[str, str], assertion: str
) -> None:
    for_arm = answered(people.password_grant())["access_token"]
    assert refused(obo(people, api, for_arm))[2] == 500131
    signed, _, signature = assertion.rpartition(".")
    forged = signature[:9] + ("A" if signature[9] == "B" else "B") + signature[10:]
    assert refused(obo(people, api, f"{signed}.{forged}"))[2] == 50013
    own = people.token(
        {
            "grant_type": "client_credentials",
            "client_id": api["id"],
            "client_secret": api["secret"],
            "scope": f"api://{api['id']}/.default",
        }
    )
    assert refused(obo(people, api, answered(own)["access_token"]))[2] == 7000114
    persons.revoke_sessions(people.cloud, people.ana.object_id)
    assert refused(obo(people, api, assertion))[2] == 50173
    people.clock.now += 3600
    assert refused(obo(people, api, assertion))[2] == 500133


def test_an_id_token_is_no_assertion(people: People) -> None:
    web = people.provision.web_client("web", APP)
    made = people.password_grant(client_id=web.client_id, client_secret=web.client_secret)
    api = {"id": web.client_id, "secret": web.client_secret}
    assert refused(obo(people, api, answered(made)["id_token"]))[2] == 240002


def test_an_exchange_needs_consent(people: People) -> None:
    made = people.provision.api("strict", consented=False)
    token = answered(people.password_grant(scope=f"api://{made.client_id}/.default"))
    api = {"id": made.client_id, "secret": made.client_secret}
    assert refused(obo(people, api, token["access_token"]))[2] == 65001

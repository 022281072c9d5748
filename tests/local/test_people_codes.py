"""Redeeming authorization codes."""

from __future__ import annotations

import base64
import json

import pytest
from test_people_world import (
    ARM,
    AZURE_CLI,
    AZURE_POWERSHELL,
    LOOPBACK,
    VERIFIER,
    People,
    answered,
    landed,
    people,
    refused,
    unread,
)

from entrada.local.entra import registrations

__all__ = ["people"]

APP = "https://app.example/callback"
GRAPH = "https://graph.microsoft.com"
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def test_a_code_is_answered_with_everything_msal_keeps(people: People) -> None:
    answer = answered(people.redeem(people.code()))
    assert answer["token_type"] == "Bearer"
    assert (answer["expires_in"], answer["ext_expires_in"]) == (3599, 3599)
    assert f"{ARM}/.default" in answer["scope"].split()
    assert answer["foci"] == "1"
    padded = answer["client_info"] + "=="
    known = json.loads(base64.urlsafe_b64decode(padded))
    assert known == {"uid": people.ana.object_id, "utid": people.tenant}
    assert "." in answer["refresh_token"]


def test_an_id_token_has_a_nonce_only_when_one_was_sent(people: People) -> None:
    plain = unread(answered(people.redeem(people.code()))["id_token"])
    assert "nonce" not in plain
    assert plain["preferred_username"] == people.ana.username
    assert plain["iss"] == f"{people.cloud.endpoints.login}/{people.tenant}/v2.0"
    named = unread(answered(people.redeem(people.code(nonce="abc")))["id_token"])
    assert named["nonce"] == "abc"
    assert named["sub"] == plain["sub"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "1.nonsense"}, 70000),
        ({"code": ""}, 900144),
        ({"redirect_uri": "http://localhost:1"}, 500112),
        ({"redirect_uri": ""}, 900144),
        ({"code_verifier": ""}, 50148),
        ({"code_verifier": "w" * 64}, 501481),
        ({"code_verifier": "é" * 64}, 501481),
        ({"client_secret": "x"}, 700025),
        ({"client_id": AZURE_POWERSHELL}, 70000),
        ({"client_id": "11111111-2222-3333-4444-555555555555"}, 700016),
        ({"scope": f"{ARM}/.default {GRAPH}/User.Read"}, 28000),
    ],
)
def test_a_code_redeemed_wrongly_is_refused_and_stays_good(
    people: People, changes: dict[str, str], code: int
) -> None:
    good = people.code()
    assert refused(people.redeem(changes.pop("code", good), **changes))[2] == code
    assert people.redeem(good).status == 200


def test_a_code_works_once_for_ten_minutes_and_in_its_tenant(people: People) -> None:
    code = people.code()
    other = "99999999-2222-3333-4444-555555555555"
    tenant = {"id": other, "displayName": "Other", "domain": "other.example"}
    people.cloud.state.put("tenant", other, tenant)
    assert refused(people.redeem(code, tenant=other)) == (400, "invalid_grant", 700005)
    assert people.redeem(code, tenant="organizations").status == 200
    assert refused(people.redeem(code)) == (400, "invalid_grant", 54005)
    late = people.code()
    people.clock.now += 600
    assert refused(people.redeem(late)) == (400, "invalid_grant", 70008)


def test_a_plain_challenge_and_none_at_all_are_accepted_from_native_clients(
    people: People,
) -> None:
    plain = people.code(code_challenge=VERIFIER, code_challenge_method="plain")
    assert people.redeem(plain).status == 200
    without = people.code(code_challenge="", code_challenge_method="")
    assert refused(people.redeem(without))[2] == 50147
    assert people.redeem(without, code_verifier="").status == 200


def test_a_web_client_must_prove_itself(people: People) -> None:
    app = people.provision.web_client("web", APP)
    form = {"client_id": app.client_id, "redirect_uri": APP}
    response = people.sign_in(people.browser(), people.authorize_path(**form))
    code = landed(response, uri=APP)["code"]
    assert refused(people.redeem(code, **form)) == (401, "invalid_client", 7000218)
    assert refused(people.redeem(code, client_secret="x", **form))[2] == 7000215
    answer = people.redeem(code, client_secret=app.client_secret, **form)
    assert people.claims(answer)["appidacr"] == "1"
    assert "foci" not in answered(answer)
    token = answered(answer)["refresh_token"]
    assert refused(people.refresh(token, client_id=app.client_id))[2] == 7000218
    again = people.refresh(token, client_id=app.client_id, client_secret=app.client_secret)
    assert people.claims(again)["oid"] == people.ana.object_id


def test_a_page_redeems_across_origins_and_its_refresh_tokens_end_after_a_day(
    people: People,
) -> None:
    app = people.provision.public_client("spa")
    registrations.set_sign_in(people.cloud, app, redirect_uris={"spa": [APP]})
    path = people.authorize_path(client_id=app, redirect_uri=APP)
    code = landed(people.sign_in(people.browser(), path), uri=APP)["code"]
    form = {
        "grant_type": "authorization_code",
        "client_id": app,
        "code": code,
        "redirect_uri": APP,
        "code_verifier": VERIFIER,
    }
    assert refused(people.token(form))[2] == 9002327
    response = people.token(form, origin="https://app.example")
    assert response.headers["access-control-allow-origin"] == "*"
    renew = {
        "grant_type": "refresh_token",
        "client_id": app,
        "refresh_token": answered(response)["refresh_token"],
    }
    assert refused(people.token(renew))[2] == 9002327
    people.clock.now += 86399
    renewed = answered(people.token(renew, origin="https://app.example"))
    people.clock.now += 1
    renew["refresh_token"] = renewed["refresh_token"]
    assert refused(people.token(renew, origin="https://app.example"))[2] == 700084


def test_a_native_client_cannot_redeem_across_origins(people: People) -> None:
    form = {
        "grant_type": "authorization_code",
        "client_id": AZURE_CLI,
        "code": people.code(),
        "redirect_uri": LOOPBACK,
        "code_verifier": VERIFIER,
    }
    assert refused(people.token(form, origin="https://evil.example"))[2] == 9002326

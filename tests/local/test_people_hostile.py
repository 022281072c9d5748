"""Whatever a client sends about people, Entra answers: with its own error, never with a failure."""

from __future__ import annotations

import json
from functools import cache
from typing import TypeAlias
from urllib.parse import urlencode

from hypothesis import given, settings
from hypothesis import strategies as st
from test_people_world import (
    ARM,
    AZURE_CLI,
    CHALLENGE,
    LOOPBACK,
    PASSWORD,
    SCOPE,
    VERIFIER,
    People,
    answered,
)

from entrada._engine.effects import Request

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@cache
def made() -> tuple[People, dict[str, list[str]]]:
    """One world for all examples, with values of each parameter that are good somewhere."""
    people = People()
    api = people.provision.api("api")
    web = people.provision.web_client("web", "https://app.example/cb")
    answer = answered(people.password_grant())
    good = {
        "client_id": [AZURE_CLI, api.client_id, web.client_id],
        "client_secret": [api.client_secret, web.client_secret],
        "grant_type": ["authorization_code", "refresh_token", "password", DEVICE, OBO],
        "code": [people.code()],
        "redirect_uri": [LOOPBACK, "https://app.example/cb"],
        "code_verifier": [VERIFIER],
        "code_challenge": [CHALLENGE],
        "code_challenge_method": ["S256", "plain"],
        "refresh_token": [answer["refresh_token"]],
        "assertion": [answer["access_token"], answer["id_token"]],
        "requested_token_use": ["on_behalf_of"],
        "username": [people.ana.username],
        "password": [PASSWORD],
        "scope": [SCOPE, f"api://{api.client_id}/.default", "openid", f"{ARM}//.default"],
        "resource": [ARM],
        "response_type": ["code", "id_token", "code id_token"],
        "response_mode": ["query", "fragment", "form_post"],
        "prompt": ["none", "login", "consent", "select_account"],
        "nonce": ["n"],
        "max_age": ["0", "60"],
        "login_hint": [people.ana.username],
        "claims": ['{"access_token":{"xms_cc":{"values":["cp1"]}}}'],
        "client_info": ["1"],
        "device_code": ["x"],
        "user_code": ["BCDFGHJKL"],
        "step": ["password", "pick", "mfa", "consent", "confirm", "code"],
        "csrf": ["x"],
        "about": [people.ana.object_id],
        "cancel": ["1"],
        "state": ["s"],
    }
    return people, good


Sent: TypeAlias = "dict[str, int | str | None]"

CHOICE = st.one_of(st.integers(0, 4), st.none(), st.text(max_size=20))
"""A number takes one of the good values, a text stands for itself, ``None`` leaves one out."""

TENANTS = st.sampled_from(["", "common", "organizations", "consumers", "x", "a b", "é.example"])


def forms(*usual: str) -> st.SearchStrategy[Sent]:
    """Return requests that are good in ``usual``, but for some parameters of any kind."""
    changes = st.dictionaries(st.deferred(lambda: st.sampled_from(sorted(made()[1]))), CHOICE)
    good = st.fixed_dictionaries({name: st.integers(0, 4) for name in usual})
    return st.builds(lambda first, more: {**first, **more}, good, changes)


def filled(form: Sent) -> dict[str, str]:
    good = made()[1]
    sent = {}
    for name, value in form.items():
        if isinstance(value, str):
            sent[name] = value
        elif value is not None:
            sent[name] = good[name][value % len(good[name])]
    return sent


def send(method: str, path: str, form: dict[str, str], headers: dict[str, str]) -> None:
    people = made()[0]
    text = urlencode(form)
    url = people.cloud.endpoints.login + path
    if method == "GET":
        request = Request("GET", f"{url}?{text}", headers)
    else:
        request = Request("POST", url, headers, text.encode())
    response = people.cloud.handle(request)
    assert response.status in {200, 302, 400, 401}, response.body
    kind = response.headers.get("content-type", "")
    if kind.startswith("application/json") and response.status != 200:
        body = json.loads(response.body)
        assert body["error_description"].startswith("AADSTS")
    if kind.startswith("text/html"):
        assert b"content-security-policy" not in response.body
        assert "default-src 'none'" in response.headers["content-security-policy"]
    assert all("\n" not in value and "\r" not in value for value in response.headers.values())


@settings(max_examples=300, deadline=None)
@given(
    form=forms("grant_type", "client_id", "scope"),
    tenant=TENANTS,
    version=st.sampled_from(["v2.0/", ""]),
)
def test_the_token_endpoint_always_answers(form: Sent, tenant: str, version: str) -> None:
    place = urlencode({"": tenant or made()[0].tenant})[1:].replace("+", "%20")
    send("POST", f"/{place}/oauth2/{version}token", filled(form), {})


@settings(max_examples=300, deadline=None)
@given(
    form=forms("client_id", "redirect_uri", "response_type", "scope"),
    tenant=TENANTS,
    method=st.sampled_from(["GET", "POST"]),
    cookie=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60),
)
def test_the_authorization_endpoint_always_answers(
    form: Sent, tenant: str, method: str, cookie: str
) -> None:
    place = urlencode({"": tenant or made()[0].tenant})[1:].replace("+", "%20")
    headers = {"cookie": f"__Host-entrada-session={cookie}"}
    send(method, f"/{place}/oauth2/v2.0/authorize", filled(form), headers)


@settings(max_examples=300, deadline=None)
@given(
    form=forms("client_id", "scope"),
    path=st.sampled_from(["/common/oauth2/v2.0/devicecode", "/device"]),
)
def test_the_device_endpoint_and_page_always_answer(form: Sent, path: str) -> None:
    send("POST", path, filled(form), {})


@settings(max_examples=100, deadline=None)
@given(form=forms("state"), uri=st.text(max_size=30))
def test_logout_never_leads_to_a_place_that_nobody_registered(form: Sent, uri: str) -> None:
    sent = {**filled(form), "post_logout_redirect_uri": uri}
    send("GET", "/common/oauth2/v2.0/logout", sent, {})

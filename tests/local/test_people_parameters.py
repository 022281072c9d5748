"""What the authorization endpoint takes, where it answers, and which errors go there."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from test_people_world import (
    AZURE_CLI,
    LOOPBACK,
    Page,
    People,
    answered,
    landed,
    people,
    unread,
)

from entrada._engine.effects import Request
from entrada.local.entra import registrations

__all__ = ["people"]

APP = "https://app.example/callback"


def test_form_post_is_a_page_that_submits_itself_and_has_a_button_without_scripts(
    people: People,
) -> None:
    path = people.authorize_path(response_mode="form_post", client_info="1")
    page = Page(people.sign_in(people.browser(), path))
    assert page.form is not None
    assert page.form.action == LOOPBACK
    assert set(page.form.fields) == {"code", "client_info", "session_state", "state"}
    assert page.form.fields["state"] == "s+1 &"
    assert "Continue" in page.form.buttons
    assert "<noscript>" in page.html
    assert "script-src 'sha256-" in page.headers["content-security-policy"]


def test_fragment_mode_answers_behind_a_hash(people: People) -> None:
    path = people.authorize_path(response_mode="fragment")
    assert landed(people.sign_in(people.browser(), path), "#")["code"]


def test_a_hybrid_answer_has_an_id_token_with_the_nonce_and_the_hash_of_the_code(
    people: People,
) -> None:
    app = people.provision.web_client("web", APP)
    path = people.authorize_path(
        client_id=app.client_id,
        redirect_uri=APP,
        response_type="code id_token",
        response_mode="fragment",
        nonce="n-1",
    )
    sent = landed(people.sign_in(people.browser(), path), "#", APP)
    claims = unread(sent["id_token"])
    assert (claims["nonce"], claims["aud"]) == ("n-1", app.client_id)
    assert len(claims["c_hash"]) == 22


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "11111111-2222-3333-4444-555555555555"}, 700016),
        ({"client_id": ""}, 900144),
        ({"redirect_uri": "https://evil.example"}, 50011),
        ({"redirect_uri": "http://localhost:1/other"}, 50011),
        ({"redirect_uri": "http://localhost.evil.example"}, 50011),
        ({"redirect_uri": "http://ana@localhost:1"}, 50011),
        ({"redirect_uri": "http://localhost:1\r\nx: y"}, 50011),
        ({"redirect_uri": "https://localhost:1"}, 50011),
        ({"redirect_uri": "http://["}, 50011),
        ({"tenant": "nowhere.example"}, 90002),
        ({"tenant": "no_tenant"}, 900023),
    ],
)
def test_what_is_wrong_with_the_application_or_its_address_stays_on_a_page(
    people: People, changes: dict[str, str], code: int
) -> None:
    page = people.browser().open(people.authorize_path(**changes))
    assert page.status == 400
    assert page.alert.startswith(f"AADSTS{code}: ")
    assert "location" not in page.headers


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"response_type": ""}, "invalid_request", 900144),
        ({"response_type": "nonsense"}, "unsupported_response_type", 70005),
        ({"response_mode": "sideways"}, "invalid_request", 70007),
        ({"prompt": "sometimes"}, "invalid_request", 90023),
        ({"max_age": "-1"}, "invalid_request", 90100),
        ({"scope": ""}, "invalid_request", 900144),
        ({"scope": "/x"}, "invalid_scope", 70011),
        ({"scope": "https://nowhere.example/.default"}, "invalid_resource", 500011),
        ({"code_challenge": "short"}, "invalid_request", 501491),
        ({"code_challenge": ""}, "invalid_request", 50147),
        ({"code_challenge_method": "S512"}, "invalid_request", 50147),
    ],
)
def test_other_errors_go_to_the_application_with_its_state(
    people: People, changes: dict[str, str], error: str, code: int
) -> None:
    sent = landed(people.browser().get(people.authorize_path(**changes)))
    assert (sent["error"], sent["state"]) == (error, "s+1 &")
    assert sent["error_description"].startswith(f"AADSTS{code}: ")


def test_id_tokens_must_be_allowed_have_openid_and_a_nonce_and_stay_out_of_the_query(
    people: People,
) -> None:
    def error(**changes: str) -> str:
        path = people.authorize_path(response_type="id_token", redirect_uri=APP, **changes)
        return landed(people.browser().get(path), "#", APP)["error_description"].partition(":")[0]

    app = people.provision.web_client("web", APP).client_id
    assert error(client_id=app) == "AADSTS900144"
    assert error(client_id=app, nonce="n", scope="User.Read") == "AADSTS70011"
    assert error(client_id=app, nonce="n", response_mode="query") == "AADSTS70007"
    strict = people.provision.web_client("strict", APP, id_tokens=False).client_id
    assert error(client_id=strict, nonce="n") == "AADSTS700054"


def test_a_page_needs_pkce(people: People) -> None:
    app = people.provision.public_client("spa")
    registrations.set_sign_in(people.cloud, app, redirect_uris={"spa": [APP]})
    path = people.authorize_path(
        client_id=app, redirect_uri=APP, code_challenge="", code_challenge_method=""
    )
    sent = landed(people.browser().get(path), uri=APP)
    assert sent["error_description"].startswith("AADSTS9002325: ")


def test_a_query_of_the_redirect_uri_is_kept(people: People) -> None:
    uri = f"{APP}?tab=1"
    app = people.provision.web_client("web", uri)
    path = people.authorize_path(client_id=app.client_id, redirect_uri=uri, state="")
    response = people.sign_in(people.browser(), path)
    assert response.headers["location"].startswith(f"{uri}&code=")


@pytest.mark.parametrize("uri", ["http://127.0.0.1:5000/", "http://localhost/", "http://localhost"])
def test_a_loopback_address_may_have_any_port(people: People, uri: str) -> None:
    response = people.sign_in(people.browser(), people.authorize_path(redirect_uri=uri))
    assert landed(response, uri=uri)["code"]


def test_an_application_for_one_tenant_cannot_be_used_over_common(people: People) -> None:
    app = people.provision.public_client("one")
    page = people.browser().open(people.authorize_path("common", client_id=app))
    assert page.alert.startswith("AADSTS50194: ")
    registrations.set_sign_in(people.cloud, app, multi_tenant=True)
    assert people.browser().open(people.authorize_path("common", client_id=app)).title == "Sign in"


def test_a_request_may_come_by_post(people: People) -> None:
    path, _, query = people.authorize_path().partition("?")
    url = people.cloud.endpoints.login + path
    page = Page(people.cloud.handle(Request("POST", url, {}, query.encode())))
    assert page.form is not None
    assert dict(parse_qsl(page.form.action.partition("?")[2]))["client_id"] == AZURE_CLI


def test_a_dangerous_redirect_uri_cannot_be_registered(people: People) -> None:
    app = people.provision.public_client("app")
    for uri in (
        "javascript:alert(1)",
        "data:text/html,x",
        "nothing",
        "https://x/#y",
        "https://x y",
    ):
        with pytest.raises(ValueError, match="not a redirect URI"):
            registrations.set_sign_in(people.cloud, app, redirect_uris={"web": [uri]})


def test_a_test_can_go_through_without_html(people: People) -> None:
    app = people.provision.public_client("app", consented=False)
    url = people.cloud.endpoints.login + people.authorize_path(client_id=app)
    place, _, query = people.provision.authorize(url, people.ana.username).partition("?")
    assert place == LOOPBACK
    code = dict(parse_qsl(query))["code"]
    assert answered(people.redeem(code, client_id=app))["access_token"]
    with pytest.raises(LookupError):
        people.provision.authorize(url, "nobody")

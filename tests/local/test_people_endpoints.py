"""What else belongs to signing people in: user info, user realm, logout, discovery, version 1."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from test_people_world import (
    ARM,
    AZURE_CLI,
    LOOPBACK,
    VERIFIER,
    People,
    answered,
    landed,
    people,
    unread,
)

from entrada._engine.effects import Request
from entrada.local import people as persons

__all__ = ["people"]

APP = "https://app.example/callback"
GRAPH = "https://graph.microsoft.com"
OBO = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def test_userinfo_says_what_the_scopes_open_with_the_subject_of_the_id_token(
    people: People,
) -> None:
    persons.update_user(people.cloud, people.ana.object_id, mail="ana@x.example", givenName="Ana")
    answer = answered(people.password_grant(scope="openid profile email"))
    browser = people.browser()
    url = f"{people.cloud.endpoints.login}/oidc/userinfo"
    bearer = {"authorization": f"Bearer {answer['access_token']}"}
    found = answered(people.cloud.handle(Request("GET", url, bearer)))
    assert found == {
        "sub": unread(answer["id_token"])["sub"],
        "name": "ana",
        "given_name": "Ana",
        "email": "ana@x.example",
    }
    refusal = browser.get("/oidc/userinfo")
    assert refusal.status == 401
    assert 'error="invalid_token"' in refusal.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ana@entrada.onmicrosoft.com", "Managed"),
        ("new@ENTRADA.onmicrosoft.com", "Managed"),
        ("x@nowhere.example", "Unknown"),
        ("x", "Unknown"),
    ],
)
def test_the_user_realm_says_whether_a_password_is_taken_here(
    people: People, name: str, kind: str
) -> None:
    found = answered(people.browser().get(f"/common/userrealm/{name}?api-version=1.0"))
    assert (found["ver"], found["account_type"]) == ("1.0", kind)


def test_logout_ends_the_session_and_goes_on_only_to_registered_places(people: People) -> None:
    people.provision.web_client("web", APP)
    browser = people.browser()
    path = f"/{people.tenant}/oauth2/v2.0/logout"
    people.sign_in(browser, people.authorize_path())
    assert browser.open(f"{path}?post_logout_redirect_uri=https://evil.example").title == (
        "You signed out"
    )
    assert browser.open(people.authorize_path()).title == "Sign in"
    response = browser.get(f"{path}?post_logout_redirect_uri={APP}&state=x%26y")
    assert (response.status, response.headers["location"]) == (302, f"{APP}?state=x%26y")


def test_discovery_lists_what_people_need(people: People) -> None:
    base = f"{people.cloud.endpoints.login}/{people.tenant}/oauth2/v2.0"
    path = f"/{people.tenant}/v2.0/.well-known/openid-configuration"
    found = answered(people.browser().get(path))
    assert found["device_authorization_endpoint"] == f"{base}/devicecode"
    assert found["end_session_endpoint"] == f"{base}/logout"
    assert found["response_types_supported"] == ["code", "id_token", "code id_token"]
    assert "refresh_token" in found["grant_types_supported"]
    for name in ("authorization_endpoint", "end_session_endpoint"):
        inner = found[name].removeprefix(people.cloud.endpoints.login)
        assert people.browser().get(inner).status != 404


def test_version_1_endpoints_sign_people_in_by_resource(people: People) -> None:
    browser = people.browser()
    query = people.authorize_path(scope="", resource=f"{ARM}/").partition("?")[2]
    code = landed(people.sign_in(browser, f"/{people.tenant}/oauth2/authorize?{query}"))["code"]
    form = {
        "grant_type": "authorization_code",
        "client_id": AZURE_CLI,
        "code": code,
        "redirect_uri": LOOPBACK,
        "code_verifier": VERIFIER,
        "resource": f"{ARM}/",
    }
    url = f"{people.cloud.endpoints.login}/{people.tenant}/oauth2/token"
    answer = answered(people.cloud.handle(Request("POST", url, {}, urlencode(form).encode())))
    assert answer["expires_in"] == "3599"
    assert unread(answer["access_token"])["aud"] == f"{ARM}/"
    assert unread(answer["id_token"])["iss"] == f"https://sts.windows.net/{people.tenant}/"
    assert answer["refresh_token"]


def test_passwords_and_tokens_are_kept_as_digests_only(people: People) -> None:
    browser = people.browser()
    answer = answered(people.redeem(people.code(browser)))
    kept = json.dumps(
        [
            people.cloud.state.under(kind)
            for kind in ("user", "session", "usedCode", "deviceCode", "consent")
        ]
    )
    for secret in (people.ana.password, browser.cookie.partition("=")[2], answer["refresh_token"]):
        assert secret not in kept
    assert people.ana.password not in repr(people.ana)

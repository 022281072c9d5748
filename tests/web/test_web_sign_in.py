"""Signing in, staying signed in and leaving: the gate against a local cloud in memory."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import parse_qsl

import pytest
from web_world import (
    ARM,
    CALLBACK,
    COOKIE,
    ORIGIN,
    SCRIPT,
    STORAGE,
    Browser,
    Site,
    browser,
    header,
    heading,
    query_of,
    site,
)

from entrada.web import require_recent, require_role, require_scope, require_user
from entrada.web.errors import AccessDeniedError, SignInRequiredError

__all__ = ["browser", "site"]

_SCRIPT = {name.replace("-", "_"): value for name, value in SCRIPT.items()}


def me(browser: Browser) -> dict[str, object]:
    answer = browser.get("/auth/me", **_SCRIPT)
    assert header(answer, "cache-control") == "no-store"
    found: dict[str, object] = json.loads(answer.body)
    return found


def test_a_person_signs_in_and_comes_back_to_where_they_were(site: Site, browser: Browser) -> None:
    """The code leaves the address by a redirect, and no token reaches the browser."""
    assert me(browser) == {"signedIn": False}
    answer = browser.sign_in("?next=/reports%3Fyear%3D2026")
    assert (answer.status, header(answer, "location")) == (303, "/reports?year=2026")
    assert header(answer, "referrer-policy") == "no-referrer"
    assert header(answer, "cache-control") == "no-store"
    session = browser.signed_in()
    assert session.user.key == (site.ana.tenant_id, site.ana.object_id)
    assert session.user.username == site.ana.username
    shown = me(browser)
    assert (shown["signedIn"], shown["objectId"]) == (True, site.ana.object_id)
    assert "eyJ" not in json.dumps(shown)
    assert list(browser.cookies) == [COOKIE]


def test_the_request_has_pkce_state_and_nonce_of_its_own(browser: Browser, site: Site) -> None:
    """S256, and a verifier that the browser never sees."""
    address = browser.begin()
    asked = query_of(address)
    assert asked["redirect_uri"] == CALLBACK
    assert asked["response_mode"] == "query"
    assert asked["scope"] == "openid profile offline_access"
    browser.get(browser.callback(address))
    form = next(dict(parse_qsl(each.body.decode())) for each in site.sent if each.body)
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (challenge, "S256")
    assert len(form["code_verifier"]) == 86
    assert len({asked["state"], asked["nonce"], form["code_verifier"]}) == 3


def test_cookies_are_the_browsers_alone(browser: Browser) -> None:
    """Both have the prefix that no sub-domain can forge."""
    begun = browser.get("/auth/login")
    (tab,) = browser.cookies
    assert tab.startswith("__Host-entrada-tab-")
    parts = header(begun, "set-cookie").split("; ")
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=600"} <= set(parts)
    answer = browser.get(browser.callback(header(begun, "location")))
    kept = [value for name, value in answer.headers if name == "set-cookie"]
    assert [value.partition("=")[0] for value in kept] == [tab, COOKIE]
    assert {"Path=/", "HttpOnly", "SameSite=Lax", "Secure"} <= set(kept[1].split("; "))


def test_tabs_sign_in_side_by_side(browser: Browser) -> None:
    """Each comes back to its own page, in whatever order."""
    addresses = [browser.begin(f"?next=/{name}") for name in ("one", "two", "three")]
    after = [browser.get(browser.callback(address)) for address in reversed(addresses)]
    assert [header(answer, "location") for answer in after] == ["/three", "/two", "/one"]
    assert browser.session() is not None
    assert list(browser.cookies) == [COOKIE]


def test_a_browser_keeps_ten_sign_ins_under_way(browser: Browser) -> None:
    """The oldest goes."""
    addresses = [browser.begin() for _ in range(12)]
    assert len(browser.cookies) == 10
    assert browser.get(browser.callback(addresses[0])).status == 400
    assert browser.get(browser.callback(addresses[11])).status == 303


def test_a_session_ends_for_want_of_activity(site: Site, browser: Browser) -> None:
    """Requests put its end off, those for its state do not."""
    site.again(idle=600, longest=3600)
    browser.sign_in()
    for _ in range(3):
        site.clock.advance(500)
        assert browser.session() is not None
    assert me(browser)["endsIn"] == 600
    site.clock.advance(599)
    assert me(browser)["endsIn"] == 1
    site.clock.advance(1)
    assert browser.session() is None
    assert me(browser) == {"signedIn": False}


def test_a_session_ends_in_any_case(site: Site, browser: Browser) -> None:
    """However active somebody is."""
    site.again(idle=600, longest=1800)
    browser.sign_in()
    for _ in range(3):
        site.clock.advance(590)
        assert browser.session() is not None
    assert me(browser)["endsIn"] == 30
    site.clock.advance(30)
    assert browser.session() is None


def test_staying_signed_in_takes_the_sessions_token(site: Site, browser: Browser) -> None:
    """The button of the notice."""
    site.again(idle=600)
    browser.sign_in()
    site.clock.advance(590)
    csrf = str(me(browser)["csrf"])
    refused = browser.post("/auth/me", **_SCRIPT, x_csrf_token="")
    assert refused.status == 403
    kept = browser.post("/auth/me", **_SCRIPT, x_csrf_token=csrf)
    assert json.loads(kept.body)["endsIn"] == 600


def test_signing_out_here_leaves_other_browsers_alone(site: Site, browser: Browser) -> None:
    """The row is deleted: the old cookie is worth nothing."""
    other = site.browser()
    browser.sign_in()
    other.sign_in()
    old = dict(browser.cookies)
    page = browser.get("/auth/logout")
    assert "ana" in page.body.decode()
    csrf = browser.signed_in().csrf_token
    answer = browser.post("/auth/logout", {"csrf": csrf})
    assert (answer.status, header(answer, "location")) == (303, "/")
    assert browser.cookies == {}
    browser.cookies = old
    assert browser.session() is None
    assert other.session() is not None


def test_signing_out_everywhere_ends_every_session_and_the_authoritys(site: Site) -> None:
    """But nobody else's."""
    bob = site.browser(site.provision.user("bob", password="p"))
    browsers = [site.browser(), site.browser(), bob]
    for each in browsers:
        each.sign_in()
    csrf = browsers[0].signed_in().csrf_token
    answer = browsers[0].post("/auth/logout", {"csrf": csrf, "everywhere": "1"})
    location = header(answer, "location")
    assert location.startswith(f"{site.cloud.endpoints.login}/{site.provision.tenant_id}/oauth2")
    assert query_of(location)["post_logout_redirect_uri"] == f"{ORIGIN}/"
    assert browsers[1].session() is None
    assert bob.session() is not None


def test_the_authority_signs_out_by_sid_alone(site: Site, browser: Browser) -> None:
    """No cookie comes along with its frame, and no issuer."""
    browser.sign_in()
    sid = browser.signed_in().user.claims["sid"]
    stranger = site.browser()
    wrong = stranger.get(f"/auth/frontchannel-logout?sid={sid}&iss=https://evil.example/v2.0")
    assert wrong.status == 200
    assert browser.session() is not None
    answer = stranger.get(f"/auth/frontchannel-logout?sid={sid}")
    assert answer.status == 200
    assert header(answer, "cache-control") == "no-store"
    policy = header(answer, "content-security-policy")
    assert policy == f"frame-ancestors {site.cloud.endpoints.login}"
    assert browser.session() is None


def test_the_credential_gets_tokens_for_the_person(site: Site, browser: Browser) -> None:
    """One request a scope; then from memory."""
    browser.sign_in()
    credential = browser.signed_in().credential
    before = len(site.sent)
    token = credential.get_token("https://management.azure.com/.default").token
    assert credential.get_token("https://management.azure.com/.default").token == token
    assert browser.signed_in().credential.get_token("https://management.azure.com/.default")
    assert len(site.sent) == before + 1
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert (claims["oid"], claims["idtyp"]) == (site.ana.object_id, "user")
    assert site.ana.username in repr(credential)
    assert "eyJ" not in repr(browser.signed_in())


def test_two_people_never_share_a_token(site: Site, browser: Browser) -> None:
    """Memory is bound to the session."""
    bob = site.browser(site.provision.user("bob", password="p"))
    browser.sign_in()
    bob.sign_in()
    tokens = {
        each.signed_in().credential.get_token(ARM).token.split(".")[1] for each in (browser, bob)
    }
    people = {json.loads(base64.urlsafe_b64decode(each + "=="))["oid"] for each in tokens}
    assert people == {site.ana.object_id, bob.user.object_id}


def test_a_credential_ends_with_its_session(browser: Browser) -> None:
    """No token is got for somebody who has left; none in memory is given out either."""
    browser.sign_in()
    session = browser.signed_in()
    session.credential.get_token(ARM)
    browser.post("/auth/logout", {"csrf": session.csrf_token})
    with pytest.raises(SignInRequiredError):
        session.credential.get_token(ARM)


def test_an_unauthenticated_page_leads_to_a_sign_in_and_back(browser: Browser) -> None:
    """A guard raises, the gate redirects."""
    assert browser.session(sec_fetch_mode="navigate") is None
    with pytest.raises(SignInRequiredError) as raised:
        require_user()
    answer = browser.demanded(raised.value)
    assert answer.status == 303
    back = browser.get(browser.callback(header(answer, "location")))
    assert header(back, "location") == "/"
    browser.session()
    assert require_user().user.username == browser.user.username


def test_a_script_is_told_where_to_send_its_person(browser: Browser) -> None:
    """A redirect would lead it to a page of another origin."""
    browser.session(**_SCRIPT)
    answer = browser.demanded(SignInRequiredError((ARM,)))
    assert answer.status == 401
    told = json.loads(answer.body)
    assert told["error"] == "sign_in_required"
    address = header(browser.get(f"{told['login']}&next=/here"), "location")
    assert query_of(address)["scope"].split()[0] == ARM
    assert header(browser.get(browser.callback(address)), "location") == "/here"


def test_more_is_consented_to_when_it_is_needed(site: Site, browser: Browser) -> None:
    """The session goes on under a new secret, and what it had it keeps."""
    site.again(scopes=(ARM,))
    browser.sign_in()
    first = browser.signed_in()
    assert ARM in first.scopes
    with pytest.raises(SignInRequiredError) as raised:
        require_scope(STORAGE)()
    assert raised.value.scopes == (STORAGE,)
    browser.session(sec_fetch_mode="navigate")
    address = header(browser.demanded(raised.value), "location")
    asked = query_of(address)
    assert asked["scope"] == f"{STORAGE} openid profile offline_access"
    assert asked["login_hint"] == site.ana.username
    browser.get(browser.callback(address))
    second = browser.signed_in()
    assert {ARM, STORAGE} <= second.scopes
    assert require_scope(ARM, STORAGE)().secret == second.secret
    assert second.secret != first.secret
    assert site.run(site.gate.site.sessions.find(first.secret)) is None


def test_missing_consent_leads_to_the_page_that_asks_for_it(site: Site, browser: Browser) -> None:
    """Entra's own refusal, met by a credential."""
    site.client = site.provision.web_client("asks", CALLBACK, consented=False)
    site.again()
    browser.sign_in()
    session = browser.signed_in()
    with pytest.raises(SignInRequiredError) as raised:
        session.credential.get_token(STORAGE)
    assert raised.value.scopes == (STORAGE,)
    browser.session(sec_fetch_mode="navigate")
    address = header(browser.demanded(raised.value), "location")
    browser.get(browser.callback(address))
    assert browser.signed_in().credential.get_token(STORAGE).token


def test_a_claims_challenge_is_met_by_signing_in_for_it(site: Site, browser: Browser) -> None:
    """The claims of the service go to the authority, with the person's name."""
    browser.sign_in()
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'
    browser.session(sec_fetch_mode="navigate")
    address = header(browser.demanded(SignInRequiredError(claims=claims)), "location")
    asked = query_of(address)
    assert (asked["claims"], asked["login_hint"]) == (claims, site.ana.username)


def test_a_sign_in_that_is_too_old_is_done_again(site: Site, browser: Browser) -> None:
    """The authority is told how old it may be."""
    browser.sign_in()
    browser.session()
    assert require_recent(300)()
    site.clock.advance(301)
    browser.session(sec_fetch_mode="navigate")
    with pytest.raises(SignInRequiredError) as raised:
        require_recent(300)()
    assert query_of(header(browser.demanded(raised.value), "location"))["max_age"] == "300"


def test_a_page_that_never_has_enough_ends_the_circle(browser: Browser) -> None:
    """Three sign-ins in a row; then a page says what is the matter."""
    browser.sign_in()
    for _ in range(3):
        browser.session(sec_fetch_mode="navigate")
        answer = browser.demanded(SignInRequiredError((ARM,)))
        browser.get(browser.callback(header(answer, "location")))
    browser.session(sec_fetch_mode="navigate")
    answer = browser.demanded(SignInRequiredError((ARM,)))
    assert (answer.status, heading(answer)) == (403, "You are signed in, but that is not enough")


def test_a_role_is_asked_for(browser: Browser) -> None:
    """Signing in again would not help: the answer is no."""
    browser.sign_in()
    browser.session(sec_fetch_mode="navigate")
    with pytest.raises(AccessDeniedError) as raised:
        require_role("Admin")()
    answer = browser.demanded(raised.value)
    assert (answer.status, heading(answer)) == (403, "You have no access")
    assert b"Try again" not in answer.body


def test_a_popup_ends_on_a_page_that_tells_the_one_behind(browser: Browser) -> None:
    """By a script of the same origin: there is none in the page."""
    answer = browser.sign_in("?popup=1&next=/reports")
    assert header(answer, "location") == "/auth/done"
    page = browser.get("/auth/done")
    assert b'data-entrada-page="done"' in page.body
    assert b"<script>" not in page.body
    assert "script-src 'self'" in header(page, "content-security-policy")


@pytest.mark.parametrize("name", ["entrada.js", "entrada.css"])
def test_script_and_stylesheet_are_served_once(browser: Browser, name: str) -> None:
    """A browser that has them is told so."""
    answer = browser.get(f"/auth/{name}")
    assert answer.status == 200
    again = browser.get(f"/auth/{name}", if_none_match=header(answer, "etag"))
    assert (again.status, again.body) == (304, b"")


def test_an_unknown_verb_is_refused(browser: Browser) -> None:
    """With those that are known."""
    answer = browser.post("/auth/login")
    assert (answer.status, header(answer, "allow")) == (405, "GET")

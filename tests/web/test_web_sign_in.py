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

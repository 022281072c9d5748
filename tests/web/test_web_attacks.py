"""What attackers send to a site's sign-in, and that none of it signs anybody in or out."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from web_world import (
    CALLBACK,
    COOKIE,
    ORIGIN,
    Browser,
    Site,
    browser,
    header,
    heading,
    query_of,
    site,
    with_query,
)

from entrada.web.http import Outgoing, local_path

__all__ = ["browser", "site"]

OTHER_TENANT = "22222222-2222-4222-8222-222222222222"


def test_an_answer_of_another_issuer_is_refused(site: Site, browser: Browser) -> None:
    """The mix-up attack; RFC 9207 has the authority name itself."""
    path = browser.callback(browser.begin())
    answer = browser.get(with_query(path, iss="https://evil.example/v2.0"))
    assert answer.status == 403
    assert browser.session() is None
    own = f"{site.cloud.endpoints.login}/{site.provision.tenant_id}/v2.0"
    path = browser.callback(browser.begin())
    assert browser.get(with_query(path, iss=own)).status == 303


def test_a_state_works_once(browser: Browser) -> None:
    """A replayed answer changes nothing, whoever sends it."""
    path = browser.callback(browser.begin())
    before = dict(browser.cookies)
    assert browser.get(path).status == 303
    session = browser.signed_in()
    again = browser.get(path)
    assert (again.status, header(again, "location")) == (303, "/")
    assert browser.signed_in().secret == session.secret
    browser.cookies = before
    replayed = browser.get(path)
    assert (replayed.status, heading(replayed)) == (400, "This sign-in cannot be finished")
    assert browser.session() is None


@pytest.mark.parametrize("state", ["", "forged", "\r\n"])
def test_a_forged_state_is_refused(browser: Browser, state: str) -> None:
    """And costs the true one nothing."""
    path = browser.callback(browser.begin())
    assert browser.get(with_query(path, state=state)).status == 400
    assert browser.get(path).status == 303


def test_a_state_belongs_to_one_browser(site: Site, browser: Browser) -> None:
    """Login CSRF: an attacker's answer in a victim's browser."""
    path = browser.callback(browser.begin())
    victim = site.browser()
    assert victim.get(path).status == 400
    assert victim.session() is None
    victim.begin()
    (name,) = browser.cookies
    victim.cookies[name] = next(iter(victim.cookies.values()))
    assert victim.get(path).status == 400
    assert victim.session() is None


def test_a_code_of_another_sign_in_is_worth_nothing(site: Site, browser: Browser) -> None:
    """Code injection: the verifier is not the one that the code was asked for with."""
    mallory = site.browser(site.provision.user("mallory", password="p"))
    stolen = query_of(browser.callback(browser.begin()))["code"]
    path = mallory.callback(mallory.begin())
    answer = mallory.get(with_query(path, code=stolen))
    assert (answer.status, b"AADSTS501481" in answer.body) == (403, True)
    assert mallory.session() is None


def test_a_late_answer_is_refused(site: Site, browser: Browser) -> None:
    """Ten minutes are enough."""
    path = browser.callback(browser.begin())
    site.clock.advance(601)
    assert browser.get(path).status == 400


def test_arguments_that_stand_there_twice_are_not_there(browser: Browser) -> None:
    """Nobody can say which one another reader takes."""
    path = browser.callback(browser.begin())
    assert browser.get(f"{path}&state=x").status == 400
    assert browser.get(f"{path}&code={query_of(path)['code']}").status == 403
    assert browser.session() is None


def test_what_the_address_says_of_an_error_is_not_shown(browser: Browser) -> None:
    """Neither as markup nor as text: it may be anybody's."""
    state = query_of(browser.begin())["state"]
    text = quote("<script>alert(1)</script> Call +1 555 0100")
    answer = browser.get(
        f"/auth/callback?state={state}&error=access_denied&error_description={text}"
    )
    assert answer.status == 403
    assert b"alert" not in answer.body
    assert b"555" not in answer.body


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/%0d%0aset-cookie: a=b\r\nx: y",
        "javascript:alert(1)",
        "http:evil.example",
        "///evil.example",
        " //evil.example",
        "auth/login",
        "/" + "a" * 3000,
    ],
)
def test_a_sign_in_leads_to_no_other_site(browser: Browser, target: str) -> None:
    """Open redirects and header injection through ``next``."""
    answer = browser.sign_in(f"?next={quote(target, safe='')}")
    assert (answer.status, header(answer, "location")) == (303, "/")


@given(st.text(max_size=40))
def test_a_local_path_is_always_local(text: str) -> None:
    """Whatever is asked for."""
    found = local_path(text)
    assert found.startswith("/")
    assert found[1:2] not in ("/", "\\")
    assert found.isascii()
    assert not set(found) & set("\r\n\t\\ ")


@pytest.mark.parametrize("value", ["a\r\nset-cookie: b=c", "a\nb", "a\x00b"])
def test_no_answer_holds_a_line_break_in_a_header(value: str) -> None:
    """Wherever it came from."""
    with pytest.raises(ValueError, match="line break"):
        Outgoing(303, (("location", value),))


def test_a_session_that_somebody_planted_is_left_at_sign_in(site: Site, browser: Browser) -> None:
    """Session fixation: neither a made-up secret nor a real one of before goes on."""
    browser.cookies[COOKIE] = "planted"
    browser.sign_in()
    assert browser.cookies[COOKIE] != "planted"
    mallory = site.browser(site.provision.user("mallory", password="p"))
    mallory.sign_in()
    planted = mallory.cookies[COOKIE]
    victim = site.browser()
    victim.cookies[COOKIE] = planted
    victim.sign_in()
    assert victim.cookies[COOKIE] != planted
    assert victim.signed_in().user.object_id == site.ana.object_id
    assert mallory.session() is None


def test_two_cookies_of_one_name_are_nobodys(browser: Browser) -> None:
    """Cookie tossing: one of them was set from elsewhere, and nothing says which."""
    browser.sign_in()
    secret = browser.cookies[COOKIE]
    assert browser.session(cookie=f"{COOKIE}={secret}; {COOKIE}=tossed") is None
    assert browser.session(cookie=f"{COOKIE}=tossed; {COOKIE}={secret}") is None
    assert browser.session(cookie=f"a; =b; {COOKIE}={secret}; c=d=e") is not None


FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://app.example"},
    {"origin": "https://evil.app.example"},
    {"origin": "", "sec_fetch_site": "cross-site"},
    {"origin": "", "sec_fetch_site": "same-site"},
    {"origin": ""},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("target", ["/auth/logout", "/auth/me", "/transfer"])
def test_what_another_site_sends_changes_nothing(
    browser: Browser, target: str, headers: dict[str, str]
) -> None:
    """CSRF: on the sign-in's own addresses and on the app's."""
    browser.sign_in()
    answer = browser.post(target, {"everywhere": "1"}, **headers)
    assert answer.status == 403
    assert not [value for name, value in answer.headers if name == "set-cookie"]
    assert browser.session() is not None


@pytest.mark.parametrize("token", ["", "wrong"])
def test_leaving_takes_the_sessions_own_token(browser: Browser, token: str) -> None:
    """Even for this site's own page."""
    browser.sign_in()
    assert browser.post("/auth/logout", {"csrf": token}).status == 403
    assert browser.session() is not None


def test_another_sites_form_cannot_take_the_cookie_away(browser: Browser) -> None:
    """It comes without the cookie, which its answer could still clear."""
    answer = browser.post("/auth/logout", cookie="", origin="https://evil.example")
    assert answer.status == 403
    assert not [value for name, value in answer.headers if name == "set-cookie"]


def test_a_token_of_another_session_does_not_count(site: Site, browser: Browser) -> None:
    """Nor one of before: it changes with the secret."""
    browser.sign_in()
    old = browser.signed_in().csrf_token
    browser.sign_in()
    assert browser.signed_in().csrf_token != old
    assert browser.post("/auth/logout", {"csrf": old}).status == 403


def test_the_demand_for_a_sign_in_cannot_be_made_up(site: Site, browser: Browser) -> None:
    """Else a link could ask people to consent to anything."""
    forged = base64.urlsafe_b64encode(b'{"scopes":["https://graph.microsoft.com/Mail.Read"]}')
    asked = query_of(browser.begin(f"?need={forged.decode()}&scope=Mail.Read&prompt=consent"))
    assert asked["scope"] == "openid profile offline_access"
    assert "prompt" not in asked


def test_the_host_header_decides_nothing(site: Site, browser: Browser) -> None:
    """Nor what a proxy's headers say."""
    answer = browser.get("/auth/login", host="evil.example", x_forwarded_host="evil.example")
    assert query_of(header(answer, "location"))["redirect_uri"] == CALLBACK
    assert ORIGIN in CALLBACK


def test_another_tenants_people_stay_out(site: Site) -> None:
    """Of an app of many tenants that lists those which may."""
    site.again(tenant_id="organizations", allowed_tenants=[OTHER_TENANT])
    multi = site.sign_in(tenant_id="organizations", allowed_tenants=[site.provision.tenant_id])
    assert multi.tenant == "organizations"
    from entrada.local.entra import registrations

    registrations.set_sign_in(site.cloud, site.client.client_id, multi_tenant=True)
    browser = site.browser()
    answer = browser.sign_in()
    assert (answer.status, heading(answer)) == (403, "You have no access")
    site.again(tenant_id="organizations", allowed_tenants=[site.provision.tenant_id])
    assert site.browser().sign_in().status == 303

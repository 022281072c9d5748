"""Staying signed in, tokens meanwhile, and leaving: here, everywhere and from elsewhere."""

from __future__ import annotations

import base64
import json

import pytest
from web_world import (
    ARM,
    ORIGIN,
    SCRIPT,
    Browser,
    Site,
    browser,
    header,
    query_of,
    site,
)

from entrada.web.errors import SignInRequiredError

__all__ = ["browser", "site"]

_SCRIPT = {name.replace("-", "_"): value for name, value in SCRIPT.items()}


def me(browser: Browser) -> dict[str, object]:
    answer = browser.get("/auth/me", **_SCRIPT)
    assert header(answer, "cache-control") == "no-store"
    found: dict[str, object] = json.loads(answer.body)
    return found


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

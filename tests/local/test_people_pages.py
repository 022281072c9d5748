"""The sign-in pages: safe against other sites, usable without scripts, clear about failures."""

from __future__ import annotations

import re

import pytest
from test_people_world import (
    Browser,
    Page,
    People,
    landed,
    people,
)

from entrada.local import people as directory

__all__ = ["people"]

APP = "https://app.example/callback"


def test_the_session_cookie_is_closed_to_scripts_other_sites_and_plain_http(
    people: People,
) -> None:
    response = people.browser().get(people.authorize_path())
    name, *attributes = response.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-")
    assert attributes == ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"]


def test_the_cookie_from_before_a_sign_in_is_worth_nothing_after_it(people: People) -> None:
    browser = people.browser()
    browser.open(people.authorize_path())
    stranger = Browser(people.cloud, browser.cookie)
    people.sign_in(browser, people.authorize_path())
    assert stranger.cookie != browser.cookie
    assert stranger.open(people.authorize_path()).title == "Sign in"


def test_pages_let_no_script_run_and_nobody_frame_them(people: People) -> None:
    page = people.browser().open(people.authorize_path())
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "<script" not in page.html
    assert page.headers["cache-control"].startswith("no-store")


def test_every_field_has_a_label_and_the_page_fits_small_and_dark_screens(people: People) -> None:
    html = people.browser().open(people.authorize_path()).html
    visible = re.findall(r'<input id="(\w+)"', html)
    assert visible == re.findall(r'<label for="(\w+)"', html) == ["username", "password"]
    assert "width=device-width" in html
    assert "prefers-color-scheme:dark" in html


def test_what_a_client_sends_is_escaped_on_the_page(people: People) -> None:
    evil = '"><script>alert(1)</script>'
    app = people.provision.public_client(evil)
    page = people.browser().open(
        people.authorize_path(client_id=app, login_hint=evil, state=evil, nonce=evil)
    )
    assert "<script" not in page.html
    assert page.form is not None
    assert page.form.fields["username"] == evil
    assert evil in page.text


@pytest.mark.parametrize(
    ("username", "password", "code"),
    [
        ("ana@entrada.onmicrosoft.com", "wrong", 50126),
        ("nobody@entrada.onmicrosoft.com", "x", 50034),
        ("", "", 50034),
    ],
)
def test_a_failed_sign_in_says_why_and_keeps_the_user_name(
    people: People, username: str, password: str, code: int
) -> None:
    browser = people.browser()
    page = browser.open(people.authorize_path())
    again = browser.press(page, "Sign in", username=username, password=password)
    assert again.alert.startswith(f"AADSTS{code}: ")
    assert again.form is not None
    assert again.form.fields["username"] == username
    assert again.form.fields["password"] == ""
    assert 'aria-describedby="error"' in again.html


@pytest.mark.parametrize(
    ("change", "code"), [({"accountEnabled": False}, 50057), ({"passwordExpired": True}, 50055)]
)
def test_a_disabled_user_and_an_expired_password_are_named(
    people: People, change: dict[str, bool], code: int
) -> None:
    directory.update_user(people.cloud, people.ana.object_id, **change)
    page = Page(people.sign_in(people.browser(), people.authorize_path()))
    assert page.alert.startswith(f"AADSTS{code}: ")


def test_ten_wrong_passwords_lock_the_account_for_a_minute(people: People) -> None:
    browser = people.browser()
    page = browser.open(people.authorize_path())
    for _ in range(10):
        page = browser.press(page, "Sign in", username=people.ana.username, password="wrong")
    right = {"username": people.ana.username, "password": people.ana.password}
    page = browser.press(page, "Sign in", **right)
    assert page.alert.startswith("AADSTS50053: ")
    people.clock.now += 60
    assert landed(browser.post(page, "Sign in", **right))["code"]


def test_a_form_from_elsewhere_is_not_taken(people: People) -> None:
    browser = people.browser()
    page = browser.open(people.authorize_path())
    assert page.form is not None
    page.form.fields["csrf"] = "x"
    again = browser.press(
        page, "Sign in", username=people.ana.username, password=people.ana.password
    )
    assert again.alert.startswith("AADSTS165000: ")
    other = people.browser()
    other.open(people.authorize_path())
    fresh = browser.open(people.authorize_path())
    again = other.press(
        fresh, "Sign in", username=people.ana.username, password=people.ana.password
    )
    assert again.alert.startswith("AADSTS165000: ")


def test_a_form_cannot_be_sent_for_another_request(people: People) -> None:
    browser = people.browser()
    page = browser.open(people.authorize_path())
    assert page.form is not None
    page.form.action = people.authorize_path(state="other")
    again = browser.press(
        page, "Sign in", username=people.ana.username, password=people.ana.password
    )
    assert again.alert.startswith("AADSTS165000: ")

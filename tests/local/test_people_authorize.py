"""Signing in through the authorization endpoint, as a browser without scripts does it."""

from __future__ import annotations

from test_people_world import (
    Page,
    People,
    answered,
    landed,
    people,
    unread,
)

from entrada.local.entra import consent

__all__ = ["people"]

APP = "https://app.example/callback"


def test_a_password_leads_to_a_code_and_the_state(people: People) -> None:
    response = people.sign_in(people.browser(), people.authorize_path())
    sent = landed(response)
    assert sent["state"] == "s+1 &"
    assert set(sent) == {"code", "state", "session_state"}
    assert answered(people.redeem(sent["code"]))["token_type"] == "Bearer"


def test_a_second_sign_in_of_a_browser_is_silent_and_names_the_same_session(
    people: People,
) -> None:
    browser = people.browser()
    first = landed(people.sign_in(browser, people.authorize_path()))
    second = landed(browser.get(people.authorize_path()))
    assert first["session_state"] == second["session_state"]
    assert first["code"] != second["code"]


def test_cancel_tells_the_application(people: People) -> None:
    browser = people.browser()
    response = browser.post(browser.open(people.authorize_path()), "Cancel")
    sent = landed(response)
    assert (sent["error"], sent["error_subcode"]) == ("access_denied", "cancel")
    assert sent["state"] == "s+1 &"


def test_several_signed_in_users_are_asked_who_is_meant_unless_there_is_a_hint(
    people: People,
) -> None:
    bob = people.provision.user("bob", password="b")
    browser = people.browser()
    people.sign_in(browser, people.authorize_path())
    people.sign_in(browser, people.authorize_path(prompt="login"), bob)
    page = browser.open(people.authorize_path())
    assert page.title == "Pick an account"
    assert page.form is not None
    assert [name for name, _ in page.form.buttons.values()].count("account") == 2
    chosen = landed(browser.post(page, "bob (bob@entrada.onmicrosoft.com)"))
    answer = answered(people.redeem(chosen["code"]))
    assert unread(answer["id_token"])["preferred_username"] == bob.username
    hinted = landed(browser.get(people.authorize_path(login_hint=people.ana.username.upper())))
    answer = answered(people.redeem(hinted["code"]))
    assert unread(answer["id_token"])["oid"] == people.ana.object_id


def test_select_account_asks_a_signed_in_browser_and_lets_it_take_another(people: People) -> None:
    browser = people.browser()
    people.sign_in(browser, people.authorize_path())
    page = browser.open(people.authorize_path(prompt="select_account"))
    assert page.title == "Pick an account"
    assert browser.press(page, "Use another account").title == "Sign in"


def test_prompt_login_asks_for_the_password_again(people: People) -> None:
    browser = people.browser()
    people.sign_in(browser, people.authorize_path())
    assert browser.open(people.authorize_path(prompt="login")).title == "Sign in"


def test_max_age_asks_for_the_password_when_the_sign_in_is_too_old(people: People) -> None:
    browser = people.browser()
    people.sign_in(browser, people.authorize_path())
    people.clock.now += 61
    assert landed(browser.get(people.authorize_path(max_age="100")))["code"]
    assert browser.open(people.authorize_path(max_age="60")).title == "Sign in"
    picked = browser.open(people.authorize_path(max_age="60", prompt="select_account"))
    assert browser.press(picked, "ana (ana@entrada.onmicrosoft.com)").title == "Sign in"


def test_a_session_ends_after_a_day(people: People) -> None:
    browser = people.browser()
    people.sign_in(browser, people.authorize_path())
    people.clock.now += 86400
    assert browser.open(people.authorize_path()).title == "Sign in"


def test_prompt_none_needs_a_session_one_user_and_consent(people: People) -> None:
    browser, path = people.browser(), people.authorize_path(prompt="none")
    assert landed(browser.get(path))["error"] == "login_required"
    people.sign_in(browser, people.authorize_path())
    assert landed(browser.get(path))["code"]
    app = people.provision.public_client("unknown app", consented=False)
    sent = landed(browser.get(people.authorize_path(prompt="none", client_id=app)))
    assert sent["error"] == "consent_required"
    people.sign_in(
        browser, people.authorize_path(prompt="login"), people.provision.user("bob", password="b")
    )
    assert landed(browser.get(path))["error"] == "interaction_required"


def test_consent_is_asked_once_and_may_be_declined(people: People) -> None:
    app = people.provision.public_client("reader", consented=False)
    browser, path = people.browser(), people.authorize_path(client_id=app)
    page = Page(people.sign_in(browser, path))
    assert page.title == "Permissions requested"
    assert "Sign you in" in page.text
    assert "Azure Resource Manager: user_impersonation" in page.text
    declined = landed(browser.post(page, "Cancel"))
    assert declined["error"] == "access_denied"
    assert declined["error_description"].startswith("AADSTS65004: ")
    page = browser.open(path)
    assert landed(browser.post(page, "Accept"))["code"]
    assert landed(browser.get(path))["code"]
    assert browser.open(people.authorize_path(client_id=app, prompt="consent")).title == page.title
    assert consent.revoke(people.cloud, app) == 2
    assert browser.open(path).title == page.title


def test_mfa_is_asked_after_the_password_and_may_be_denied(people: People) -> None:
    eva = people.provision.user("eva", password="e", mfa_required=True)
    browser = people.browser()
    page = Page(people.sign_in(browser, people.authorize_path(), eva))
    assert page.title == "Approve the sign-in"
    denied = browser.press(page, "Deny")
    assert denied.alert.startswith("AADSTS500121: ")
    sent = landed(browser.post(denied, "Approve"))
    claims = people.claims(people.redeem(sent["code"]))
    assert claims["amr"] == ["pwd", "mfa"]


def test_half_a_sign_in_is_not_enough_for_mfa(people: People) -> None:
    eva = people.provision.user("eva", password="e", mfa_required=True)
    browser = people.browser()
    people.sign_in(browser, people.authorize_path(), eva)
    assert browser.open(people.authorize_path()).title == "Approve the sign-in"
    sent = landed(browser.get(people.authorize_path(prompt="none")))
    assert sent["error"] == "interaction_required"

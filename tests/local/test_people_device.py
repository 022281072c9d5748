"""The device authorization grant: its codes, what polling says, and the page for the person."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from test_people_world import (
    ARM,
    AZURE_CLI,
    SCOPE,
    Browser,
    Page,
    People,
    answered,
    people,
    refused,
)

from entrada._engine.effects import Request, Response
from entrada.local import people as persons

__all__ = ["people"]

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"


def start(people: People, tenant: str = "", **changes: str) -> Response:
    form = {"client_id": AZURE_CLI, "scope": SCOPE, **changes}
    path = f"/{tenant or people.tenant}/oauth2/v2.0/devicecode"
    body = urlencode({name: value for name, value in form.items() if value}).encode()
    return people.cloud.handle(Request("POST", people.cloud.endpoints.login + path, {}, body))


def poll(people: People, code: str, **changes: str) -> Response:
    people.clock.now += 5
    form = {"grant_type": DEVICE_CODE, "client_id": AZURE_CLI, "device_code": code}
    return people.token({**form, **changes})


def enter(browser: Browser, code: str) -> Page:
    return browser.press(browser.open("/device"), "Next", user_code=code)


def test_the_start_says_where_to_go_and_what_to_enter(people: People) -> None:
    found = answered(start(people))
    assert (found["expires_in"], found["interval"]) == (900, 5)
    assert found["verification_uri"] == f"{people.cloud.endpoints.login}/device"
    assert found["user_code"] in found["message"]
    assert "verification_uri_complete" not in found


def test_a_person_enters_the_code_signs_in_and_confirms(people: People) -> None:
    found = answered(start(people))
    assert refused(poll(people, found["device_code"])) == (400, "authorization_pending", 70016)
    browser = people.browser()
    page = enter(browser, found["user_code"].lower())
    assert page.title == "Sign in"
    page = browser.press(
        page, "Sign in", username=people.ana.username, password=people.ana.password
    )
    assert page.title == "Are you trying to sign in to Microsoft Azure CLI?"
    done = browser.press(page, "Continue")
    assert "You have signed in to Microsoft Azure CLI" in done.title
    response = poll(people, found["device_code"])
    assert people.claims(response)["upn"] == people.ana.username
    assert answered(response)["foci"] == "1"
    assert refused(poll(people, found["device_code"]))[2] == 70018
    assert enter(browser, found["user_code"]).alert.startswith("AADSTS70018: ")


def test_a_signed_in_person_picks_the_account(people: People) -> None:
    found = answered(start(people))
    browser = people.browser()
    people.sign_in(browser, people.authorize_path())
    page = enter(browser, found["user_code"])
    assert page.title == "Pick an account"
    page = browser.press(page, "ana (ana@entrada.onmicrosoft.com)")
    browser.press(page, "Continue")
    assert poll(people, found["device_code"]).status == 200


def test_the_literal_grant_name_and_code_parameter_of_msal_are_accepted(people: People) -> None:
    found = answered(start(people))
    people.provision.approve_device_code(found["user_code"], people.ana.username)
    form = {
        "grant_type": "device_code",
        "client_id": AZURE_CLI,
        "code": found["device_code"],
        "scope": SCOPE,
    }
    assert people.claims(people.token(form))["scp"] == "user_impersonation"


@pytest.mark.parametrize("before", [True, False])
def test_a_person_who_cancels_declines(people: People, before: bool) -> None:
    found = answered(start(people))
    browser = people.browser()
    page = enter(browser, found["user_code"])
    if not before:
        page = browser.press(
            page, "Sign in", username=people.ana.username, password=people.ana.password
        )
    assert "did not sign in" in browser.press(page, "Cancel").title
    assert refused(poll(people, found["device_code"]))[1] == "authorization_declined"


def test_polling_too_fast_is_told_to_slow_down(people: People) -> None:
    code = answered(start(people))["device_code"]
    poll(people, code)
    people.clock.now -= 4
    assert refused(poll(people, code))[1] == "slow_down"
    assert refused(poll(people, code))[1] == "authorization_pending"


def test_a_code_expires(people: People) -> None:
    found = answered(start(people))
    people.clock.now += 900
    assert refused(poll(people, found["device_code"])) == (400, "expired_token", 70020)
    assert enter(people.browser(), found["user_code"]).alert.startswith("AADSTS70018: ")
    people.clock.now += 3600
    start(people)
    assert refused(poll(people, found["device_code"]))[2] == 70018


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": ""}, 900144),
        ({"client_id": "11111111-2222-3333-4444-555555555555"}, 700016),
        ({"scope": ""}, 900144),
        ({"scope": "https://nowhere.example/.default"}, 500011),
        ({"tenant": "nowhere.example"}, 90002),
    ],
)
def test_a_bad_start_is_refused(people: People, changes: dict[str, str], code: int) -> None:
    assert refused(start(people, **changes))[2] == code


def test_another_client_cannot_poll_and_a_web_client_cannot_start(people: People) -> None:
    found = answered(start(people))
    other = people.provision.public_client("other")
    assert refused(poll(people, found["device_code"], client_id=other))[2] == 70018
    web = people.provision.web_client("web", "https://app.example")
    assert refused(start(people, client_id=web.client_id))[2] == 7000218


def test_a_revocation_between_approval_and_poll_counts(people: People) -> None:
    found = answered(start(people))
    people.provision.approve_device_code(found["user_code"], people.ana.object_id)
    persons.revoke_sessions(people.cloud, people.ana.object_id)
    assert refused(poll(people, found["device_code"]))[2] == 50173


def test_an_app_of_ones_own_lists_its_permissions_and_mfa_is_asked(people: People) -> None:
    app = people.provision.public_client("reader", consented=False)
    eva = people.provision.user("eva", password="e", mfa_required=True)
    found = answered(start(people, client_id=app))
    browser = people.browser()
    page = enter(browser, found["user_code"])
    page = browser.press(page, "Sign in", username=eva.username, password="e")
    assert page.title == "Approve the sign-in"
    page = browser.press(page, "Approve")
    assert "Azure Resource Manager: user_impersonation" in page.text
    browser.press(page, "Continue")
    assert people.claims(poll(people, found["device_code"], client_id=app), ARM)["amr"] == [
        "pwd",
        "mfa",
    ]


def test_a_foreign_form_cannot_approve(people: People) -> None:
    found = answered(start(people))
    victim = people.browser()
    people.sign_in(victim, people.authorize_path())
    attacker = people.browser()
    people.sign_in(attacker, people.authorize_path())
    page = attacker.press(enter(attacker, found["user_code"]), "ana (ana@entrada.onmicrosoft.com)")
    answer = victim.press(page, "Continue")
    assert answer.alert.startswith("AADSTS165000: ")
    assert refused(poll(people, found["device_code"]))[1] == "authorization_pending"


def test_approving_an_unknown_code_or_user_fails(people: People) -> None:
    code = answered(start(people))["user_code"]
    with pytest.raises(LookupError):
        people.provision.approve_device_code("NOTACODE1", people.ana.username)
    with pytest.raises(LookupError):
        people.provision.approve_device_code(code, "nobody")

"""The ways in which an app proves itself, an answer reaches it, and others' tokens serve it."""

from __future__ import annotations

import asyncio
import base64
import json
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from web_world import (
    ARM,
    COOKIE,
    Browser,
    Site,
    browser,
    header,
    heading,
    query_of,
    site,
)

from entrada import ManagedIdentityCredential, UsernamePasswordCredential
from entrada.local import directory
from entrada.testing import TransportFailure, World
from entrada.web import SignInRequiredError

__all__ = ["browser", "site"]


def _claims(token: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return found


def test_an_app_signs_people_in_without_a_secret(site: Site) -> None:
    """Its managed identity is trusted as a federated credential."""
    host = site.provision.web_app("site")
    directory.add_federated_credential(
        site.cloud,
        site.client.client_id,
        name="identity",
        issuer=f"{site.cloud.endpoints.login}/{site.provision.tenant_id}/v2.0",
        subject=host.principal_id,
        audiences=["api://AzureADTokenExchange"],
    )
    world = World.fake(host.environment, clock=site.clock)
    identity = ManagedIdentityCredential(transport=site.handle, world=world)
    site.again(client_secret=None, credential=identity)
    browser = site.browser()
    assert browser.sign_in().status == 303
    assert browser.signed_in().credential.get_token(ARM).token
    forms = [
        dict(parse_qsl(each.body.decode())) for each in site.sent if b"grant_type" in each.body
    ]
    assert [form["grant_type"] for form in forms] == ["authorization_code", "refresh_token"]
    assert all("client_assertion" in form and "client_secret" not in form for form in forms)


def test_an_answer_can_come_as_a_form(site: Site) -> None:
    """The code is then in no address; the cookie has to come along with another site's form."""
    site.again(response_mode="form_post")
    browser = site.browser()
    begun = browser.get("/auth/login?next=/after")
    assert "SameSite=None; Secure" in header(begun, "set-cookie")
    address = header(begun, "location")
    assert query_of(address)["response_mode"] == "form_post"
    path = browser.callback(address.replace("form_post", "query"))
    fields = query_of(path)
    answer = browser.post(
        urlsplit(path).path,
        fields,
        origin=site.cloud.endpoints.login,
        sec_fetch_site="cross-site",
    )
    assert (answer.status, header(answer, "location")) == (303, "/after")
    assert list(browser.cookies) == [COOKIE]


def test_a_form_ends_the_session_that_it_comes_without(site: Site) -> None:
    """The session's own cookie stays behind when another site sends the form."""
    site.again(response_mode="form_post")
    browser = site.browser()

    def come_back(address: str) -> None:
        path = browser.callback(address.replace("form_post", "query"))
        tab = "; ".join(f"{key}={value}" for key, value in browser.cookies.items() if "tab" in key)
        answer = browser.post(urlsplit(path).path, query_of(path), cookie=tab)
        assert answer.status == 303

    come_back(browser.begin())
    first = browser.signed_in()
    browser.session(sec_fetch_mode="navigate")
    come_back(header(browser.demanded(SignInRequiredError((ARM,))), "location"))
    assert browser.signed_in().secret != first.secret
    assert site.run(site.gate.site.sessions.find(first.secret)) is None


@pytest.mark.filterwarnings("ignore:UsernamePasswordCredential:DeprecationWarning")
def test_a_called_app_acts_on_behalf_of_its_caller(site: Site) -> None:
    """With the proof that it signs people in with, for threads and asyncio."""
    api = site.provision.api("site")
    desktop = UsernamePasswordCredential(
        site.provision.public_client(),
        site.ana.username,
        site.ana.password,
        tenant_id=site.provision.tenant_id,
        authority=site.cloud.endpoints.login,
        transport=site.handle,
        world=site.world,
    )
    assertion = desktop.get_token(f"api://{api.client_id}/access_as_user").token
    app = site.sign_in(client_id=api.client_id, client_secret=api.client_secret)
    scope = "https://management.azure.com/.default"
    token = app.on_behalf_of(assertion).get_token(scope).token
    assert _claims(token)["oid"] == site.ana.object_id
    other = asyncio.run(app.on_behalf_of(assertion, asynchronous=True).get_token(scope)).token
    assert _claims(other)["oid"] == site.ana.object_id


def test_a_wrong_secret_is_a_matter_for_whoever_runs_the_site(site: Site) -> None:
    """The page tells its visitors that, and the code; never the secret."""
    site.again(client_secret="not-this-one")
    answer = site.browser().sign_in()
    page = answer.body.decode()
    assert answer.status == 403
    assert "not set up as it should be" in page
    assert "AADSTS7000215" in page
    assert "not-this-one" not in page


def test_an_authority_that_does_not_answer_is_said_to(site: Site, browser: Browser) -> None:
    """Later may help."""
    path = browser.callback(browser.begin())

    def nobody(_: object) -> None:
        raise TransportFailure("connect", "refused")

    sessions = site.gate.site.sessions
    site.again(transport=nobody)
    site.gate.site.sessions = sessions
    answer = browser.get(path)
    assert (answer.status, "does not answer" in answer.body.decode()) == (503, True)


def test_a_person_who_does_not_agree_reads_so(browser: Browser) -> None:
    """Entra's word for it, with the way back."""
    state = query_of(browser.begin("?next=/reports"))["state"]
    fields = {
        "state": state,
        "error": "access_denied",
        "error_description": "AADSTS65004: User declined to consent to access the app.",
    }
    answer = browser.get(f"/auth/callback?{urlencode(fields)}")
    assert heading(answer) == "You are not signed in"
    assert b"did not agree" in answer.body
    assert b"/auth/login?next=%2Freports" in answer.body


def test_a_picture_of_another_site_begins_no_sign_in(browser: Browser) -> None:
    """Nor does a script: only a person's browser that goes there."""
    answer = browser.get("/auth/login", sec_fetch_mode="no-cors")
    assert answer.status == 400
    assert browser.cookies == {}


def test_revoked_sign_ins_lead_to_a_new_one(site: Site, browser: Browser) -> None:
    """The refresh token is worth nothing any more; the credential says who has to act."""
    from entrada.local import people

    browser.sign_in()
    people.revoke_sessions(site.cloud, site.ana.object_id)
    with pytest.raises(SignInRequiredError):
        browser.signed_in().credential.get_token(ARM)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_tokens_for_one_person_are_got_once(
    site: Site, browser: Browser, asynchronous: bool
) -> None:
    """However many ask at the same time."""
    browser.sign_in()
    session = browser.signed_in()
    before = len(site.sent)
    if asynchronous:

        async def several() -> None:
            await asyncio.gather(*(session.async_credential.get_token(ARM) for _ in range(10)))

        asyncio.run(several())
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: session.credential.get_token(ARM), range(8)))
    assert len(site.sent) == before + 1


def test_no_log_and_no_repr_holds_a_secret(
    site: Site, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever happens, at the lowest level."""
    caplog.set_level("DEBUG")
    address = browser.begin()
    path = browser.callback(address)
    tab = next(iter(browser.cookies.values()))
    browser.get(path)
    session = browser.signed_in()
    token = session.credential.get_token(ARM).token
    browser.get(path)
    browser.post("/auth/logout", {"csrf": "wrong"})
    begun = site.gate.site.begin()
    said = "".join(
        (caplog.text, repr(session), repr(begun), repr(site.gate.site), repr(browser.last))
    )
    asked, answered = query_of(address), query_of(path)
    secrets = (
        *(asked["state"], asked["nonce"], answered["code"], tab, token, begun.secret, begun.url),
        *(session.secret, session.grant, session.csrf_token, site.client.client_secret),
        *(begun.pending["verifier"], begun.pending["nonce"]),
    )
    assert "signed in" in caplog.text
    assert [secret for secret in secrets if secret in said] == []

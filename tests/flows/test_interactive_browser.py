"""The browser's way through InteractiveBrowserCredential: its requests and its listener."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import socket
from urllib.parse import parse_qsl, urlsplit

import pytest
from browsing import CLIENT, SCOPE, Person, person

from entrada import (
    AuthenticationRejectedError,
    AuthenticationRequiredError,
    ConfigurationError,
    aio,
)
from entrada.testing import FakeClock, Script, World, token_response

__all__ = ["person"]


@pytest.mark.parametrize("mode", ["browser", "auto"])
def test_a_browser_brings_a_code_that_is_redeemed_with_its_verifier(
    person: Person, mode: str
) -> None:
    """The request has state, nonce and an S256 challenge; the answer comes as a form."""
    with person.credential(mode=mode) as credential:
        assert credential.get_token(SCOPE).token == "canary-token"
    person.leave()
    asked, redeemed = person.asked, person.redeemed
    digest = hashlib.sha256(redeemed["code_verifier"].encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    assert (asked["code_challenge"], asked["code_challenge_method"]) == (challenge, "S256")
    assert (asked["response_type"], asked["response_mode"]) == ("code", "form_post")
    assert (asked["client_id"], asked["prompt"]) == (CLIENT, "select_account")
    assert asked["scope"] == f"{SCOPE} offline_access openid profile"
    assert len({asked["state"], asked["nonce"], redeemed["code_verifier"]}) == 3
    assert redeemed["grant_type"] == "authorization_code"
    assert (redeemed["code"], redeemed["redirect_uri"]) == ("canary-code", asked["redirect_uri"])
    assert "client_secret" not in redeemed
    (status, page) = person.pages[0]
    assert (status, "Signed in" in page, "canary" in page) == (200, True, False)


def test_hints_prompt_and_claims_go_into_the_address(person: Person) -> None:
    """As do those that a caller's service demands."""
    credential = person.credential(
        login_hint="ana@contoso.com", domain_hint="contoso.com", prompt="login"
    )
    record = credential.authenticate(scopes=[SCOPE], claims='{"access_token":{}}')
    assert record.username == "ana@contoso.com"
    hints = [person.asked[name] for name in ("login_hint", "domain_hint", "prompt", "claims")]
    assert hints == ["ana@contoso.com", "contoso.com", "login", '{"access_token":{}}']


def test_who_signed_in_before_is_proposed_the_next_time(person: Person) -> None:
    """The record's name is the hint, unless the caller gives one."""
    credential = person.credential()
    credential.authenticate(scopes=[SCOPE])
    assert "login_hint" not in person.asked
    credential.authenticate(scopes=[SCOPE])
    assert person.asked["login_hint"] == "ana@contoso.com"


def test_what_does_not_belong_to_the_sign_in_is_ignored(person: Person) -> None:
    """Another state, no state, a favicon: each gets an error page, and the program waits on."""

    def visit() -> None:
        person.post({"state": "another", "code": "stolen"})
        person.post({"code": "stolen"})
        person.asked["redirect_uri"] += "/favicon.ico"
        person.post({})
        person.asked["redirect_uri"] = person.asked["redirect_uri"].removesuffix("/favicon.ico")
        Person.visit(person)

    person.visit = visit  # type: ignore[method-assign]
    person.credential().get_token(SCOPE)
    person.leave()
    assert [status for status, _ in person.pages] == [400, 400, 400, 200]
    assert person.redeemed["code"] == "canary-code"


def test_a_connection_that_stays_silent_keeps_nobody_waiting(person: Person) -> None:
    """Browsers open connections ahead of need; the answer comes by another one."""
    silent = socket.socket()

    def visit() -> None:
        port = urlsplit(person.asked["redirect_uri"]).port
        silent.connect(("127.0.0.1", port))
        Person.visit(person)

    person.visit = visit  # type: ignore[method-assign]
    with silent:
        assert person.credential(timeout=3).get_token(SCOPE).token == "canary-token"


def test_a_cancelled_task_stops_listening() -> None:
    """Nothing of the sign-in is left behind, and the program can end."""
    asked: list[str] = []

    async def cancelled() -> None:
        opened, loop = asyncio.Event(), asyncio.get_running_loop()

        def open_browser(url: str) -> bool:
            asked.append(url)
            loop.call_soon_threadsafe(opened.set)
            return True

        credential = aio.InteractiveBrowserCredential(
            client_id=CLIENT,
            tenant_id="contoso.com",
            mode="browser",
            open_browser=open_browser,
            transport=Script(token_response()),
            world=World.fake(clock=FakeClock()),
        )
        task = asyncio.create_task(credential.get_token(SCOPE))
        await opened.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(cancelled(), 10))
    where = dict(parse_qsl(urlsplit(asked[0]).query))["redirect_uri"]
    with socket.socket() as visitor, pytest.raises(ConnectionRefusedError):
        visitor.connect(("127.0.0.1", urlsplit(where).port))


def test_a_refused_sign_in_says_what_was_refused() -> None:
    """On the page, safely, and in the error."""
    said = "AADSTS65004: User declined to consent <script>"
    person = Person(error="access_denied", error_description=said)
    with pytest.raises(AuthenticationRejectedError, match="User declined") as caught:
        person.credential().get_token(SCOPE)
    person.leave()
    assert (caught.value.code, caught.value.kind) == ("AADSTS65004", "rejected")
    assert "accept what the application asks for" in str(caught.value.hint)
    assert "Not signed in" in person.pages[0][1]
    assert "<script>" not in person.pages[0][1]


def test_a_cancelled_sign_in_has_a_hint() -> None:
    """The authority gives no AADSTS code for it."""
    person = Person(error="access_denied", error_description="the user canceled")
    with pytest.raises(AuthenticationRejectedError) as caught:
        person.credential().get_token(SCOPE)
    person.leave()
    assert caught.value.code == "access_denied"
    assert "Start again" in str(caught.value.hint)


def test_a_policys_refusal_asks_for_the_person() -> None:
    """Interaction was not enough: the caller hears which policy."""
    person = Person(error="interaction_required", error_description="AADSTS53000: not compliant")
    with pytest.raises(AuthenticationRequiredError) as caught:
        person.credential().get_token(SCOPE)
    person.leave()
    assert (caught.value.code, caught.value.scopes) == ("AADSTS53000", (SCOPE,))


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"aud": "another"}, "id_token_audience"), ({"nonce": "another"}, "id_token_nonce")],
)
def test_an_id_token_of_another_application_or_sign_in_is_refused(
    person: Person, changes: dict[str, str], code: str
) -> None:
    """Its code was injected: nothing of the answer is kept."""
    person.id_token = changes
    credential = person.credential()
    with pytest.raises(AuthenticationRejectedError) as caught:
        credential.get_token(SCOPE)
    assert caught.value.code == code
    assert "interferes" in str(caught.value.hint)
    assert "ana@contoso.com" not in repr(credential)


def test_nobody_at_the_browser_ends_in_a_timeout() -> None:
    """The error names the other way."""
    credential = Person().credential(open_browser=lambda _url: True, timeout=0.01)
    with pytest.raises(AuthenticationRejectedError, match=r"within 0\.01 s") as caught:
        credential.get_token(SCOPE)
    assert caught.value.code == "sign_in_timeout"
    assert 'mode="device_code"' in str(caught.value.hint)


def test_where_no_browser_opens_the_address_is_printed(
    person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, and the program listens all the same."""

    def no_browser(url: str) -> bool:
        person.open(url)
        return False

    person.credential(open_browser=no_browser).get_token(SCOPE)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"state={person.asked['state']}" in shown.err


def test_a_registered_redirect_uri_is_listened_on_as_it_is_written(person: Person) -> None:
    """Path and all; while the port is taken, that is the error."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        uri = f"http://localhost:{port}/callback"
        with pytest.raises(ConfigurationError, match=str(port)) as caught:
            person.credential(redirect_uri=uri).get_token(SCOPE)
        assert caught.value.code == "port_taken"
    person.credential(redirect_uri=uri).get_token(SCOPE)
    assert person.asked["redirect_uri"] == person.redeemed["redirect_uri"] == uri

"""People sign in to the example web apps with a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from e2e.chromium import chromium
from e2e.people import ana
from e2e.web_site import LETTER, example, write_letter
from e2e.web_window import ENTER, TAB, Window
from entrada.local.provision import User
from entrada.testing import LocalCloud

__all__ = ["ana"]

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("surroundings")]

BY_REDIRECT, BY_POPUP = "Sign in", "Sign in with a popup"


@pytest.fixture
def window(require_tool: Callable[..., str], tmp_path: Path) -> Iterator[Window]:
    hint = "apt-get install chromium chromium-driver"
    binary, driver = require_tool("chromium", hint), require_tool("chromedriver", hint)
    with chromium(binary, driver, tmp_path) as running:
        yield Window(running)


@pytest.fixture(params=["fastapi", "flask"])
def origin(request: pytest.FixtureRequest, cloud: LocalCloud, tmp_path: Path) -> Iterator[str]:
    with example(cloud, request.param, tmp_path) as running:
        yield running


@pytest.fixture
def fast(cloud: LocalCloud, tmp_path: Path) -> Iterator[str]:
    """The FastAPI example alone, where both would tell the same."""
    with example(cloud, "fastapi", tmp_path) as running:
        yield running


def answer(window: Window, user: User, password: str = "") -> None:
    """Fill in the authority's page."""
    window.page.heading("Sign in")
    window.page.fill("input[name=username]", user.username)
    window.page.fill("input[name=password]", password or user.password)
    window.page.press("Sign in")


def consent(window: Window, button: str = "Accept") -> None:
    window.page.heading("Permissions requested")
    window.page.press(button)


def sign_in(window: Window, origin: str, user: User) -> None:
    """Go all the way by redirect."""
    window.page.open(origin)
    window.page.heading("Welcome")
    window.page.press(BY_REDIRECT)
    answer(window, user)
    consent(window)
    window.page.heading("Hello")


def see_everything(window: Window, origin: str) -> None:
    """List subscriptions; read the blob, which takes a consent of its own."""
    window.page.open(f"{origin}/subscriptions")
    window.page.heading("Your subscriptions")
    window.page.wait("main p", "ocal")
    window.page.open(f"{origin}/blob")
    window.page.heading("Permissions requested")
    window.page.press("Accept")
    window.page.heading("Your blob")
    window.page.wait("main p", LETTER.decode())


def test_a_person_signs_in_by_redirect(
    cloud: LocalCloud, ana: User, window: Window, origin: str
) -> None:
    """A wrong password first; then ARM and Blob answer as her, and she leaves everywhere."""
    write_letter(cloud, ana)
    window.page.open(origin)
    window.page.heading("Welcome")
    window.page.press(BY_REDIRECT)
    answer(window, ana, "wrong")
    window.page.wait("[role=alert]", "invalid username or password")
    window.page.fill("input[name=password]", ana.password)
    window.page.press("Sign in")
    consent(window)
    window.page.heading("Hello ana")
    assert window.address() == f"{origin}/"
    see_everything(window, origin)
    kept = [each for each in window.cookies() if each["name"].startswith("entrada-")]
    assert [each["httpOnly"] for each in kept] == [True]
    assert window.script("return document.cookie") == ""
    assert window.script("return localStorage.length + sessionStorage.length") == 0
    window.page.open(origin)
    window.page.press("Sign out everywhere")
    window.page.heading("Welcome")
    window.page.press(BY_REDIRECT)
    window.page.heading("Sign in")


def test_a_person_signs_in_by_popup(
    cloud: LocalCloud, ana: User, window: Window, origin: str
) -> None:
    """The page behind hears of it; signing out here leaves the authority's session."""
    write_letter(cloud, ana)
    window.page.open(origin)
    window.page.press(BY_POPUP)
    window.popup()
    answer(window, ana)
    consent(window)
    window.popup_gone()
    window.page.heading("Hello ana")
    see_everything(window, origin)
    window.page.open(origin)
    window.page.press("Sign out")
    window.page.heading("Welcome")
    window.page.press(BY_POPUP)
    window.page.heading("Hello ana")
    window.popup_gone()


def test_a_popup_that_is_blocked_becomes_a_redirect(ana: User, window: Window, fast: str) -> None:
    """Nobody is left with a button that does nothing."""
    window.page.open(fast)
    window.script("window.open = () => null")
    window.page.press(BY_POPUP)
    answer(window, ana)
    consent(window)
    window.page.heading("Hello ana")
    assert window.windows() == [window.first]


def test_a_popup_without_a_tie_to_its_opener_is_heard(ana: User, window: Window, fast: str) -> None:
    """As when a page on the way has a Cross-Origin-Opener-Policy."""
    window.page.open(fast)
    window.page.press(BY_POPUP)
    window.popup()
    window.page.heading("Sign in")
    window.devtools("Page.addScriptToEvaluateOnNewDocument", source="window.opener = null")
    answer(window, ana)
    consent(window)
    window.popup_gone()
    window.page.heading("Hello ana")


def test_two_tabs_sign_in_side_by_side(ana: User, window: Window, fast: str) -> None:
    """Both begun before one is finished."""
    window.page.open(f"{fast}/auth/login?next=/%3Ftab%3Done")
    window.page.heading("Sign in")
    second = window.tab()
    window.page.open(f"{fast}/auth/login?next=/%3Ftab%3Dtwo")
    answer(window, ana)
    consent(window)
    window.page.heading("Hello ana")
    assert window.address() == f"{fast}/?tab=two"
    window.look_at(window.first)
    answer(window, ana)
    window.page.heading("Pick an account")  # the other tab has signed her in there meanwhile
    window.page.press(f"{ana.username.partition('@')[0]} ({ana.username})")
    window.page.heading("Hello ana")
    assert window.address() == f"{fast}/?tab=one"
    window.page.press("Sign out")
    window.page.heading("Welcome")
    window.look_at(second)
    window.page.wait(".entrada-notice", "You were signed out")


@pytest.mark.parametrize("way", [BY_REDIRECT, BY_POPUP])
def test_a_person_who_does_not_agree_is_not_signed_in(
    ana: User, window: Window, fast: str, way: str
) -> None:
    """The page says so and offers another try."""
    window.page.open(fast)
    window.page.press(way)
    if way == BY_POPUP:
        window.popup()
    answer(window, ana)
    consent(window, "Cancel")
    assert "You did not agree" in window.page.heading("You are not signed in")
    if way == BY_POPUP:
        window.page.press("Close")
        window.popup_gone()
        window.page.heading("Welcome")
    else:
        window.script("document.querySelector('a.entrada-button').click()")
        consent(window)
        window.page.heading("Hello ana")


def test_the_back_button_leads_nowhere_strange(ana: User, window: Window, fast: str) -> None:
    """Back to the authority's form and on again; back after leaving shows nothing of hers."""
    sign_in(window, fast, ana)
    window.back()
    window.until(lambda: "localhost" in window.address(), "a page")
    window.page.open(fast)
    window.page.heading("Hello ana")
    window.page.open(f"{fast}/subscriptions")
    window.page.heading("Your subscriptions")
    window.page.open(fast)
    window.page.press("Sign out")
    window.page.heading("Welcome")
    window.back()
    window.until(lambda: "Hello" not in window.page.text("body"), "nothing of hers")


def test_a_session_that_ends_says_so_before_and_after(
    cloud: LocalCloud, ana: User, window: Window, tmp_path: Path
) -> None:
    """The notice puts the end off when asked; else it says that the session is over."""
    with example(cloud, "short", tmp_path) as origin:
        window.page.open(origin)
        window.page.press(BY_REDIRECT)
        answer(window, ana)
        consent(window)
        window.page.heading("Hello ana")
        window.page.wait(".entrada-notice", "You will be signed out in about 1 minute.")
        window.page.press("Stay signed in")
        window.page.wait(".entrada-notice", "You were signed out.")
        window.page.press("Sign in again")
        window.page.heading("Hello ana")


def test_a_browser_keeps_cookies_that_no_other_host_can_set(
    cloud: LocalCloud, ana: User, window: Window, tmp_path: Path
) -> None:
    """Over https, where the answer may also come as a form."""
    with example(cloud, "form", tmp_path) as origin:
        window.page.open(f"{origin}/auth/login")
        answer(window, ana)
        consent(window)
        window.page.heading("Hello ana")
        kept = [each for each in window.cookies() if each["name"].startswith("__Host-entrada")]
        told = [(each["name"], each["secure"], each["httpOnly"], each["sameSite"]) for each in kept]
        assert ("__Host-entrada", True, True, "Lax") in told
        assert not [name for name, *_ in told if "-tab-" in name]
        window.page.press("Sign out")
        window.page.heading("Welcome")


def test_keys_alone_are_enough(ana: User, window: Window, fast: str) -> None:
    """To sign in, to agree and to leave."""
    window.page.open(fast)
    window.page.heading("Welcome")
    window.tab_to(BY_REDIRECT)
    window.keys(ENTER)
    window.page.heading("Sign in")
    window.script("document.querySelector('[name=username]').focus()")
    window.keys(*ana.username, TAB, *ana.password, ENTER)
    window.page.heading("Permissions requested")
    window.tab_to("Accept")
    window.keys(ENTER)
    window.page.heading("Hello ana")
    window.tab_to("Sign out")
    window.keys(" ")
    window.page.heading("Welcome")


class _Attack(BaseHTTPRequestHandler):
    """A page of another origin that talks to the site, and posts to it."""

    def do_GET(self) -> None:
        site = self.path.partition("?")[2]
        page = f"""<!doctype html><title>Attack</title><h1>Attack</h1>
        <form method="post" action="{site}/auth/logout"><button>Sign them out</button></form>
        <script>const victim = window.open("{site}/");
        setInterval(() => victim.postMessage("entrada:finished", "*"), 20);</script>"""
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.end_headers()
        self.wfile.write(page.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def attacker() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Attack)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_another_origins_messages_and_forms_do_nothing(
    ana: User, window: Window, fast: str, attacker: str
) -> None:
    """No reload at its word, and no sign-out by its form."""
    sign_in(window, fast, ana)
    window.page.open(f"{attacker}/?{fast}")
    window.popup()
    window.page.heading("Hello ana")
    window.script(
        "window.stays = true; window.heard = 0;addEventListener('message', () => window.heard++)"
    )
    window.until(lambda: window.script("return window.heard") > 5, "messages")
    assert window.script("return window.stays") is True
    window.look_at(window.first)
    window.page.press("Sign them out")
    window.page.heading("This was not sent from here")
    window.page.open(fast)
    window.page.heading("Hello ana")

"""A person signs in with a real browser: the pages of the local cloud, scripts and all."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.chromium import Chromium, chromium
from e2e.msal_client import msal_app
from e2e.opened import opened
from e2e.pages import modules_of, site
from e2e.people import PEOPLE, ana, check, made, no_wait, token_of
from e2e.scripts import prompted, run
from e2e.verify import SCOPE, verified
from e2e.ways import SignIn
from entrada.local.entra import consent, registrations
from entrada.local.provision import User
from entrada.testing import LocalCloud

__all__ = ["ana"]

pytestmark = PEOPLE

_SECONDS = 60
_MANAGEMENT = "https://management.azure.com"


@pytest.fixture
def window(require_tool: Callable[..., str], tmp_path: Path) -> Iterator[Chromium]:
    """Run a browser that nobody has used before."""
    hint = "apt-get install chromium chromium-driver"
    binary, driver = require_tool("chromium", hint), require_tool("chromedriver", hint)
    with chromium(binary, driver, tmp_path) as running:
        yield running


@pytest.fixture
def client(cloud: LocalCloud) -> str:
    """Return the id of a program that nobody has consented to."""
    return cloud.public_client("Work tool", consented=False)


def _sign_in(window: Chromium, user: User) -> None:
    """Do what a person does who mistypes the password."""
    assert "Work tool" in window.heading("Sign in")
    window.fill("input[name=username]", user.username)
    window.fill("input[name=password]", "wrong")
    window.press("Sign in")
    window.wait("[role=alert]", "invalid username or password")
    window.fill("input[name=password]", user.password)
    window.press("Sign in")


def _visit(window: Chromium, user: User, url: str, last: str) -> None:
    """Open an address, sign in, and wait for the words of the page that comes last."""
    window.open(url)
    _sign_in(window, user)
    assert "user_impersonation" in window.heading("Permissions requested")
    window.press("Accept")
    window.wait("body", last)


@contextmanager
def _opens(window: Chromium, user: User, last: str) -> Iterator[Callable[..., bool]]:
    """Yield what stands for ``webbrowser.open``: it has the person sign in meanwhile."""
    with ThreadPoolExecutor(1) as person:
        visits: list[Future[None]] = []

        def open_browser(url: str, *_: object, **__: object) -> bool:
            visits.append(person.submit(_visit, window, user, url, last))
            return True

        yield open_browser
        (visit,) = visits
        visit.result(timeout=_SECONDS)


@pytest.mark.parametrize("library", ["entrada", "entrada.aio"])
def test_chromium_signs_a_person_in(
    library: str, cloud: LocalCloud, ana: User, window: Chromium, client: str
) -> None:
    """Sign-in page, wrong password, right one, consent, and the page that says it is done."""
    with _opens(window, ana, "go back to the program") as open_browser:
        credential = made(
            cloud,
            library,
            "InteractiveBrowserCredential",
            client_id=client,
            tenant_id=cloud.tenant_id,
            open_browser=open_browser,
            mode="browser",
            timeout=_SECONDS,
        )
        check(cloud, token_of(credential), ana, client)


def test_chromium_signs_a_person_in_to_azure_identity(
    cloud: LocalCloud,
    ana: User,
    window: Chromium,
    client: str,
    surroundings: pytest.MonkeyPatch,
) -> None:
    """The code comes back in a form that the page's script posts."""
    with _opens(window, ana, "Authentication complete") as open_browser:
        surroundings.setattr(webbrowser, "open", open_browser)
        credential = made(
            cloud,
            "azure.identity",
            "InteractiveBrowserCredential",
            client_id=client,
            tenant_id=cloud.tenant_id,
            timeout=_SECONDS,
        )
        check(cloud, token_of(credential), ana, client)


def test_chromium_signs_a_person_in_to_msal(
    cloud: LocalCloud,
    ana: User,
    window: Chromium,
    client: str,
    surroundings: pytest.MonkeyPatch,
) -> None:
    """MSAL takes nothing but that form."""
    with _opens(window, ana, "Authentication complete") as open_browser:
        surroundings.setattr(webbrowser, "open", open_browser)
        got = msal_app(cloud, client).acquire_token_interactive([SCOPE], timeout=_SECONDS)
        check(cloud, got["access_token"], ana, client)


@pytest.mark.skipif(sys.platform != "linux", reason="xdg-open reads BROWSER on Linux only")
def test_chromium_signs_a_person_in_to_javascript(
    node: str,
    cloud: LocalCloud,
    ana: User,
    window: Chromium,
    client: str,
    surroundings: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """@azure/identity opens the browser itself; its code comes back in the address."""
    arguments = {"tenant_id": cloud.tenant_id, "client_id": client}
    prepared = SignIn("InteractiveBrowserCredential", arguments, {})

    def visit(url: str) -> None:
        _visit(window, ana, url, "You can close this window now")

    with opened(surroundings, tmp_path, visit) as visited:
        got = run(node, "token.mjs", cloud, prepared, scope=SCOPE)
    visited.result()
    check(cloud, got["token"], ana, client)


def test_chromium_signs_a_person_in_to_a_page(
    node: str, cloud: LocalCloud, ana: User, window: Chromium, client: str
) -> None:
    """Its script asks the token endpoint itself, from another origin; then once more, silently."""
    with site() as page:
        registrations.set_sign_in(cloud.cloud, client, redirect_uris={"spa": [f"{page.origin}/"]})
        settings = {
            "authorityHost": cloud.endpoints.login,
            "tenantId": cloud.tenant_id,
            "clientId": client,
            "scope": SCOPE,
        }
        modules = modules_of(node, "@azure/identity")
        page.show(modules, settings)
        _visit(window, ana, page.origin, "Welcome back")
        check(cloud, window.text("output"), ana, client)
        consent.grant_everything(cloud.cloud, client)
        asked = _authorizations(cloud)
        page.show(modules, {**settings, "scope": f"{_MANAGEMENT}/.default"})
        window.open(page.origin)
        window.wait("h1", "Welcome back")
        token = window.text("output")
    assert verified(cloud, token, _MANAGEMENT)["oid"] == ana.object_id
    assert 0 < asked == _authorizations(cloud)


def _authorizations(cloud: LocalCloud) -> int:
    return sum("/oauth2/v2.0/authorize" in line for line in list(cloud.cloud.requests))


def _enter(window: Chromium, user: User, uri: str, code: str) -> None:
    window.open(uri)
    window.fill("input[name=user_code]", code)
    window.press("Next")
    _sign_in(window, user)
    assert "user_impersonation" in window.heading("Are you trying to sign in to Work tool?")
    window.press("Continue")
    window.wait("body", "You have signed in to Work tool on your device.")


@pytest.mark.parametrize("library", ["azure.identity", "entrada", "entrada.aio"])
def test_chromium_signs_a_person_in_on_a_device(
    library: str, cloud: LocalCloud, ana: User, window: Chromium, client: str
) -> None:
    """The code that the program shows is entered on its page."""
    more = {"world": no_wait()} if library.startswith("entrada") else {}
    credential = made(
        cloud,
        library,
        "DeviceCodeCredential",
        client_id=client,
        tenant_id=cloud.tenant_id,
        prompt_callback=lambda uri, code, _end: _enter(window, ana, uri, code),
        **more,
    )
    check(cloud, token_of(credential), ana, client)


def test_chromium_signs_a_person_in_to_msal_on_a_device(
    cloud: LocalCloud, ana: User, window: Chromium, client: str
) -> None:
    """The library below azure-identity asks for the code itself."""
    app = msal_app(cloud, client)
    flow = app.initiate_device_flow([SCOPE])
    _enter(window, ana, flow["verification_uri"], flow["user_code"])
    check(cloud, app.acquire_token_by_device_flow(flow)["access_token"], ana, client)


def test_chromium_signs_a_person_in_to_javascript_on_a_device(
    node: str, cloud: LocalCloud, ana: User, window: Chromium, client: str
) -> None:
    """@azure/identity shows such a code, too."""
    arguments = {"tenant_id": cloud.tenant_id, "client_id": client}
    prepared = SignIn("DeviceCodeCredential", arguments, {})

    def enter(shown: Mapping[str, str]) -> None:
        _enter(window, ana, shown["verificationUri"], shown["userCode"])

    got = prompted(node, "token.mjs", cloud, prepared, enter, scope=SCOPE)
    check(cloud, got["token"], ana, client)

"""A person signs in with a real browser: the pages of the local cloud, scripts and all."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import entrada
from e2e.chromium import Chromium, chromium
from e2e.people import PEOPLE, ana, check
from e2e.verify import SCOPE
from entrada.local.provision import User
from entrada.testing import LocalCloud

__all__ = ["ana"]

pytestmark = PEOPLE


def _sign_in(window: Chromium, url: str, user: User) -> str:
    """Do what a person does who mistypes the password; return the last page's text."""
    window.open(url)
    assert "Work tool" in window.heading("Sign in")
    window.fill("input[name=username]", user.username)
    window.fill("input[name=password]", "wrong")
    window.press("Sign in")
    window.wait("[role=alert]", "invalid username or password")
    window.fill("input[name=password]", user.password)
    window.press("Sign in")
    assert "user_impersonation" in window.heading("Permissions requested")
    window.press("Accept")
    return window.heading("Signed in")


def test_chromium_signs_a_person_in(
    cloud: LocalCloud, ana: User, require_tool: Callable[..., str], tmp_path: Path
) -> None:
    """Sign-in page, wrong password, right one, consent, and the page that says it is done."""
    hint = "apt-get install chromium chromium-driver"
    binary, driver = require_tool("chromium", hint), require_tool("chromedriver", hint)
    client = cloud.public_client("Work tool", consented=False)
    with chromium(binary, driver, tmp_path) as window, ThreadPoolExecutor(1) as person:
        visits: list[Future[str]] = []

        def open_browser(url: str) -> bool:
            visits.append(person.submit(_sign_in, window, url, ana))
            return True

        with entrada.InteractiveBrowserCredential(
            client_id=client,
            tenant_id=cloud.tenant_id,
            authority=cloud.endpoints.login,
            open_browser=open_browser,
            mode="browser",
            timeout=60,
        ) as credential:
            check(cloud, credential.get_token(SCOPE).token, ana, client)
        assert "go back to the program" in visits[0].result(timeout=30)

"""How sign-in looks and reads: no rule of accessibility is broken, in any size and either light."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.chromium import chromium
from e2e.people import ana
from e2e.web_site import example
from e2e.web_window import Window
from entrada.local.provision import User
from entrada.testing import LocalCloud

__all__ = ["ana"]

pytestmark = [pytest.mark.e2e, pytest.mark.usefixtures("surroundings")]

SIZES = {"phone": (360, 740), "desktop": (1280, 800)}
SCHEMES = ("light", "dark")
_RUN = """
return axe.run(document, {resultTypes: ["violations"]}).then(
  (found) => [found.passes.length > 10, found.violations.map((each) =>
    `${each.id}: ${each.nodes.map((node) => node.html + " " + node.failureSummary).join("; ")}`)])
"""
_WIDER = "return document.documentElement.scrollWidth > innerWidth"


@pytest.fixture
def axe(require_tool: Callable[..., str], node_modules: Path) -> str:
    """Return the accessibility checker's script."""
    path = node_modules / "axe-core" / "axe.min.js"
    found = str(path) if path.is_file() else ""
    require_tool("axe-core", "run npm ci in tests/e2e/js", found=found)
    return path.read_text("utf-8")


@pytest.fixture
def window(require_tool: Callable[..., str], tmp_path: Path) -> Iterator[Window]:
    hint = "apt-get install chromium chromium-driver"
    binary, driver = require_tool("chromium", hint), require_tool("chromedriver", hint)
    with chromium(binary, driver, tmp_path) as running:
        yield Window(running)


class Judge:
    """Looks at a page in every size and light."""

    def __init__(self, window: Window, axe: str, folder: Path) -> None:
        self._window, self._axe, self._folder = window, axe, folder

    def look(self, name: str) -> None:
        window = self._window
        for scheme in SCHEMES:
            for size, (width, height) in SIZES.items():
                window.show_as(width, height, scheme)
                window.picture(self._folder / f"{name}-{scheme}-{size}.png")
                assert window.script(_WIDER) is False, f"{name} is wider than a {size}"
                # By the developer tools: the page's own policy lets no other script in.
                window.devtools("Runtime.evaluate", expression=self._axe)
                assert window.script(_RUN) == [True, []], f"{name}, {scheme}, {size}"


def test_no_page_is_hard_to_read(
    cloud: LocalCloud, ana: User, window: Window, axe: str, tmp_path: Path
) -> None:
    """Those of the example, of sign-in itself, its failures and its notice."""
    judge = Judge(window, axe, tmp_path)
    with example(cloud, "short", tmp_path) as origin:
        window.page.open(origin)
        window.page.heading("Welcome")
        judge.look("welcome")
        window.page.press("Sign in")
        window.page.heading("Sign in")
        window.page.press("Cancel")
        window.page.heading("You are not signed in")
        judge.look("cancelled")
        window.page.open(f"{origin}/auth/callback?state=x&code=y")
        window.page.heading("This sign-in cannot be finished")
        judge.look("late")
    with example(cloud, "fastapi", tmp_path) as origin:
        window.page.open(f"{origin}/auth/login?popup=1")
        window.page.fill("input[name=username]", ana.username)
        window.page.fill("input[name=password]", ana.password)
        window.page.press("Sign in")
        window.page.heading("Permissions requested")
        window.page.press("Accept")
        window.page.heading("You are signed in")
        judge.look("done")
        window.page.open(f"{origin}/auth/logout")
        window.page.heading("Sign out")
        judge.look("leaving")
        window.page.open(origin)
        window.page.heading("Hello ana")
        judge.look("hello")
        other = window.tab()
        window.page.open(origin)
        window.page.press("Sign out")
        window.page.heading("Welcome")
        window.look_at(window.first)
        window.page.wait(".entrada-notice", "You were signed out")
        judge.look("notice")
        window.look_at(other)

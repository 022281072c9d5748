"""Each framework translates alike: one story, told five times."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from web_apps import APPS, asked
from web_world import ORIGIN, Site, site

from entrada.web.asgi import SignInMiddleware

__all__ = ["site"]

_PAGE = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}
_SCRIPT = {"accept": "application/json", "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}


@dataclass
class Visitor:
    """A browser at an app."""

    site: Site
    send: Any
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, target: str, **more: Any) -> httpx.Response:
        headers = {**_PAGE, **more.pop("headers", {})}
        if self.cookies:
            headers["cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        answer: httpx.Response = self.send(method, target, headers=headers, **more)
        for value in answer.headers.get_list("set-cookie"):
            name, _, rest = value.partition("=")
            if "Max-Age=0" in rest:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = rest.partition(";")[0]
        return answer

    def go(self, target: str) -> httpx.Response:
        """Follow redirects, signing in where the authority asks."""
        answer = self.ask("GET", target)
        while answer.is_redirect:
            where = answer.headers["location"]
            if where.startswith(self.site.cloud.endpoints.login):
                where = self.site.provision.authorize(where, self.site.ana.username)
            answer = self.ask("GET", where.removeprefix(ORIGIN))
        return answer


@pytest.fixture(params=APPS)
def visitor(request: pytest.FixtureRequest, site: Site) -> Visitor:
    return Visitor(site, asked(request.param, APPS[request.param](site.gate.site)))


def _text(answer: httpx.Response) -> str:
    return answer.text.strip('"')


def test_a_guarded_page_is_shown_after_a_sign_in(visitor: Visitor) -> None:
    """Nobody, then Ana; what she sees no cache keeps."""
    assert _text(visitor.ask("GET", "/")) == "hello nobody"
    page = visitor.go("/mine")
    assert _text(page) == visitor.site.ana.username
    assert page.headers["cache-control"] == "no-store"
    assert _text(visitor.ask("GET", "/")) == f"hello {visitor.site.ana.username}"


def test_a_script_gets_a_status_instead(visitor: Visitor) -> None:
    """And the address to send its person to."""
    answer = visitor.ask("GET", "/mine", headers=_SCRIPT)
    assert (answer.status_code, answer.json()["error"]) == (401, "sign_in_required")


def test_a_role_that_nobody_has_is_refused(visitor: Visitor) -> None:
    """By a page, and to a script."""
    visitor.go("/mine")
    answer = visitor.ask("GET", "/admin")
    assert (answer.status_code, "You have no access" in answer.text) == (403, True)
    assert visitor.ask("GET", "/admin", headers=_SCRIPT).json() == {"error": "role_required"}


def test_an_app_calls_azure_for_its_person(visitor: Visitor) -> None:
    """By a credential of its own colour."""
    assert _text(visitor.go("/token")).startswith("eyJ")


def test_another_sites_form_changes_nothing(visitor: Visitor) -> None:
    """One of this site does."""
    visitor.go("/mine")
    foreign = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    assert visitor.ask("POST", "/change", headers=foreign).status_code == 403
    mine = {"sec-fetch-site": "same-origin", "origin": ORIGIN}
    assert _text(visitor.ask("POST", "/change", headers=mine)) == "changed"


def test_leaving_by_the_form_of_the_page(visitor: Visitor) -> None:
    """Without a script; the form is read, whatever the framework does with bodies."""
    visitor.go("/mine")
    page = visitor.ask("GET", "/auth/logout")
    found = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert found
    mine = {"sec-fetch-site": "same-origin", "origin": ORIGIN}
    answer = visitor.ask("POST", "/auth/logout", data={"csrf": found[1]}, headers=mine)
    assert answer.status_code == 303
    assert visitor.cookies == {}
    assert _text(visitor.ask("GET", "/")) == "hello nobody"


def test_a_form_that_is_too_large_is_none(visitor: Visitor) -> None:
    """And takes no more memory than one that is not."""
    visitor.go("/mine")
    mine = {"sec-fetch-site": "same-origin", "origin": ORIGIN}
    data = {"csrf": "x" * (2 << 20)}
    assert visitor.ask("POST", "/auth/logout", data=data, headers=mine).status_code == 403


@pytest.mark.parametrize(("origin", "allowed"), [(ORIGIN, True), ("https://evil.example", False)])
def test_a_web_socket_of_another_sites_page_is_closed(
    site: Site, origin: str, allowed: bool
) -> None:
    """It would come with the person's cookie."""
    visitor = Visitor(site, asked("starlette", APPS["starlette"](site.gate.site)))
    visitor.go("/mine")
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["entrada.session"].user.username)

    async def send(message: Any) -> None:
        seen.append(message["type"])

    async def receive() -> Any:
        return {"type": "websocket.connect"}

    cookie = "; ".join(f"{key}={value}" for key, value in visitor.cookies.items())
    headers = [(b"cookie", cookie.encode()), (b"origin", origin.encode())]
    scope = {"type": "websocket", "path": "/ws", "headers": headers}
    middleware = SignInMiddleware(app, site.gate.site)
    import asyncio

    asyncio.run(middleware(scope, receive, send))
    assert seen == ([site.ana.username] if allowed else ["websocket.close"])

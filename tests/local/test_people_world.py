"""The small world of the tests about people: a cloud with a user, and a browser without scripts."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin

import pytest
from test_entra_world import Clock, entra_key

from entrada._engine.effects import Request, Response
from entrada.local import tokens
from entrada.local.cloud import Cloud
from entrada.local.provision import Provision, User

ARM = "https://management.azure.com"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
AZURE_POWERSHELL = "1950a258-227b-4e31-a9cf-717495945fc2"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:-1]
PASSWORD = "correct horse <battery>"
LOOPBACK = "http://localhost:8400"
SCOPE = f"{ARM}/.default openid profile offline_access"


@dataclass
class Form:
    """One form of a page: where it goes, its fields with values, and its buttons by label."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class Page(HTMLParser):
    """What a person sees of a page without scripts."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.status = response.status
        self.headers = response.headers
        self.html = response.body.decode()
        self.title = self.alert = self.text = ""
        self.form: Form | None = None
        self._in = ""
        self._button: tuple[str, str] | None = None
        self.feed(self.html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._in = "alert" if found.get("role") == "alert" else tag
        if tag == "form":
            self.form = Form(found["action"])
        elif tag == "input" and self.form:
            self.form.fields[found["name"]] = found.get("value", "")
        elif tag == "button":
            self._button = (found.get("name", ""), found.get("value", ""))

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in == "h1":
            self.title += data
        elif self._in == "alert":
            self.alert += data
        elif self._in == "button" and self._button and self.form:
            self.form.buttons[data] = self._button
            self._button = None

    def handle_endtag(self, tag: str) -> None:
        self._in = ""


@dataclass
class Browser:
    """Keeps one cookie, as there is only one, and posts forms."""

    cloud: Cloud
    cookie: str = ""

    def get(self, path: str) -> Response:
        return self._send("GET", urljoin(self.cloud.endpoints.login, path))

    def open(self, path: str) -> Page:
        return Page(self.get(path))

    def post(self, page: Page, button: str, **values: str) -> Response:
        """Fill a page's form and press the button of that label."""
        assert page.form is not None, page.html
        name, value = page.form.buttons[button]
        pressed = {name: value} if name else {}
        sent = {**page.form.fields, **values, **pressed}
        url = urljoin(self.cloud.endpoints.login, page.form.action)
        return self._send("POST", url, urlencode(sent).encode())

    def press(self, page: Page, button: str, **values: str) -> Page:
        return Page(self.post(page, button, **values))

    def _send(self, method: str, url: str, body: bytes = b"") -> Response:
        headers = {"cookie": f"theme=dark; {self.cookie}"} if self.cookie else {}
        response = self.cloud.handle(Request(method, url, headers, body))
        if "set-cookie" in response.headers:
            self.cookie = response.headers["set-cookie"].partition(";")[0]
        return response


class People:
    """A cloud with the user ana, and short ways to ask for tokens."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.cloud = Cloud(clock=self.clock)
        self.cloud.state.put("setting", "signingKey", entra_key())
        self.provision = Provision(self.cloud)
        self.tenant = self.provision.tenant_id
        self.ana: User = self.provision.user("ana", password=PASSWORD)

    def browser(self) -> Browser:
        return Browser(self.cloud)

    def authorize_path(self, tenant: str = "", **changes: str) -> str:
        """Return the path of a good authorization request; an empty value leaves one out."""
        good = {
            "client_id": AZURE_CLI,
            "response_type": "code",
            "redirect_uri": LOOPBACK,
            "scope": SCOPE,
            "state": "s+1 &",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        query = urlencode({name: value for name, value in good.items() if value})
        return f"/{tenant or self.tenant}/oauth2/v2.0/authorize?{query}"

    def sign_in(self, browser: Browser, path: str, user: User | None = None) -> Response:
        """Open a page and give user name and password."""
        who = user or self.ana
        page = browser.open(path)
        assert page.title == "Sign in", page.text
        return browser.post(page, "Sign in", username=who.username, password=who.password)

    def code(self, browser: Browser | None = None, **changes: str) -> str:
        response = self.sign_in(browser or self.browser(), self.authorize_path(**changes))
        return landed(response)["code"]

    def token(self, form: dict[str, str], tenant: str = "", **headers: str) -> Response:
        url = f"{self.cloud.endpoints.login}/{tenant or self.tenant}/oauth2/v2.0/token"
        body = urlencode({name: value for name, value in form.items() if value}).encode()
        return self.cloud.handle(Request("POST", url, headers, body))

    def redeem(self, code: str, tenant: str = "", **changes: str) -> Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": AZURE_CLI,
            "code": code,
            "redirect_uri": LOOPBACK,
            "code_verifier": VERIFIER,
            "client_info": "1",
            **changes,
        }
        return self.token(form, tenant)

    def password_grant(self, user: User | None = None, /, **changes: str) -> Response:
        who = user or self.ana
        form = {
            "grant_type": "password",
            "client_id": AZURE_CLI,
            "username": who.username,
            "password": who.password,
            "scope": SCOPE,
            "client_info": "1",
            **changes,
        }
        return self.token(form)

    def refresh(self, token: str, **changes: str) -> Response:
        form = {
            "grant_type": "refresh_token",
            "client_id": AZURE_CLI,
            "refresh_token": token,
            "scope": SCOPE,
            **changes,
        }
        return self.token(form)

    def claims(self, response: Response, audience: str = ARM) -> dict[str, Any]:
        return tokens.verify(self.cloud, answered(response)["access_token"], [audience])


@pytest.fixture
def people() -> Iterator[People]:
    made = People()
    yield made
    made.cloud.state.close()


def answered(response: Response) -> dict[str, Any]:
    """Return a successful JSON answer."""
    assert response.status == 200, response.body
    parsed: dict[str, Any] = json.loads(response.body)
    return parsed


def refused(response: Response) -> tuple[int, str, int]:
    """Return status, error and AADSTS code of a refusal in Entra's shape."""
    body = json.loads(response.body)
    assert body["error_description"].startswith(f"AADSTS{body['error_codes'][0]}: ")
    assert "{" not in body["error_description"]
    return response.status, body["error"], body["error_codes"][0]


def landed(response: Response, mark: str = "?", uri: str = LOOPBACK) -> dict[str, str]:
    """Return the parameters of a redirect to the application."""
    assert response.status == 302, response.body
    place, _, parameters = response.headers["location"].partition(mark)
    assert place == uri
    return dict(parse_qsl(parameters, strict_parsing=True))


def unread(token: str) -> dict[str, Any]:
    """Return the claims of a token without a look at its signature."""
    return tokens.unverified(token)

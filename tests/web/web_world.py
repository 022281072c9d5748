"""The small world of the tests about web sign-in: a cloud in memory, a site, people's browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from entrada._drivers.sync import SyncDriver
from entrada._engine.effects import Flow, Request, Response
from entrada.local.cloud import Cloud
from entrada.local.provision import Provision, ServicePrincipal, User
from entrada.testing import FakeClock, World
from entrada.web import SignIn
from entrada.web.gate import Entry, Gate
from entrada.web.guard import Visit, enter
from entrada.web.http import Incoming, Outgoing
from entrada.web.session import Session

ORIGIN = "https://app.example"
CALLBACK = f"{ORIGIN}/auth/callback"
ARM = "https://management.azure.com/user_impersonation"
STORAGE = "https://storage.azure.com/user_impersonation"
COOKIE = "__Host-entrada"
NAVIGATION = {"sec-fetch-mode": "navigate", "accept": "text/html"}
SCRIPT = {"sec-fetch-mode": "cors", "sec-fetch-site": "same-origin", "accept": "application/json"}


class Site:
    """One web app and the cloud that its people sign in at."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.cloud = Cloud(clock=self.clock.now)
        self.provision = Provision(self.cloud)
        self.ana: User = self.provision.user("ana", password="p")
        self.client: ServicePrincipal = self.provision.web_client("site", CALLBACK)
        self.sent: list[Request] = []
        self.world = World.fake(clock=self.clock)
        self.driver = SyncDriver(self.world)
        self.gate = Gate(self.sign_in())

    def handle(self, request: Request) -> Response:
        """Answer as the cloud does, and keep what was asked."""
        self.sent.append(request)
        return self.cloud.handle(request)

    def settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "tenant_id": self.provision.tenant_id,
            "client_id": self.client.client_id,
            "client_secret": self.client.client_secret,
            "redirect_uri": CALLBACK,
            "authority": self.cloud.endpoints.login,
            "transport": self.handle,
            "world": self.world,
            **changes,
        }

    def sign_in(self, **changes: Any) -> SignIn:
        return SignIn(**self.settings(**changes))

    def again(self, **changes: Any) -> None:
        """Set the site up with other settings."""
        self.gate = Gate(self.sign_in(**changes))

    def run(self, flow: Flow[Any]) -> Any:
        return self.driver.run(flow)

    def browser(self, user: User | None = None) -> Browser:
        return Browser(self, user or self.ana)


@dataclass
class Browser:
    """Keeps a site's cookies and goes where a person would."""

    site: Site
    user: User
    cookies: dict[str, str] = field(default_factory=dict)
    last: Incoming | None = None

    def send(
        self, method: str, target: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[Entry, Outgoing | None]:
        """Send a request with the cookies of this browser; take those of the answer."""
        url = urlsplit(target)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookies and "cookie" not in named:
            named["cookie"] = "; ".join(f"{key}={value}" for key, value in self.cookies.items())
        self.last = Incoming(method, url.path, url.query, named, body)
        entry: Entry = self.site.run(self.site.gate.enter(self.last))
        enter(Visit(entry.session, self.site.clock.now()))
        return entry, self.keep(entry.answer)

    def keep(self, answer: Outgoing | None) -> Outgoing | None:
        for name, value in answer.headers if answer else ():
            if name == "set-cookie":
                pair, _, rest = value.partition(";")
                key, _, secret = pair.partition("=")
                if "Max-Age=0" in rest:
                    self.cookies.pop(key, None)
                else:
                    self.cookies[key] = secret
        return answer

    def get(self, target: str, **headers: str) -> Outgoing:
        named = {**_under(NAVIGATION), **headers}
        answer = self.send("GET", target, b"", named)[1]
        assert answer is not None, "the app itself would answer"
        return answer

    def post(
        self, target: str, fields: dict[str, str] | None = None, /, **headers: str
    ) -> Outgoing:
        named = {
            "content_type": "application/x-www-form-urlencoded",
            "origin": ORIGIN,
            **_under(NAVIGATION),
            **headers,
        }
        named = {name: value for name, value in named.items() if value}
        answer = self.send("POST", target, urlencode(fields or {}).encode(), named)[1]
        assert answer is not None, "the app itself would answer"
        return answer

    def session(self, **headers: str) -> Session | None:
        """Return whose request one to the app itself would be."""
        entry, answer = self.send("GET", "/", b"", headers)
        assert answer is None
        return entry.session

    def signed_in(self) -> Session:
        found = self.session()
        assert found is not None
        return found

    def begin(self, query: str = "") -> str:
        """Begin a sign-in; return the authority's address."""
        answer = self.get(f"/auth/login{query}")
        assert answer.status == 303
        return header(answer, "location")

    def callback(self, address: str, user: User | None = None) -> str:
        """Sign in at the authority; return the path to come back to."""
        where = self.site.provision.authorize(address, (user or self.user).username)
        return where.removeprefix(ORIGIN)

    def sign_in(self, query: str = "", user: User | None = None) -> Outgoing:
        """Go all the way."""
        return self.get(self.callback(self.begin(query), user))

    def demanded(self, error: Any) -> Outgoing:
        """Have the gate answer what the app raised."""
        assert self.last is not None
        answer: Outgoing = self.site.run(self.site.gate.refuse(self.last, error, self.session_of()))
        self.keep(answer)
        return answer

    def session_of(self) -> Session | None:
        secret = self.cookies.get(COOKIE, "")
        found: Session | None = self.site.run(self.site.gate.site.sessions.find(secret))
        return found


def _under(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("-", "_"): value for name, value in headers.items()}


def header(answer: Outgoing, name: str) -> str:
    found = [value for key, value in answer.headers if key == name]
    assert len(found) == 1, answer.headers
    return found[0]


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))


def heading(answer: Outgoing) -> str:
    found = re.search(r"<h1>(.*?)</h1>", answer.body.decode())
    return found[1] if found else ""


def with_query(path: str, **changes: str) -> str:
    """Return an address with some arguments changed; an empty value leaves one out."""
    fields = {**query_of(path), **changes}
    kept = {name: value for name, value in fields.items() if value}
    return f"{urlsplit(path).path}?{urlencode(kept)}"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.driver.close()
    made.cloud.state.close()


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()

"""A person at a browser, and the authority that signs them in, for tests of the browser's way.

A function stands for the browser: it answers the address that it is asked to open.
"""

from __future__ import annotations

import base64
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from entrada import InteractiveBrowserCredential
from entrada.testing import FakeClock, Request, Response, World, token_response

SCOPE = "https://storage.azure.com/.default"
CLIENT = "11111111-1111-4111-8111-111111111111"
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _encoded(claims: Mapping[str, str]) -> str:
    segment = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{segment}.unsigned"


class Person:
    """Plays browser and authority: opens the address, lands on the redirect, issues the token."""

    def __init__(self, **answer: str) -> None:
        self.answer = answer or {"code": "canary-code"}
        self.asked: dict[str, str] = {}
        self.redeemed: dict[str, str] = {}
        self.pages: list[tuple[int, str]] = []
        self.id_token: dict[str, str] = {}
        self.threads: list[threading.Thread] = []

    def open(self, url: str) -> bool:
        """Take the address, and send the answer while the program listens."""
        assert url.startswith(
            "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/authorize?"
        )
        self.asked = dict(parse_qsl(urlsplit(url).query))
        self.threads.append(threading.Thread(target=self.visit))
        self.threads[-1].start()
        return True

    def visit(self) -> None:
        """Land on the redirect."""
        self.post({"state": self.asked["state"], **self.answer})

    def post(self, fields: Mapping[str, str]) -> None:
        """Send a form to the redirect URI and keep the page."""
        address = self.asked["redirect_uri"]
        try:
            with _DIRECT.open(address, urlencode(fields).encode(), timeout=10) as page:
                self.pages.append((page.status, page.read().decode()))
        except urllib.error.HTTPError as refused:
            with refused:
                self.pages.append((refused.code, refused.read().decode()))

    def issue(self, request: Request) -> Response:
        """Answer the token request."""
        self.redeemed = dict(parse_qsl(request.body.decode()))
        person = {
            "aud": CLIENT,
            "tid": "t1",
            "nonce": self.asked["nonce"],
            "preferred_username": "ana@contoso.com",
            **self.id_token,
        }
        return token_response("canary-token", id_token=_encoded(person))

    def credential(self, **changes: Any) -> InteractiveBrowserCredential:
        """Make a credential that this person answers."""
        options: dict[str, Any] = {
            "tenant_id": "contoso.com",
            "client_id": CLIENT,
            "mode": "browser",
            "open_browser": self.open,
            "transport": self.issue,
            "world": World.fake({"DISPLAY": ":0"}, clock=FakeClock()),
            "timeout": 20,
        }
        return InteractiveBrowserCredential(**{**options, **changes})

    def leave(self) -> None:
        """Wait until everything sent has been answered."""
        for thread in self.threads:
            thread.join(10)


@pytest.fixture
def person() -> Iterator[Person]:
    """Return somebody who signs in."""
    made = Person()
    yield made
    made.leave()

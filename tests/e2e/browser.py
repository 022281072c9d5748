"""A small browser without scripts: keeps cookies, follows redirects, fills forms in.

It stands for a person who reads the titles of the pages and knows which button to press.
"""

from __future__ import annotations

import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from threading import Thread
from urllib.parse import urlencode, urljoin

from entrada.local.provision import User
from entrada.testing import LocalCloud

_LONGEST_WAY = 10


@dataclass
class Form:
    """One form of a page: where it goes, its fields, and its buttons by label."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class Page(HTMLParser):
    """What a person sees of a page; ``title`` is its heading."""

    def __init__(self, url: str, status: int, html: str) -> None:
        super().__init__()
        self.url, self.status, self.html = url, status, html
        self.title = self.alert = ""
        self.form: Form | None = None
        self._reads = ""
        self._button = ("", "")
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of forms, and of what is read next."""
        found = {name: value or "" for name, value in attrs}
        self._reads = "alert" if found.get("role") == "alert" else tag
        if tag == "form":
            self.form = Form(found["action"])
        elif tag == "input" and self.form is not None:
            self.form.fields[found["name"]] = found.get("value", "")
        elif tag == "button":
            self._button = (found.get("name", ""), found.get("value", ""))

    def handle_data(self, data: str) -> None:
        """Read headings, alerts and the labels of buttons."""
        if self._reads == "h1":
            self.title += data
        elif self._reads == "alert":
            self.alert += data
        elif self._reads == "button" and self.form is not None:
            self.form.buttons[data] = self._button

    def handle_endtag(self, tag: str) -> None:
        """Stop reading."""
        self._reads = ""


class Browser:
    """Opens pages and presses buttons for one person."""

    def __init__(self, cloud: LocalCloud, user: User, **pressed: str) -> None:
        """``pressed`` are the buttons on pages of consent and second factor, if not to agree."""
        self._user = user
        self._pressed = {"Permissions_requested": "Accept", "Approve_the_sign_in": "Approve"}
        self._pressed |= pressed
        trust = ssl.create_default_context(cafile=str(cloud.ca_file))
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=trust),
            urllib.request.HTTPCookieProcessor(CookieJar()),
        )
        self._threads: list[Thread] = []
        self.passwords = [user.password]
        self.device_code = ""
        self.seen: list[str] = []
        """The headings of the pages, each with its alert."""

    def open(self, url: str, *_: object, **__: object) -> bool:
        """Open an address and go all the way in the background, as ``webbrowser.open`` does."""
        thread = Thread(target=self.go, args=(url,))
        self._threads.append(thread)
        thread.start()
        return True

    def close(self) -> None:
        """Wait for the last page."""
        for thread in self._threads:
            thread.join(20)

    def go(self, url: str) -> Page:
        """Open an address, answer what the pages ask, and return the last one."""
        page = self._sent(url)
        for _ in range(_LONGEST_WAY):
            if page.form is None:
                break
            page = self._answered(page, page.form)
        return page

    def _answered(self, page: Page, form: Form) -> Page:
        values: dict[str, str] = {}
        if page.title == "Sign in":
            password = self.passwords.pop(0)
            values = {"username": self._user.username, "password": password}
            label = "Sign in"
        elif "user_code" in form.fields:
            values, label = {"user_code": self.device_code}, next(iter(form.buttons))
        else:  # without scripts, what would be posted by itself has a button
            label = self._pressed.get(page.title.replace(" ", "_"), "")
            label = label or next(iter(form.buttons))
        name, value = form.buttons[label]
        pressed = {name: value} if name else {}
        body = urlencode({**form.fields, **values, **pressed}).encode()
        return self._sent(urljoin(page.url, form.action), body)

    def _sent(self, url: str, body: bytes | None = None) -> Page:
        try:
            with self._opener.open(url, body, timeout=20) as answer:
                page = Page(answer.url, answer.status, answer.read().decode())
        except urllib.error.HTTPError as refused:
            with refused:
                page = Page(url, refused.code, refused.read().decode())
        self.seen.append(f"{page.title}: {page.alert}" if page.alert else page.title)
        return page

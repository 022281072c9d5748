"""The loopback listener that a browser is redirected to after a sign-in: RFC 8252 section 7.3."""

from __future__ import annotations

import html
import select
import sys
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

_LARGEST_FORM = 1 << 20
_PATIENCE = 5.0
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>
<style>:root{{color-scheme:light dark;font:1rem/1.6 system-ui,sans-serif}}
body{{display:grid;place-content:center;min-height:90vh;margin:1rem;text-align:center}}</style>
<main><h1>{title}</h1><p>{text}</p></main></html>"""

Fields = Mapping[str, str]


class Loopback:
    """Listens on a loopback port until the right redirect arrives."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._server = _Server((host, port), _Handler)
        self._server.timeout = 0.05

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._server.server_address[1])

    def wait(
        self,
        is_answer: Callable[[Fields], bool],
        timeout: float,
        typed: Callable[[], Fields | None] | None = None,
    ) -> Fields | None:
        """Return the fields of the redirect that ``is_answer`` takes; ``None`` after ``timeout`` s.

        Whatever else asks (a favicon, a scanner, another sign-in's redirect) gets an error page.
        ``typed`` returns the fields of an address that somebody has typed meanwhile, or ``None``.
        """
        self._server.is_answer = is_answer
        end = time.monotonic() + timeout
        while self._server.answer is None and time.monotonic() < end:
            self._server.handle_request()
            fields = typed() if typed is not None else None
            if fields is not None:
                return fields
        return self._server.answer

    def close(self) -> None:
        """Stop listening."""
        self._server.server_close()


def pasted_line() -> str:
    """Return a line that waits on standard input, or ``""``; never blocks for its beginning."""
    try:
        ready, _, _ = select.select([sys.stdin], [], [], 0)
    except (OSError, ValueError):  # Windows, or no standard input: only the redirect can answer
        return ""
    return sys.stdin.readline() if ready else ""


def _is_nothing(_fields: Fields) -> bool:
    return False


# Not HTTPServer: that one looks its own name up. Threads, since browsers open connections ahead
# of need, and one that stays silent must not keep the answer waiting.
class _Server(ThreadingTCPServer):
    daemon_threads, block_on_close = True, False
    allow_reuse_address = sys.platform != "win32"  # there it would let others take the port
    answer: Fields | None = None
    is_answer: Callable[[Fields], bool] = staticmethod(_is_nothing)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore a visitor that breaks off: the person may still come."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server  # pyright: ignore[reportIncompatibleVariableOverride] - set by that server alone
    timeout = _PATIENCE
    server_version, sys_version = "entrada", ""

    def do_GET(self) -> None:
        """Take a redirect with the answer in its query."""
        self._take(urlsplit(self.path).query)

    def do_POST(self) -> None:
        """Take a redirect with the answer in a form (response_mode=form_post)."""
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > _LARGEST_FORM:
            self._say(413, "This is no sign-in", "Its answer is too large or has no length.")
            return
        self._take(self.rfile.read(int(length)).decode("utf-8", "replace"))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Log nothing: the request line may hold the code."""

    def _take(self, form: str) -> None:
        fields = dict(parse_qsl(form, keep_blank_values=True))
        if not self.server.is_answer(fields):
            self._say(400, "This is no answer to a sign-in", "It does not belong to one here.")
            return
        title, text = "Signed in", "You can close this window and go back to the program."
        if "error" in fields:
            title, text = "Not signed in", fields.get("error_description") or fields["error"]
        try:
            self._say(200, title, text)
        finally:
            self.server.answer = fields  # last: the program may end as soon as it has it

    def _say(self, status: int, title: str, text: str) -> None:
        page = _PAGE.format(title=html.escape(title), text=html.escape(text)).encode()
        self.send_response(status)
        for name, value in (
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Cache-Control", "no-store"),
            ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
            ("Referrer-Policy", "no-referrer"),
            ("Connection", "close"),
        ):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page)

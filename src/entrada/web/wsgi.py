"""Sign-in for WSGI apps. Flask and Django have a module of their own beside this one.

    application = SignInMiddleware(application, SignIn(...))

This file translates and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from entrada._drivers.sync import SyncDriver
from entrada.web.errors import AccessDeniedError, SignInRequiredError
from entrada.web.gate import Entry, Gate
from entrada.web.guard import Visit, enter
from entrada.web.http import LARGEST_FORM, Incoming, Outgoing

if TYPE_CHECKING:
    from entrada.web.session import Session
    from entrada.web.sign_in import SignIn

SESSION = "entrada.session"
"""Where an app finds the session in its WSGI environment, beside ``current_session()``."""

StartResponse = Callable[..., Any]
App = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


class Threads:
    """One site's gate, run on the calling thread. What every WSGI adapter is made of."""

    def __init__(self, site: SignIn) -> None:
        self.gate = Gate(site)
        self._driver = SyncDriver(site.world)

    def entered(self, incoming: Incoming, body: Callable[[], bytes]) -> Entry:
        """Let a request in, and note for the guards whose it is; read its body only if need be."""
        if self.gate.reads(incoming):
            incoming = replace(incoming, body=body())
        entry = self._driver.run(self.gate.enter(incoming))
        enter(Visit(entry.session, self.gate.site.world.now()))
        return entry

    def refused(
        self,
        incoming: Incoming,
        error: AccessDeniedError | SignInRequiredError,
        session: Session | None,
    ) -> Outgoing:
        """Answer what a guard or a credential has raised."""
        return self._driver.run(self.gate.refuse(incoming, error, session))

    def close(self) -> None:
        """Close connections; the middleware stays usable."""
        self._driver.close()
        self.gate.site.close()


class SignInMiddleware:
    """Signs people in to the app behind it."""

    def __init__(self, app: App, site: SignIn) -> None:
        self._app = app
        self._threads = Threads(site)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or have the app answer."""
        incoming = incoming_of(environ)
        entry = self._threads.entered(incoming, lambda: body_of(environ))
        environ[SESSION] = entry.session
        if entry.answer is not None:
            return started(entry.answer, start_response)
        try:
            return self._app(environ, privately(start_response, entry.session))
        except (SignInRequiredError, AccessDeniedError) as error:
            return started(self._threads.refused(incoming, error, entry.session), start_response)

    def close(self) -> None:
        """Close connections; the middleware stays usable."""
        self._threads.close()


def incoming_of(environ: Mapping[str, Any]) -> Incoming:
    """Read a request from its WSGI environment (PEP 3333), without its body."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = str(environ.get("CONTENT_TYPE", ""))
    path = f"{environ.get('SCRIPT_NAME', '')}{environ.get('PATH_INFO', '')}"
    return Incoming(
        str(environ["REQUEST_METHOD"]),
        quote(path.encode("latin-1"), safe="/!$&'()*+,;=:@~"),
        str(environ.get("QUERY_STRING", "")),
        headers,
    )


def started(answer: Outgoing, start_response: StartResponse) -> Iterable[bytes]:
    """Send an answer."""
    start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", headers_of(answer))
    return [answer.body]


def headers_of(answer: Outgoing) -> list[tuple[str, str]]:
    """Return an answer's headers, its length included."""
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return list(answer.headers)
    return [*answer.headers, ("content-length", str(len(answer.body)))]


def privately(start_response: StartResponse, session: Session | None) -> StartResponse:
    """Have no cache, and no back button, show what was for somebody who was signed in."""
    if session is None:
        return start_response

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        names = {name.lower() for name, _ in headers}
        more = [] if "cache-control" in names else [("cache-control", "no-store")]
        return start_response(status, [*headers, *more], *rest)

    return start


def body_of(environ: Mapping[str, Any]) -> bytes:
    """Read a form; one that is too large is none."""
    length = str(environ.get("CONTENT_LENGTH") or "0")
    if not length.isdigit() or int(length) > LARGEST_FORM:
        return b""
    return bytes(environ["wsgi.input"].read(int(length)))

"""Sign-in for ASGI apps: FastAPI, Starlette, Litestar, Quart, or none of them.

    app.add_middleware(SignInMiddleware, site=SignIn(...))

It answers below the redirect URI's folder and passes everything else on, with its session. This
file translates and decides nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from entrada._drivers.aio import AsyncDriver
from entrada.web.errors import AccessDeniedError, SignInRequiredError
from entrada.web.gate import Gate
from entrada.web.guard import Visit, enter
from entrada.web.http import LARGEST_FORM, Incoming, Outgoing

if TYPE_CHECKING:
    from entrada.web.session import Session
    from entrada.web.sign_in import SignIn

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Receive, Send], Awaitable[None]]

SESSION = "entrada.session"
"""Where an app finds the session in its ASGI scope, beside ``current_session()``."""


class SignInMiddleware:
    """Signs people in to the app behind it."""

    def __init__(self, app: App, site: SignIn) -> None:
        self._app = app
        self._gate = Gate(site)
        self._driver = AsyncDriver(site.world)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Answer, or have the app answer."""
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                await self._driver.close()
                await self._gate.site.async_face.close()
                self._gate.site.close()
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(scope, receive, send)

    async def _request(self, scope: Any, receive: Receive, send: Send) -> None:
        incoming = _incoming(scope, "GET")
        if self._gate.reads(incoming):
            incoming = _incoming(scope, "GET", await _body(receive))
        entry = await self._driver.run(self._gate.enter(incoming))
        if entry.answer is not None:
            await _answer(entry.answer, send)
            return
        visit = Visit(entry.session, self._gate.site.world.now())
        scope[SESSION] = entry.session
        enter(visit)
        outlet = _Outlet(send, entry.session)
        try:
            await self._app(scope, receive, outlet)
        except (SignInRequiredError, AccessDeniedError) as error:
            if outlet.started:
                raise
            refused = self._gate.refuse(incoming, error, entry.session)
            await _answer(await self._driver.run(refused), send)
        except BaseException:
            await outlet.flush()
            raise
        else:
            await outlet.flush()

    async def _socket(self, scope: Any, receive: Receive, send: Send) -> None:
        """Let a web socket in with its session; not one that another site's page opened."""
        incoming = _incoming(scope, "POST")
        entry = await self._driver.run(self._gate.enter(incoming))
        if entry.answer is not None:
            await send({"type": "websocket.close", "code": 1008})
            return
        scope[SESSION] = entry.session
        enter(Visit(entry.session, self._gate.site.world.now()))
        try:
            await self._app(scope, receive, send)
        except (SignInRequiredError, AccessDeniedError):
            await send({"type": "websocket.close", "code": 1008})


def _incoming(scope: Any, method: str, body: bytes = b"") -> Incoming:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        # HTTP/2 may split the Cookie header (RFC 9113, section 8.2.3).
        headers[key] = f"{headers[key]}; {text}" if key == "cookie" and key in headers else text
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    return Incoming(
        scope.get("method", method),
        path.decode("latin-1").partition("?")[0],
        scope.get("query_string", b"").decode("latin-1"),
        headers,
        body,
    )


async def _body(receive: Receive) -> bytes:
    """Read the form of one of the sign-in's own addresses; one that is too large is none."""
    parts: list[bytes] = []
    length, more = 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        length += len(part)
        if length <= LARGEST_FORM:
            parts.append(part)
        more = message["type"] == "http.request" and message.get("more_body", False)
    return b"".join(parts) if length <= LARGEST_FORM else b""


async def _answer(answer: Outgoing, send: Send) -> None:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers]
    length = (b"content-length", str(len(answer.body)).encode())
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [*headers, length] if answer.status != 304 else headers,
        }
    )
    await send({"type": "http.response.body", "body": answer.body})


class _Outlet:
    """Passes an app's messages on; the page of a server error waits until the app has ended.

    Starlette shows such a page for every exception that its middleware does not see, then raises
    it again: only then is it known whether the exception was ours.
    """

    def __init__(self, send: Send, session: Session | None) -> None:
        self._send = send
        self._session = session
        self._held: list[Message] = []
        self.started = False

    async def __call__(self, message: Message) -> None:
        """Take a message of the app's."""
        if message["type"] == "http.response.start":
            _keep_private(message, self._session)
            if message["status"] == HTTPStatus.INTERNAL_SERVER_ERROR:
                self._held.append(message)
                return
        if self._held:
            self._held.append(message)
            return
        self.started = True
        await self._send(message)

    async def flush(self) -> None:
        """Send what has waited."""
        for message in self._held:
            await self._send(message)


def _keep_private(message: Message, session: Session | None) -> None:
    """Have no cache, and no back button, show what was for somebody who was signed in."""
    headers = list(message.get("headers", ()))
    names = {bytes(name).lower() for name, _ in headers}
    if session is not None and b"cache-control" not in names:
        message["headers"] = [*headers, (b"cache-control", b"no-store")]

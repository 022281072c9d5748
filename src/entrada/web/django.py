"""Sign-in for Django: one line of MIDDLEWARE and one setting.

    MIDDLEWARE = ["entrada.web.django.SignInMiddleware", ...]
    ENTRADA_SIGN_IN = SignIn(...)

Views ask ``require_user()``, ``current_session()`` or ``request.entrada_session``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from entrada.web.errors import AccessDeniedError, SignInRequiredError
from entrada.web.http import Incoming, Outgoing
from entrada.web.wsgi import Threads, incoming_of

SETTING = "ENTRADA_SIGN_IN"
_SESSION = "entrada_session"


class SignInMiddleware:
    """Signs people in to a Django project."""

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._threads = Threads(getattr(settings, SETTING))

    def __call__(self, request: HttpRequest) -> Any:
        """Answer, or have the view answer."""
        entry = self._threads.entered(_incoming(request), lambda: bytes(request.body))
        if entry.answer is not None:
            return _response(entry.answer)
        vars(request)[_SESSION] = entry.session
        response = self._get_response(request)
        if entry.session is not None:
            response.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer what a guard or a credential has raised in a view."""
        if not isinstance(error, SignInRequiredError | AccessDeniedError):
            return None
        session = vars(request).get(_SESSION)
        return _response(self._threads.refused(_incoming(request), error, session))


def _incoming(request: HttpRequest) -> Incoming:
    # Django has decoded the path already.
    return replace(incoming_of(request.META), path=quote(request.path))


def _response(answer: Outgoing) -> HttpResponse:
    response = HttpResponse(answer.body, status=answer.status)
    cookies = []
    for name, value in answer.headers:
        if name == "set-cookie":
            cookies.append(value)
        else:
            response[name] = value
    # Django keeps cookies apart from headers; SimpleCookie reads what we have written.
    for cookie in cookies:
        response.cookies.load(cookie)
    return response

"""Sign-in for Flask.

    protect(app, SignIn(...))

Views ask ``require_user()`` or ``current_session()``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, request

from entrada.web.errors import AccessDeniedError, SignInRequiredError
from entrada.web.wsgi import (
    SESSION,
    StartResponse,
    Threads,
    body_of,
    headers_of,
    incoming_of,
    privately,
    started,
)

if TYPE_CHECKING:
    from entrada.web.sign_in import SignIn


def protect(app: Flask, site: SignIn) -> None:
    """Sign people in to a Flask app."""
    threads = Threads(site)
    inner = app.wsgi_app

    def outer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        entry = threads.entered(incoming_of(environ), lambda: body_of(environ))
        environ[SESSION] = entry.session
        if entry.answer is not None:
            return started(entry.answer, start_response)
        return inner(environ, privately(start_response, entry.session))

    def refuse(error: AccessDeniedError | SignInRequiredError) -> Response:
        incoming = incoming_of(request.environ)
        answer = threads.refused(incoming, error, request.environ.get(SESSION))
        return Response(answer.body, answer.status, headers_of(answer))

    # Flask makes an error of a view a page of its own before any middleware sees it.
    app.register_error_handler(SignInRequiredError, refuse)
    app.register_error_handler(AccessDeniedError, refuse)
    app.wsgi_app = outer  # type: ignore[method-assign]

"""requests: ``requests.get(url, auth=BearerAuth(credential))``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from requests import PreparedRequest, Response
from requests.auth import AuthBase
from requests.utils import rewind_body

from entrada.integrations._bearer import Source, challenged


class BearerAuth(AuthBase):
    """Sends a credential's token; answers one claims challenge with a new token.

    ``scope`` may be left out for hosts of Azure. The token goes to the origin that was asked for
    and, as requests does it, to no other after a redirect; plain HTTP raises ConfigurationError.
    """

    def __init__(self, credential: Any, scope: str | None = None) -> None:
        self._source = Source(credential, scope)

    def __call__(self, r: PreparedRequest) -> PreparedRequest:
        """Give a request its token."""
        url = str(r.url)
        r.headers["Authorization"] = self._source.header(url)
        r.register_hook("response", self._hook(url))
        return r

    def _hook(self, url: str) -> Callable[..., Response]:
        def answered(response: Response, **keywords: Any) -> Response:
            request = response.request
            if "Authorization" not in request.headers or not _repeatable(request):
                return response  # it was redirected elsewhere, or its body is gone
            said = response.headers.get("WWW-Authenticate", "")
            claims = challenged(response.status_code, lambda: [said], url, str(request.url))
            if claims is None:
                return response
            return self._again(response, claims, keywords)

        return answered

    def _again(self, response: Response, claims: str, keywords: dict[str, Any]) -> Response:
        header = self._source.header(str(response.request.url), claims)
        response.content  # noqa: B018 - read, so that the connection can be used again
        response.close()
        request = response.request.copy()
        if _position(request) is not None:
            rewind_body(request)
        request.headers["Authorization"] = header
        again: Response = response.connection.send(request, **keywords)
        again.history.append(response)
        again.request = request
        return again


def _repeatable(request: PreparedRequest) -> bool:
    """Say whether a request can be sent twice: a generator's body is used up by the first time."""
    return request.body is None or isinstance(request.body, str | bytes) or _is_file(request)


def _is_file(request: PreparedRequest) -> bool:
    return isinstance(_position(request), int)


def _position(request: PreparedRequest) -> object:
    """Return where in a file the body began, as requests notes it for its own redirects."""
    return getattr(request, "_body_position", None)

"""JSON requests to one service, signed in by a credential; refusals become failures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from entrada._engine.effects import Request, TransportFailure
from entrada.cli.exits import FAILED, NOT_FOUND
from entrada.cli.output import Failure

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.types import TokenCredential


class Refused(Failure):
    """A service refused a request; ``status`` is 0 where it could not be asked."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message, exit_code=NOT_FOUND if status == 404 else FAILED)
        self.status = status
        self.code = code


class Rest:
    """A service at an endpoint (an origin); ``scope`` is what its tokens are asked for."""

    def __init__(
        self,
        endpoint: str,
        credential: TokenCredential,
        transport: Callable[[Request], Response],
        scope: str,
    ) -> None:
        self._endpoint = endpoint
        self._credential = credential
        self._transport = transport
        self._scope = scope

    def url(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """Compose the address of a path, which starts with a slash and is not yet quoted."""
        return f"{self._endpoint}{quote(path)}" + (f"?{urlencode(query)}" if query else "")

    def send(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        """Send a request and return the answer's JSON; raise :class:`Refused`."""
        return self._ask(method, self.url(path, query), body, f"{method} {path}")

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Any]:
        """Yield the members of a list, following its links from page to page."""
        url = self.url(path, query)
        while url:
            page = self._ask("GET", url, None, f"GET {path}")
            yield from page["value"]
            url = self._own(page.get("nextLink") or page.get("@odata.nextLink") or "")

    def _own(self, link: str) -> str:
        """Return a link if it leads to this service: a token goes nowhere else."""
        if link and urlsplit(link)[:2] != urlsplit(self._endpoint)[:2]:
            raise Failure(f"{self._endpoint} answered with a next page elsewhere: {link}")
        return link

    def _ask(self, method: str, url: str, body: Any, what: str) -> Any:
        headers = {"Authorization": f"Bearer {self._credential.get_token(self._scope).token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = b"" if body is None else json.dumps(body).encode()
        try:
            response = self._transport(Request(method, url, headers, data))
        except TransportFailure as failure:
            raise Refused(0, failure.reason, f"{what}: {failure.detail}") from failure
        answer = _read(response)
        if response.status >= 400:
            told = answer.get("error", {}) if isinstance(answer, dict) else {}
            code, why = told.get("code", "no reason given"), told.get("message", "")
            raise Refused(
                response.status, code, f"{what}: HTTP {response.status}, {code}: {why}".rstrip(": ")
            )
        return answer


def _read(response: Response) -> Any:
    try:
        return json.loads(response.body or b"null")
    except ValueError:
        return None

"""What httpx and httpx2 have in common: the flow of an authenticated exchange."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator
from typing import Any

from entrada.integrations._bearer import Source, challenged
from entrada.integrations._bearer_async import header


class BearerFlow:
    """Sends a credential's token; answers one claims challenge with a new token.

    ``scope`` may be left out for hosts of Azure. The token goes to the origin that was asked for
    and, as the client does it, to no other after a redirect; plain HTTP raises ConfigurationError.
    An asynchronous client takes credentials of either colour.
    """

    def __init__(self, credential: Any, scope: str | None = None) -> None:
        self._source = Source(credential, scope)

    def sync_auth_flow(self, request: Any) -> Generator[Any, Any, None]:
        """Run an exchange of a client of threads."""
        url = str(request.url)
        request.headers["Authorization"] = self._source.header(url)
        response = yield request
        claims = _claims(response, url)
        if claims is not None:
            response.read()
            request.headers["Authorization"] = self._source.header(url, claims)
            yield request

    async def async_auth_flow(self, request: Any) -> AsyncGenerator[Any, Any]:
        """Run an exchange of an asynchronous client."""
        url = str(request.url)
        request.headers["Authorization"] = await header(self._source, url)
        response = yield request
        claims = _claims(response, url)
        if claims is not None:
            await response.aread()
            request.headers["Authorization"] = await header(self._source, url, claims)
            yield request


def _claims(response: Any, url: str) -> str | None:
    """Return the claims of an answer after which the request can be sent again."""
    try:
        response.request.content  # noqa: B018 - raises for a body that is streamed, and gone now
    except RuntimeError:
        return None
    return challenged(
        response.status_code,
        lambda: response.headers.get_list("WWW-Authenticate"),
        url,
        str(response.request.url),
    )

"""aiohttp (3.12 or later): ``ClientSession(middlewares=[bearer(credential, "https://…")])``."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientHandlerType, ClientMiddlewareType, ClientRequest, ClientResponse

from entrada.errors import ConfigurationError
from entrada.integrations._bearer import Source, challenged
from entrada.integrations._bearer_async import header
from entrada.integrations.targets import check_secure, same_origin


def bearer(credential: Any, *origins: str, scope: str | None = None) -> ClientMiddlewareType:
    """Return a middleware that sends a token and answers one claims challenge with a new one.

    ``origins`` are those that the token may go to, such as ``https://x.blob.core.windows.net``;
    other requests, redirected ones among them, go without. ``scope`` may be left out for hosts of
    Azure. Raises ConfigurationError for an origin that is missing or not https.
    """
    if not origins:
        raise ConfigurationError(
            "bearer() needs to know where the token may go.",
            code="no_origin",
            hint='Name the service: bearer(credential, "https://<account>.blob.core.windows.net").',
        )
    for origin in origins:
        check_secure(origin)
    source = Source(credential, scope)

    async def middleware(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        url = str(request.url)
        if not any(same_origin(origin, url) for origin in origins):
            return await handler(request)
        request.headers["Authorization"] = await header(source, url)
        response = await handler(request)
        claims = challenged(
            response.status, lambda: response.headers.getall("WWW-Authenticate", []), url, url
        )
        if claims is None or getattr(request.body, "consumed", False):
            return response  # the body of a generator cannot be sent twice
        request.headers["Authorization"] = await header(source, url, claims)
        response.release()
        return await handler(request)

    return middleware

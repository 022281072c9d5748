"""What the sources that ask an issuer over HTTP share: one request, one token, plain errors.

The request carries the job's own token, so it only goes to https, and no error repeats it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urlencode, urlsplit

from entrada._engine.effects import Flow, Request, Response, TransportFailure
from entrada._engine.retry import Retry, retrying
from entrada._sources.source import Exchange
from entrada._wire.grants import host_of, unreachable
from entrada._wire.safe import first_words
from entrada._wire.token import Context, read_object, unusable
from entrada.errors import (
    AuthenticationError,
    AuthenticationRejectedError,
    AuthorityUnreachableError,
    ConfigurationError,
)

FRESH_HINT = "It had just been issued, so this machine's clock is ahead: check it with date -u."
"""The hint of sources whose assertions are new whenever they are fetched."""

PATIENCE = Retry(tries=4, base=0.8, longest=10.0)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Issuer(NamedTuple):
    """Who issues the assertions: ``field`` of its JSON holds them, ``remedies`` are by status."""

    name: str
    field: str
    remedies: Mapping[int, str]


def endpoint(url: str, variable: str, parameters: Mapping[str, str]) -> str:
    """Return a URL of the environment with parameters; raise ConfigurationError without https."""
    parts = _split(url)
    if parts is None or (parts.scheme != "https" and parts.hostname not in _LOOPBACK):
        raise ConfigurationError(
            f"{variable} is no https URL: a token travels to it.",
            code="bad_request_url",
            hint=f"The pipeline's runner sets {variable}; do not set it yourself.",
        )
    query = "&".join(filter(None, (parts.query, urlencode(parameters))))
    return parts._replace(query=query, fragment="").geturl()


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def issued(request: Request, issuer: Issuer, exchange: Exchange) -> Flow[str]:
    """Ask an issuer for an assertion.

    Raises AuthorityUnreachableError where there was no usable answer, AuthenticationRejectedError
    where the issuer refused.
    """
    context = Context(exchange.who, host_of(request.url))
    try:
        response = yield from retrying(request, exchange.retry(PATIENCE), exchange.world)
    except TransportFailure as failure:
        raise unreachable(failure, context) from failure
    if response.status != 200:
        raise _refused(request, response, issuer, context)
    assertion = read_object(response, context).get(issuer.field)
    if not isinstance(assertion, str) or not assertion:
        raise unusable(context, 200, f"it has no {issuer.field}")
    return assertion


def _refused(
    request: Request, response: Response, issuer: Issuer, context: Context
) -> AuthenticationError:
    said = _reason(response, request.headers.get("Authorization", ""))
    busy = PATIENCE.statuses(response.status)
    kind = AuthorityUnreachableError if busy else AuthenticationRejectedError
    return kind(
        f"{context.who}: {issuer.name} issued no token (HTTP {response.status}){said}",
        code="issuer_busy" if busy else f"issuer_refused_{response.status}",
        status_code=response.status,
        hint="The service is busy or down; try again later."
        if busy
        else issuer.remedies.get(response.status),
    )


def _reason(response: Response, authorization: str) -> str:
    """Return what the answer gives as its reason, without what the request was signed with."""
    try:
        reply = json.loads(response.body)
    except (ValueError, RecursionError):
        return "."
    text = str(reply.get("message") or "") if isinstance(reply, dict) else ""
    secret = authorization.removeprefix("Bearer ")
    words = first_words(text.replace(secret, "[hidden]") if secret else text)
    return f": {words}" if words else "."

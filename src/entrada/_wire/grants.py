"""Token requests to an authority: build the form, send it, read the answer. One request each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from entrada._engine.effects import Flow, Request, Response, TransportFailure
from entrada._engine.retry import Retry, retrying
from entrada._engine.world import World
from entrada._wire.token import Context, read_token
from entrada.errors import AuthorityUnreachableError, ConfigurationError
from entrada.types import Ask, Token


def _is_surely_unprocessed(status: int) -> bool:
    return status in {429, 503}


PATIENCE = Retry(tries=4, base=0.8, longest=10.0)
# A code or password works once, or locks an account: asked again only when surely not processed.
CAUTION = Retry(tries=3, base=0.8, statuses=_is_surely_unprocessed, failures=False)
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

_HINTS = {
    "dns": "Check the authority's name and this machine's network.",
    "connect": "Check the network, firewall and proxy (HTTPS_PROXY, NO_PROXY).",
    "proxy": "Check HTTPS_PROXY, or exempt the host with NO_PROXY.",
    "tls": "If a proxy or a local cloud signs with its own CA, point SSL_CERT_FILE or "
    "REQUESTS_CA_BUNDLE at that CA's PEM file.",
    "timeout": "The network may be dropping packets; try again, or set a proxy.",
}


def redeem(
    url: str,
    form: Mapping[str, str],
    ask: Ask,
    *,
    world: World,
    context: Context,
    policy: Retry = PATIENCE,
) -> Flow[Token]:
    """Send a form to a token endpoint and return the token.

    Raises AuthorityUnreachableError where no answer came, else what ``read_token`` raises.
    """
    response = yield from post_form(url, form, ask, world=world, context=context, policy=policy)
    return read_token(response, world.now(), context)


def post_form(
    url: str,
    form: Mapping[str, str],
    ask: Ask,
    *,
    world: World,
    context: Context,
    policy: Retry = PATIENCE,
) -> Flow[Response]:
    """Send a form and an ask's claims; raise AuthorityUnreachableError where no answer came."""
    claims = claims_of(ask)
    body = {**form, "claims": claims} if claims else form
    request = Request("POST", url, _FORM, urlencode(body).encode())
    try:
        return (yield from retrying(request, policy, world))
    except TransportFailure as failure:
        raise unreachable(failure, context) from failure


def unreachable(failure: TransportFailure, context: Context) -> AuthorityUnreachableError:
    """Build the error for a request that got no answer."""
    return AuthorityUnreachableError(
        f"{context.who}: {context.host} cannot be reached: {failure.detail}.",
        code=f"no_answer_{failure.reason}",
        hint=_HINTS.get(failure.reason),
    )


def claims_of(ask: Ask) -> str | None:
    """Return the ``claims`` parameter: a challenge's claims and the client's CAE capability."""
    if not ask.cae:
        return ask.claims
    try:
        merged: dict[str, Any] = json.loads(ask.claims or "{}")
        merged.setdefault("access_token", {})["xms_cc"] = {"values": ["CP1"]}
    except (ValueError, AttributeError, TypeError):
        raise ConfigurationError(
            "claims is not a JSON object.",
            code="bad_claims",
            hint="Pass the decoded claims of the service's WWW-Authenticate challenge.",
        ) from None
    return json.dumps(merged)


def host_of(url: str) -> str:
    """Return the host (and port) of a URL, for messages."""
    return urlsplit(url).netloc

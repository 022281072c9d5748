"""What the exchanges with all managed identity hosts share: one GET, one JSON answer.

Managed identity has no client authentication: who may reach the endpoint is who it says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from urllib.parse import urlencode

from entrada._engine.effects import Flow, Request, Response, TransportFailure
from entrada._engine.retry import Retry, retrying
from entrada._hosts.host import WHO, Wanted
from entrada._wire.safe import first_words
from entrada._wire.token import Context, read_object, token_of
from entrada.errors import (
    AuthenticationError,
    AuthenticationRejectedError,
    AuthorityUnreachableError,
    ConfigurationError,
    CredentialUnavailableError,
)
from entrada.types import Token


def ask_host(request: Request, policy: Retry, wanted: Wanted, host: str) -> Flow[Response]:
    """Send a host's request; raise CredentialUnavailableError where nobody answers."""
    try:
        return (yield from retrying(request, wanted.retry(policy), wanted.world))
    except TransportFailure as failure:
        raise CredentialUnavailableError(
            f"{WHO}: {host} does not answer: {failure.detail}.",
            code=f"no_answer_{failure.reason}",
            hint="There is no managed identity here, or its endpoint is not reachable from this "
            "process.",
        ) from failure


def query(url: str, parameters: Mapping[str, str]) -> str:
    """Append a query to a URL."""
    return f"{url}?{urlencode(parameters)}"


def read_host_token(
    response: Response,
    policy: Retry,
    wanted: Wanted,
    host: str,
    *,
    missing: Collection[int] = (400,),
    expiry: Callable[[object], object] = lambda value: value,
) -> Token:
    """Return the token of a host's answer; ``expiry`` makes epoch seconds of its expires_on.

    Raises CredentialUnavailableError for a status in ``missing`` (no such identity here),
    AuthorityUnreachableError for a status that ``policy`` tries again and for an answer of no
    use, else AuthenticationRejectedError.
    """
    if policy.statuses(response.status):
        raise _busy(response, host)
    context = Context(WHO, host, scope=wanted.resource)
    reply = read_object(response, context)
    if response.status == 200:
        dated = {**reply, "expires_on": expiry(reply.get("expires_on"))}
        return token_of(dated, wanted.world.now(), context)
    reason = first_words(_reason(reply)) or "no reason given"
    message = f"{WHO}: {host} refused (HTTP {response.status}): {reason}"
    if response.status in missing:
        raise CredentialUnavailableError(
            f"{message.rstrip('.')}. Asked for: {wanted.identity}.",
            code="identity_not_found",
            status_code=response.status,
            hint="Assign the identity to this resource (az webapp|functionapp|vm identity "
            "assign), or name the right one: client_id=, or identity_config=.",
        )
    raise AuthenticationRejectedError(
        message,
        code=f"host_refused_{response.status}",
        status_code=response.status,
        hint="Restart the app after its identity has changed: its environment is set at start.",
    )


def no_choice(wanted: Wanted, host: str, remedy: str) -> AuthenticationError:
    """Build the error for an identity named where the host has just one and lets nobody choose.

    In a chain the name may be meant for another link, so the chain goes on.
    """
    kind = CredentialUnavailableError if wanted.probe else ConfigurationError
    return kind(
        f"{WHO}: {host} takes no {wanted.identity.kind}: it has one identity and no other.",
        code="no_choice_of_identity",
        hint=remedy,
    )


def _reason(reply: Mapping[str, object]) -> str:
    nested = reply.get("error")
    source = nested if isinstance(nested, dict) else reply
    return str(source.get("message") or reply.get("error_description") or nested or "")


def _busy(response: Response, host: str) -> AuthorityUnreachableError:
    return AuthorityUnreachableError(
        f"{WHO}: {host} still answers HTTP {response.status} after several tries.",
        code="host_busy",
        status_code=response.status,
        hint="It is restarting or throttled; try again in a minute, from fewer processes.",
    )

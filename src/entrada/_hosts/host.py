"""What a managed identity host is, and what all of them share: one GET, one JSON answer.

Managed identity has no client authentication: who may reach the endpoint is who it says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

from entrada._engine.effects import Flow, Request, Response, TransportFailure
from entrada._engine.retry import Retry, retrying
from entrada._engine.world import World
from entrada._wire.safe import first_words
from entrada._wire.token import Context, read_object, token_of
from entrada.errors import (
    AuthenticationRejectedError,
    AuthorityUnreachableError,
    CredentialUnavailableError,
)
from entrada.types import Token


class Identity(NamedTuple):
    """Which identity is wanted: ``kind`` is ``client_id``, ``object_id`` or ``resource_id``.

    Without a kind it is the system-assigned one, or the only one that there is.
    """

    kind: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.value}" if self.kind else "the system-assigned identity"


class Wanted(NamedTuple):
    """What a host is asked for. ``probe``: find out first, and quickly, whether it is there."""

    resource: str
    identity: Identity
    world: World
    probe: bool
    retry: Callable[[Retry], Retry]


HostFlow: TypeAlias = Callable[[Wanted], Flow[Token]]


@dataclass(frozen=True, slots=True)
class Host:
    """A place with managed identity: how to recognise it, and how to get a token there."""

    name: str
    is_here: Callable[[Mapping[str, str]], bool]
    flow: HostFlow


WHO = "ManagedIdentityCredential"


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
    error: Callable[[Mapping[str, object]], str],
) -> Token:
    """Return the token of a host's answer; ``error`` picks the reason out of an error body.

    Raises CredentialUnavailableError for a 400 (no such identity here),
    AuthorityUnreachableError for a status that ``policy`` tries again and for an answer of no
    use, else AuthenticationRejectedError.
    """
    if policy.statuses(response.status):
        raise _busy(response, host)
    context = Context(WHO, host, scope=wanted.resource)
    reply = read_object(response, context)
    if response.status == 200:
        return token_of(reply, wanted.world.now(), context)
    reason = first_words(error(reply)) or "no reason given"
    message = f"{WHO}: {host} refused (HTTP {response.status}): {reason}"
    if response.status == 400:
        raise CredentialUnavailableError(
            f"{message.rstrip('.')}. Asked for: {wanted.identity}.",
            code="identity_not_found",
            status_code=400,
            hint="Assign the identity to this resource (az webapp|functionapp|vm identity "
            "assign), or name the right one: client_id=, or identity_config=.",
        )
    raise AuthenticationRejectedError(
        message,
        code=f"host_refused_{response.status}",
        status_code=response.status,
        hint="Restart the app after its identity has changed: its environment is set at start.",
    )


def _busy(response: Response, host: str) -> AuthorityUnreachableError:
    return AuthorityUnreachableError(
        f"{WHO}: {host} still answers HTTP {response.status} after several tries.",
        code="host_busy",
        status_code=response.status,
        hint="It is restarting or throttled; try again in a minute, from fewer processes.",
    )

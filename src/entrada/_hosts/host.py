"""What a managed identity host is, and what all of them share: one GET, one JSON answer.

Managed identity has no client authentication: who may reach the endpoint is who it says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias
from urllib.parse import urlencode

from entrada._engine.effects import Flow, Request, Response, TransportFailure
from entrada._engine.retry import Retry, retrying
from entrada._engine.world import World
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

_NONE: Mapping[str, str] = {}


class Identity(NamedTuple):
    """Which identity is wanted: ``kind`` is ``client_id``, ``object_id`` or ``resource_id``.

    Without a kind it is the system-assigned one, or the only one that there is.
    """

    kind: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.value}" if self.kind else "the system-assigned identity"


class Wanted(NamedTuple):
    """What a host is asked for.

    ``probe``: we are in a chain, and whether the host is there has to be found out quickly.
    ``refused_sha256`` is the hash (hex) of a token that a service refused with a claims challenge;
    ``federated`` signs in as the workload whose federated token the environment names.
    """

    resource: str
    identity: Identity
    world: World
    probe: bool
    retry: Callable[[Retry], Retry]
    federated: Callable[[], Flow[Token]]
    refused_sha256: str = ""

    def parameters(self, version: str, selectors: Mapping[str, str] = _NONE) -> dict[str, str]:
        """Return the query; ``selectors`` are the host's names for the kinds of identity."""
        parameters = {"api-version": version, "resource": self.resource}
        if self.identity.kind:
            parameters[selectors[self.identity.kind]] = self.identity.value
        return parameters


HostFlow: TypeAlias = Callable[[Wanted], Flow[Token]]


@dataclass(frozen=True, slots=True)
class Host:
    """A place with managed identity: how to recognise it, and how to get a token there."""

    name: str
    is_here: Callable[[World], bool]
    flow: HostFlow


WHO = "ManagedIdentityCredential"


def has(*variables: str) -> Callable[[World], bool]:
    """Return the evidence of a host that sets all of these variables; an empty one is not set."""
    return lambda world: all(world.env.get(name) for name in variables)


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

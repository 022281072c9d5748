"""What a managed identity host is: how it is recognised, and what it is asked for.

Light on purpose: how a host is spoken to loads when its evidence has been found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from entrada._engine.effects import Flow
from entrada._engine.world import World
from entrada.types import Token

if TYPE_CHECKING:
    from entrada._engine.retry import Retry

WHO = "ManagedIdentityCredential"
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


class Host(NamedTuple):
    """A place with managed identity. The module of its name has the ``flow`` that asks it.

    ``look`` is what a chain does before: it raises CredentialUnavailableError where the machine
    shows that the host cannot be there.
    """

    name: str
    is_here: Callable[[World], bool]
    look: Callable[[World], Flow[None]] | None = None

    def ask(self, wanted: Wanted) -> Flow[Token]:
        """Get a token of the host."""
        if wanted.probe and self.look is not None:
            yield from self.look(wanted.world)
        flow: Callable[[Wanted], Flow[Token]] = import_module(f"{__package__}.{self.name}").flow
        return (yield from flow(wanted))


def has(*variables: str) -> Callable[[World], bool]:
    """Return the evidence of a host that sets all of these variables; an empty one is not set."""
    return lambda world: all(world.env.get(name) for name in variables)

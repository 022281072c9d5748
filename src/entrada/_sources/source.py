"""What a source of assertions is, and the check that each assertion passes before it is sent.

A source knows how its platform hands out tokens; it knows nothing of Entra's endpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from entrada._engine.effects import Flow, Transport
from entrada._engine.retry import Retry
from entrada._engine.world import World
from entrada._wire.jwt import expiry_of
from entrada._wire.proof import assertion_fields
from entrada.errors import CredentialUnavailableError


class Exchange(NamedTuple):
    """What an assertion is fetched for: ``audience`` is the one that the cloud's Entra expects."""

    who: str
    audience: str
    world: World
    transport: Transport | None
    retry: Callable[[Retry], Retry]


class Source(Protocol):
    """Somewhere that assertions come from. Its ``repr`` shows no secret."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def expired_hint(self) -> str:
        """The next thing to do where its assertion has expired."""
        ...

    def fetch(self, exchange: Exchange) -> Flow[str]:
        """Return a new assertion."""
        ...


class SourceProof:
    """A proof by the assertion of a source, fetched anew for every exchange."""

    __slots__ = ("_exchange", "_source")

    def __init__(self, source: Source, exchange: Callable[[], Exchange]) -> None:
        self._source = source
        self._exchange = exchange

    def fields(self, client_id: str, url: str, world: World) -> Flow[Mapping[str, str]]:  # noqa: ARG002
        """Fetch an assertion; raise CredentialUnavailableError for one that has expired."""
        exchange = self._exchange()
        assertion = yield from self._source.fetch(exchange)
        fields = assertion_fields(assertion, self._source.name)
        self._check(fields["client_assertion"], exchange)
        return fields

    def _check(self, assertion: str, exchange: Exchange) -> None:
        expiry = expiry_of(assertion)
        gap = 0.0 if expiry is None else exchange.world.now() - expiry
        if expiry is None or gap < 0:
            return
        raise CredentialUnavailableError(
            f"{exchange.who}: the assertion of {self._source.name} expired {gap:.0f} s ago.",
            code="assertion_expired",
            hint=self._source.expired_hint,
        )

"""A service principal, or a user-assigned identity, that trusts tokens of another issuer."""

from __future__ import annotations

from typing import Any, Unpack

from entrada._credentials.application import Application
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions
from entrada._engine.effects import Flow
from entrada._sources.source import Exchange, Source, SourceProof
from entrada._wire.clouds import CLOUDS, cloud_of
from entrada.errors import AuthenticationRejectedError, ConfigurationError
from entrada.types import Ask, Token

_EXPIRED = "AADSTS700024"


class Federated(Application):
    """The recipe of FederatedCredential."""

    name = "FederatedCredential"

    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        source: Source,
        **options: Unpack[AuthorityOptions],
    ) -> None:
        self._source = _checked(source)
        super().__init__(tenant_id, client_id, SourceProof(source, self._exchange), options)

    def describe(self) -> dict[str, object]:
        """Return tenant, client id, authority and source."""
        return {**super().describe(), "source": self._source}

    def flow(self, ask: Ask) -> Flow[Token]:
        """Exchange an assertion; one that was too old when it arrived is replaced once."""
        try:
            return (yield from super().flow(ask))
        except AuthenticationRejectedError as error:
            if error.code != _EXPIRED:
                raise
        return (yield from super().flow(ask))

    def _exchange(self) -> Exchange:
        cloud = cloud_of(self._authority) or CLOUDS[0]
        audience = cloud.token_exchange_audience
        return Exchange(self.name, audience, self.world, self.transport(), self.retry)


def _checked(source: Any) -> Source:
    if not isinstance(source, type) and hasattr(source, "fetch"):
        checked: Source = source
        return checked
    said = source.__name__ if isinstance(source, type) else type(source).__name__
    raise ConfigurationError(
        f"source has to be a source of assertions, not {said}.",
        code="no_source",
        hint="Pass one of entrada.sources, e.g. source=sources.GitHub(); a function of your own "
        "goes into sources.Callable(func).",
    )


class FederatedCredential(SyncFace, Federated):
    """Signs in with tokens of another issuer, which ``source`` gets: one of ``entrada.sources``.

    ``tenant_id`` and ``client_id`` are those of the application (or user-assigned identity) that
    has the federated credential; the issuer may be in another tenant or another cloud. Each
    exchange gets a new assertion. Raises ConfigurationError for arguments that cannot be right.
    """


class AsyncFederatedCredential(AsyncFace, Federated):
    """Signs in with tokens of another issuer, for asyncio."""

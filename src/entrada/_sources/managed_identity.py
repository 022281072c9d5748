"""A managed identity in place of an application's secret, also across tenants.

The application has a federated credential whose issuer is the identity's tenant and whose subject
is the identity's object id; Entra takes user-assigned identities only.
"""

from __future__ import annotations

from collections.abc import Mapping

from entrada._credentials.managed_identity import ManagedIdentity as Recipe
from entrada._engine.effects import Flow
from entrada._sources.issuer import FRESH_HINT
from entrada._sources.source import Exchange
from entrada.types import Ask


class ManagedIdentity:
    """A user-assigned identity of the Azure resource that this process runs on."""

    name = "the managed identity"
    expired_hint = FRESH_HINT

    def __init__(
        self,
        *,
        client_id: str | None = None,
        identity_config: Mapping[str, str] | None = None,
    ) -> None:
        # Made once for its checks: a wrong selector is the constructor's error.
        self._shown = Recipe(client_id=client_id, identity_config=identity_config).describe()
        self._client_id = client_id
        self._config = identity_config

    def fetch(self, exchange: Exchange) -> Flow[str]:
        """Ask the host for a token that Entra takes as an assertion."""
        identity = Recipe(
            client_id=self._client_id,
            identity_config=self._config,
            world=exchange.world,
            transport=exchange.transport,
        )
        token = yield from identity.flow(Ask((f"{exchange.audience}/.default",)))
        return token.access_token

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._shown.items())
        return f"ManagedIdentity({shown})"

"""What all credentials of an application share: tenant, client id, a proof, one grant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from entrada._credentials.options import AuthorityOptions, check_options
from entrada._credentials.recipe import Recipe
from entrada._engine.effects import Flow
from entrada._wire.authority import authority_of, token_endpoint
from entrada._wire.grants import PATIENCE, host_of, redeem
from entrada._wire.proof import Proof
from entrada._wire.scopes import app_scope
from entrada._wire.tenants import Tenants, check_tenant, check_text
from entrada._wire.token import Context
from entrada.types import Ask, Token

if TYPE_CHECKING:
    from entrada._stores.place import Place

CLIENT_ID_MEANING = "the application (client) id of an app registration, a GUID"


class Application(Recipe):
    """A confidential client with the client credentials grant, RFC 6749 section 4.4."""

    def __init__(
        self, tenant_id: str, client_id: str, proof: Proof, options: Mapping[str, Any]
    ) -> None:
        check_options(self.name, options, AuthorityOptions)
        super().__init__(options)
        tenant = check_tenant(tenant_id, "tenant_id")
        self._tenants = Tenants.of(tenant, options.get("additionally_allowed_tenants"))
        self._client_id = check_text(client_id, "client_id", CLIENT_ID_MEANING)
        self._proof = proof
        self._authority = authority_of(options.get("authority"), self.world)

    def describe(self) -> dict[str, object]:
        """Return tenant, client id and authority."""
        return {
            "tenant_id": self._tenants.default,
            "client_id": self._client_id,
            "authority": self._authority,
        }

    def place(self, ask: Ask) -> Place:
        """Bind a token at rest to authority, tenant and application."""
        from entrada._stores.place import Owner, Place

        owner = Owner("application", self._authority, self._client_id)
        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        return Place(owner, tenant, ask.scopes, ask.cae)

    def flow(self, ask: Ask) -> Flow[Token]:
        """Get a token for the application itself."""
        scope = app_scope(ask.scopes, self.name)
        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        url = token_endpoint(self._authority, tenant)
        proof = yield from self._proof.fields(self._client_id, url, self.world)
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client_id,
            "scope": scope,
            **proof,
        }
        context = Context(self.name, host_of(url), tenant, self._client_id, scope)
        return (
            yield from redeem(
                url, form, ask, world=self.world, context=context, policy=self.retry(PATIENCE)
            )
        )

"""Whoever is signed in to the Azure CLI."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from typing import Unpack

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import CommonOptions, check_options
from entrada._credentials.tool import SignedInTool
from entrada._engine.effects import Flow
from entrada._tools.az import ARGUMENTS, AZ
from entrada._tools.tool import ask_tool
from entrada._wire.scopes import command_line_scope, single_resource
from entrada._wire.tenants import Tenants, check_tenant
from entrada.errors import AuthenticationRequiredError, ConfigurationError
from entrada.types import Ask, Token

_SUBSCRIPTION = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_. -]*")


class AzureCli(SignedInTool):
    """The recipe of AzureCliCredential."""

    name = "AzureCliCredential"
    tool = AZ

    def __init__(
        self,
        *,
        tenant_id: str = "",
        subscription: str | None = None,
        additionally_allowed_tenants: Iterable[str] | None = None,
        process_timeout: float = 10,
        **options: Unpack[CommonOptions],
    ) -> None:
        check_options(self.name, options, CommonOptions)
        super().__init__(options)
        tenant = check_tenant(tenant_id, "tenant_id") if tenant_id else ""
        self._tenants = Tenants.of(tenant, additionally_allowed_tenants)
        self._subscription = subscription
        self._timeout = process_timeout
        if subscription and not _SUBSCRIPTION.fullmatch(subscription):
            raise ConfigurationError(
                f"subscription is neither a name nor an id: {subscription!r}.",
                code="bad_subscription",
                hint="See which there are: az account list --output table",
            )

    def describe(self) -> dict[str, object]:
        """Return tenant and subscription where they are set."""
        shown = {"tenant_id": self._tenants.default, "subscription": self._subscription}
        return {name: value for name, value in shown.items() if value}

    def flow(self, ask: Ask) -> Flow[Token]:
        """Run ``az account get-access-token``."""
        resource = command_line_scope(single_resource(ask.scopes, self.name), self.name)
        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        if ask.claims is not None:
            raise _step_up(self.name, ask, ask.claims, tenant)
        arguments = [*ARGUMENTS, resource]
        if tenant:
            arguments += ["--tenant", tenant]
        if self._subscription:
            arguments += ["--subscription", self._subscription]
        return (yield from ask_tool(self.tool, tuple(arguments), self._timeout, self.world))


def _step_up(name: str, ask: Ask, claims: str, tenant: str) -> AuthenticationRequiredError:
    challenge = b64encode(claims.encode()).decode()
    command = f"az login --claims-challenge {challenge}"
    command += f" --tenant {tenant}" if tenant else ""
    command += f" --scope {ask.scopes[0]}"
    return AuthenticationRequiredError(
        ask.scopes,
        f"{name}: the service asks for a new sign-in, which Azure CLI has to do.",
        claims,
        code="claims_challenge",
        hint=f"Run (Azure CLI 2.76 or later): {command}",
    )


class AzureCliCredential(SyncFace, AzureCli):
    """Signs in as whoever is signed in to the Azure CLI (``az login``).

    ``tenant_id`` and ``subscription`` choose another than the CLI's own; ``process_timeout`` is
    in seconds. A token is kept until it expires or somebody signs in or out.
    """


class AsyncAzureCliCredential(AsyncFace, AzureCli):
    """Signs in as whoever is signed in to the Azure CLI, for asyncio."""

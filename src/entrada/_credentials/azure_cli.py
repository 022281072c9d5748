"""Whoever is signed in to the Azure CLI."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Unpack

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import CommonOptions
from entrada._credentials.tool import SignedInTool
from entrada._engine.effects import Flow
from entrada._tools.az import ARGUMENTS, AZ
from entrada._wire.scopes import command_line_scope, single_resource
from entrada.errors import ConfigurationError
from entrada.types import Ask, Token

_SUBSCRIPTION = r"[A-Za-z0-9_.][A-Za-z0-9_. -]*"


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
        super().__init__(
            tenant_id=tenant_id,
            additionally_allowed_tenants=additionally_allowed_tenants,
            process_timeout=process_timeout,
            **options,
        )
        self._subscription = subscription
        if subscription and not re.fullmatch(_SUBSCRIPTION, subscription):
            raise ConfigurationError(
                f"subscription is neither a name nor an id: {subscription!r}.",
                code="bad_subscription",
                hint="See which there are: az account list --output table",
            )

    def describe(self) -> dict[str, object]:
        """Return tenant and subscription where they are set."""
        shown = {"subscription": self._subscription} if self._subscription else {}
        return {**super().describe(), **shown}

    def flow(self, ask: Ask) -> Flow[Token]:
        """Run ``az account get-access-token``."""
        resource = command_line_scope(single_resource(ask.scopes, self.name), self.name)
        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        if ask.claims is not None:
            where = f" --tenant {tenant}" if tenant else ""
            command = (
                "(Azure CLI 2.76 or later): az login --claims-challenge {challenge}"
                f"{where} --scope {ask.scopes[0]}"
            )
            raise self.step_up(ask, ask.claims, command)
        arguments = [*ARGUMENTS, resource]
        if tenant:
            arguments += ["--tenant", tenant]
        if self._subscription:
            arguments += ["--subscription", self._subscription]
        return (yield from self.ask(arguments))


class AzureCliCredential(SyncFace, AzureCli):
    """Signs in as whoever is signed in to the Azure CLI (``az login``).

    ``tenant_id`` and ``subscription`` choose another than the CLI's own; ``process_timeout`` is
    in seconds. A token is kept until it expires or somebody signs in or out.
    """


class AsyncAzureCliCredential(AsyncFace, AzureCli):
    """Signs in as whoever is signed in to the Azure CLI, for asyncio."""

"""Whoever is signed in to the Azure Developer CLI."""

from __future__ import annotations

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.tool import SignedInTool, encoded
from entrada._engine.effects import Flow
from entrada._tools.azd import ARGUMENTS, AZD
from entrada._wire.scopes import command_line_scope
from entrada.types import Ask, Token


class AzureDeveloperCli(SignedInTool):
    """The recipe of AzureDeveloperCliCredential."""

    name = "AzureDeveloperCliCredential"
    tool = AZD

    def flow(self, ask: Ask) -> Flow[Token]:
        """Run ``azd auth token``; it answers a claims challenge itself where it can."""
        arguments = list(ARGUMENTS)
        for scope in ask.scopes:
            arguments += ["--scope", command_line_scope(scope, self.name)]
        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        if tenant:
            arguments += ["--tenant-id", tenant]
        if ask.claims is not None:
            arguments += ["--claims", encoded(ask.claims)]
        return (yield from self.ask(arguments))


class AzureDeveloperCliCredential(SyncFace, AzureDeveloperCli):
    """Signs in as whoever is signed in to the Azure Developer CLI (``azd auth login``).

    ``tenant_id`` chooses another tenant than the CLI's own; ``process_timeout`` is in seconds. A
    token is kept until it expires or somebody signs in or out.
    """


class AsyncAzureDeveloperCliCredential(AsyncFace, AzureDeveloperCli):
    """Signs in as whoever is signed in to the Azure Developer CLI, for asyncio."""

"""Whoever is signed in to Azure PowerShell."""

from __future__ import annotations

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.tool import SignedInTool
from entrada._engine.effects import Flow
from entrada._tools.pwsh import PWSH, SIGN_IN, arguments
from entrada._wire.scopes import command_line_scope, single_resource
from entrada.types import Ask, Token


class AzurePowerShell(SignedInTool):
    """The recipe of AzurePowerShellCredential."""

    name = "AzurePowerShellCredential"
    tool = PWSH

    def flow(self, ask: Ask) -> Flow[Token]:
        """Run ``Get-AzAccessToken``."""
        resource = command_line_scope(single_resource(ask.scopes, self.name), self.name)
        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        if ask.claims is not None:
            where = f" -Tenant {tenant}" if tenant else ""
            command = f"(Az.Accounts 5.2 or later): {SIGN_IN} -ClaimsChallenge {{challenge}}{where}"
            raise self.step_up(ask, ask.claims, command)
        return (yield from self.ask(arguments(resource, tenant)))


class AzurePowerShellCredential(SyncFace, AzurePowerShell):
    """Signs in as whoever is signed in to Azure PowerShell (``Connect-AzAccount``).

    ``tenant_id`` chooses another tenant than the context's own; ``process_timeout`` is in seconds.
    A token is kept until it expires or the context changes.
    """


class AsyncAzurePowerShellCredential(AsyncFace, AzurePowerShell):
    """Signs in as whoever is signed in to Azure PowerShell, for asyncio."""

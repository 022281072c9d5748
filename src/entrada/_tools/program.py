"""The programs of signed-in tools: what they are called, and where they are on this machine.

Apart from the tools, so that a chain passes over a missing one without loading how it is read.
"""

from __future__ import annotations

from typing import NamedTuple

from entrada._engine.world import World
from entrada.errors import CredentialUnavailableError


class Program(NamedTuple):
    """A tool's program: whose it is, its name and title, and how to get it.

    ``others`` are the names to look for on Windows where ``name`` is not found.
    """

    credential: str
    name: str
    title: str
    install: str
    others: tuple[str, ...] = ()

    def path(self, world: World) -> str | None:
        """Return where the program is, or ``None``."""
        names = (self.name, *(self.others if world.platform == "win32" else ()))
        return next(filter(None, map(world.which, names)), None)

    def found(self, world: World) -> str:
        """Return where the program is; raise CredentialUnavailableError where it is not."""
        path = self.path(world)
        if path is None:
            raise self.missing()
        return path

    def missing(self) -> CredentialUnavailableError:
        """Build the error for a program that is not here."""
        return CredentialUnavailableError(
            f"{self.credential}: {self.title} is not installed.",
            code="not_installed",
            hint=self.install,
        )


AZ = Program(
    "AzureCliCredential",
    "az",
    "Azure CLI",
    "Install Azure CLI, then run: az login",
)
AZD = Program(
    "AzureDeveloperCliCredential",
    "azd",
    "Azure Developer CLI",
    "Install Azure Developer CLI (https://aka.ms/azure-dev), then run: azd auth login",
)
PWSH = Program(
    "AzurePowerShellCredential",
    "pwsh",
    "PowerShell",
    "Install PowerShell, then run: Install-Module Az.Accounts; Connect-AzAccount",
    others=("powershell",),
)

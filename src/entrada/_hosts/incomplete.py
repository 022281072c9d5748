"""An identity endpoint without the variables that say how to speak to it.

Nobody sets it but a managed identity host, so another host is not looked for.
"""

from __future__ import annotations

from entrada._engine.effects import Flow
from entrada._hosts.host import WHO, Wanted
from entrada.errors import CredentialUnavailableError
from entrada.types import Token

_COMPANIONS = {
    "IDENTITY_HEADER": "App Service, Functions, Container Apps and Service Fabric",
    "IMDS_ENDPOINT": "Azure Arc",
}


def flow(wanted: Wanted) -> Flow[Token]:
    """Get a token."""
    yield from ()
    lacking = ", ".join(f"{name} ({places})" for name, places in _COMPANIONS.items())
    set_too = wanted.world.env.get("IDENTITY_SERVER_THUMBPRINT")
    given = "IDENTITY_ENDPOINT" + (" and IDENTITY_SERVER_THUMBPRINT" if set_too else "")
    raise CredentialUnavailableError(
        f"{WHO}: half of a managed identity's variables are set: {given}, but none of {lacking}.",
        code="host_incomplete",
        hint="Hand all of the host's variables on to this process (sudo, systemd and ssh drop "
        "them), or unset IDENTITY_ENDPOINT.",
    )

"""Azure Cloud Shell, where the identity is that of the person who opened the shell.

Wire: ``POST {MSI_ENDPOINT}`` with the resource as a form; nothing else can be said.
"""

from __future__ import annotations

from urllib.parse import urlencode

from entrada._engine.effects import Flow, Request
from entrada._engine.retry import Retry
from entrada._hosts.exchange import ask_host, no_choice, read_host_token
from entrada._hosts.host import Wanted
from entrada.types import Token

NAME = "Azure Cloud Shell"
_PATIENCE = Retry(tries=4, base=0.4, longest=5.0)
_HEADERS = {"Metadata": "true", "Content-Type": "application/x-www-form-urlencoded"}


def flow(wanted: Wanted) -> Flow[Token]:
    """Get a token."""
    if wanted.identity.kind:
        raise no_choice(
            wanted, NAME, "Leave client_id= and identity_config= out: it is you who signs in there."
        )
    body = urlencode({"resource": wanted.resource}).encode()
    request = Request("POST", wanted.world.env["MSI_ENDPOINT"], _HEADERS, body)
    response = yield from ask_host(request, _PATIENCE, wanted, NAME)
    return read_host_token(response, _PATIENCE, wanted, NAME)

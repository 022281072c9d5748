"""App Service, Functions, Container Apps and what else speaks their protocol of 2019-08-01.

Wire: ``GET {IDENTITY_ENDPOINT}`` with the header ``X-IDENTITY-HEADER``; the answer has
``expires_on`` only.
"""

from __future__ import annotations

from entrada._engine.effects import Flow, Request
from entrada._engine.retry import Retry
from entrada._hosts.exchange import ask_host, query, read_host_token
from entrada._hosts.host import Wanted
from entrada.types import Token

NAME = "the App Service identity endpoint"
_SELECTORS = {"client_id": "client_id", "object_id": "object_id", "resource_id": "mi_res_id"}
_PATIENCE = Retry(tries=4, base=0.4, longest=5.0)


def flow(wanted: Wanted) -> Flow[Token]:
    """Get a token."""
    env = wanted.world.env
    parameters = wanted.parameters("2019-08-01", _SELECTORS)
    headers = {"X-IDENTITY-HEADER": env["IDENTITY_HEADER"], "Metadata": "true"}
    request = Request("GET", query(env["IDENTITY_ENDPOINT"], parameters), headers)
    response = yield from ask_host(request, _PATIENCE, wanted, NAME)
    return read_host_token(response, _PATIENCE, wanted, NAME)

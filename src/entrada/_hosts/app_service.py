"""App Service, Functions, Container Apps and what else speaks their protocol of 2019-08-01.

Wire: ``GET {IDENTITY_ENDPOINT}`` with the header ``X-IDENTITY-HEADER``; the answer has
``expires_on`` only.
"""

from __future__ import annotations

from collections.abc import Mapping

from entrada._engine.effects import Flow, Request
from entrada._engine.retry import Retry
from entrada._hosts.host import Host, Wanted, ask_host, query, read_host_token
from entrada.types import Token

NAME = "the App Service identity endpoint"
_SELECTORS = {"client_id": "client_id", "object_id": "object_id", "resource_id": "mi_res_id"}
_PATIENCE = Retry(tries=4, base=0.4, longest=5.0)


def _flow(wanted: Wanted) -> Flow[Token]:
    env = wanted.world.env
    parameters = {"api-version": "2019-08-01", "resource": wanted.resource}
    if wanted.identity.kind:
        parameters[_SELECTORS[wanted.identity.kind]] = wanted.identity.value
    headers = {"X-IDENTITY-HEADER": env["IDENTITY_HEADER"], "Metadata": "true"}
    request = Request("GET", query(env["IDENTITY_ENDPOINT"], parameters), headers)
    response = yield from ask_host(request, _PATIENCE, wanted, NAME)
    return read_host_token(response, _PATIENCE, wanted, NAME, _reason)


def _reason(reply: Mapping[str, object]) -> str:
    nested = reply.get("error")
    source = nested if isinstance(nested, dict) else reply
    return str(source.get("message") or reply.get("error_description") or nested or "")


APP_SERVICE = Host(
    "app_service",
    lambda env: bool(env.get("IDENTITY_ENDPOINT") and env.get("IDENTITY_HEADER")),
    _flow,
)

"""The instance metadata service of virtual machines, scale sets and container instances.

Wire: ``GET http://169.254.169.254/metadata/identity/oauth2/token``, api-version 2018-02-01.
It may be restarting (410, up to 70 s), updating (404) or busy (429); Docker Desktop answers 403
in its place.
"""

from __future__ import annotations

from entrada._engine.effects import Flow, Request, Response
from entrada._engine.retry import ONCE, Retry
from entrada._hosts.evidence import VARIABLE
from entrada._hosts.exchange import ask_host, query, read_host_token
from entrada._hosts.host import WHO, Wanted
from entrada.errors import AuthorityUnreachableError, CredentialUnavailableError
from entrada.types import Token

NAME = "the instance metadata service (IMDS)"
_ADDRESS = "http://169.254.169.254"
_PATH = "/metadata/identity/oauth2/token"
_SELECTORS = {"client_id": "client_id", "object_id": "object_id", "resource_id": "msi_res_id"}
_PROBE_SECONDS = 1.0


def _may_pass(status: int) -> bool:
    return status in {410, 429} or status >= 500


def _may_be_updating(status: int) -> bool:
    return status == 404


# At their shortest the seven waits outlast the 70 s of a restart; a machine without IMDS fails
# at the first connection attempt instead.
_PATIENCE = Retry(tries=8, base=3.0, longest=32.0, statuses=_may_pass, failures=False)
# While it is updated IMDS answers 404 for moments; another cloud's metadata service, for ever.
_BRIEFLY = Retry(tries=4, base=0.8, statuses=_may_be_updating, failures=False)


def flow(wanted: Wanted) -> Flow[Token]:
    """Get a token."""
    configured = wanted.world.env.get(VARIABLE)
    url = (configured or _ADDRESS).strip("/") + _PATH
    if wanted.probe and not configured:
        probe = Request("GET", url, timeout=_PROBE_SECONDS)
        yield from _answer(probe, ONCE, wanted)
    parameters = wanted.parameters("2018-02-01", _SELECTORS)
    request = Request("GET", query(url, parameters), {"Metadata": "true"})
    response = yield from _answer(request, _PATIENCE, wanted)
    if response.status == 404:
        response = yield from _answer(request, _BRIEFLY, wanted)
    if response.status == 404:
        raise _impostor(f"{WHO}: {NAME} has no tokens (HTTP 404)", 404)
    try:
        return read_host_token(response, _PATIENCE, wanted, NAME)
    except AuthorityUnreachableError as error:
        if error.code == "host_busy":
            raise
        raise _impostor(error.message.rstrip("."), response.status) from None


def _answer(request: Request, policy: Retry, wanted: Wanted) -> Flow[Response]:
    response = yield from ask_host(request, policy, wanted, NAME)
    if response.status == 403 and b"unreachable" in response.body.lower():
        raise CredentialUnavailableError(
            f"{WHO}: there is no managed identity here: Docker Desktop answered in IMDS's place.",
            code="no_imds",
            status_code=403,
            hint="In a container on a developer's machine use a service principal in the "
            "environment, or AZURE_TOKEN_CREDENTIALS=dev.",
        )
    return response


def _impostor(why: str, status: int) -> CredentialUnavailableError:
    """Tell a chain to go on: a proxy, captive portal or another cloud has the service's address."""
    return CredentialUnavailableError(
        f"{why}. Something else may answer in IMDS's place.",
        code="no_imds",
        status_code=status,
        hint="Link-local addresses must not go through a proxy; where this is no machine of Azure, "
        "set AZURE_TOKEN_CREDENTIALS=dev.",
    )

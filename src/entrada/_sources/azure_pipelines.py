"""The tokens of an Azure Pipelines service connection; each exchange gets its own.

Wire: ``POST {SYSTEM_OIDCREQUESTURI}?api-version=7.1&serviceConnectionId=…`` with the job's
System.AccessToken; the answer is ``{"oidcToken": …}``.
"""

from __future__ import annotations

from entrada._engine.effects import Flow, Request
from entrada._sources.issuer import FRESH_HINT, Issuer, endpoint, issued
from entrada._sources.source import Exchange
from entrada._wire.tenants import check_text
from entrada.errors import ConfigurationError, CredentialUnavailableError

_URL = "SYSTEM_OIDCREQUESTURI"
_MAPPING = "Map it in the YAML step: env: SYSTEM_ACCESSTOKEN: $(System.AccessToken)"
_TOKEN_MEANING = f"the job's System.AccessToken. {_MAPPING}"
_CONNECTION_MEANING = "the service connection's id (resourceId in the address of its page)"
_SIGN_IN = f"The system_access_token is not, or no longer, that of this job. {_MAPPING}"
_ISSUER = Issuer(
    "Azure Pipelines",
    "oidcToken",
    {
        203: _SIGN_IN,
        302: _SIGN_IN,
        401: _SIGN_IN,
        403: "Allow this pipeline to use the service connection (its Security page).",
        404: "Check service_connection_id, and that the connection uses workload identity "
        "federation and is allowed for this pipeline.",
    },
)


class AzurePipelines:
    """The Azure Pipelines job that this process runs in, by one of its service connections."""

    name = "Azure Pipelines"
    expired_hint = FRESH_HINT

    def __init__(self, service_connection_id: str, system_access_token: str) -> None:
        self._connection = check_text(
            service_connection_id, "service_connection_id", _CONNECTION_MEANING
        )
        token = check_text(system_access_token, "system_access_token", _TOKEN_MEANING)
        self._token = token.strip()
        if self._token.startswith("$("):
            raise ConfigurationError(
                "system_access_token is a pipeline expression that nobody has replaced.",
                code="no_system_access_token",
                hint=_MAPPING,
            )

    def fetch(self, exchange: Exchange) -> Flow[str]:
        """Ask for a token; raise CredentialUnavailableError where this is no such job."""
        url = exchange.world.env.get(_URL)
        if not url:
            raise CredentialUnavailableError(
                f"{exchange.who}: {_URL} is not set: this is no job of Azure Pipelines.",
                code="not_azure_pipelines",
                hint="It is set in every job of Azure DevOps Services; in a container step pass "
                "it on.",
            )
        parameters = {"api-version": "7.1", "serviceConnectionId": self._connection}
        headers = {
            "Content-Type": "application/json",
            "Authorization": f"Bearer {self._token}",
            # Else the answer to a wrong token is a sign-in page.
            "X-TFS-FedAuthRedirect": "Suppress",
        }
        request = Request("POST", endpoint(url.rstrip("/"), _URL, parameters), headers)
        return (yield from issued(request, _ISSUER, exchange))

    def __repr__(self) -> str:
        return f"AzurePipelines({self._connection!r})"

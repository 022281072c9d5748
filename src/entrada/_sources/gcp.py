"""The ID tokens of a Google Cloud machine's service account, from its metadata server.

Wire: ``GET /computeMetadata/v1/instance/service-accounts/{account}/identity`` with the header
``Metadata-Flavor: Google``, which the answer bears too; the body is the token.
"""

from __future__ import annotations

from urllib.parse import quote, urlencode

from entrada._engine.effects import Flow, Request, Response, TransportFailure
from entrada._engine.retry import Retry, retrying
from entrada._sources.issuer import FRESH_HINT
from entrada._sources.source import Exchange
from entrada._wire.token import Context, unusable
from entrada.errors import CredentialUnavailableError

_HOST = "metadata.google.internal"
_FLAVOR = "Metadata-Flavor"
_PATIENCE = Retry(tries=3, base=0.4, longest=5.0)


class GCP:
    """The Google Cloud machine, function or pod that this process runs on.

    ``audience`` is what the federated credential expects (default: the cloud's own),
    ``service_account`` an e-mail address where the machine has several.
    """

    name = "the Google Cloud metadata server"
    expired_hint = FRESH_HINT

    def __init__(self, audience: str | None = None, *, service_account: str = "default") -> None:
        self._audience = audience
        self._account = service_account

    def fetch(self, exchange: Exchange) -> Flow[str]:
        """Ask the metadata server; raise CredentialUnavailableError where it has no token."""
        host = exchange.world.env.get("GCE_METADATA_HOST") or _HOST
        audience = self._audience or exchange.audience
        query = urlencode({"audience": audience, "format": "full"})
        account = quote(self._account, safe="@")
        path = f"/computeMetadata/v1/instance/service-accounts/{account}/identity"
        request = Request("GET", f"http://{host}{path}?{query}", {_FLAVOR: "Google"}, timeout=5.0)
        try:
            response = yield from retrying(request, exchange.retry(_PATIENCE), exchange.world)
        except TransportFailure as failure:
            raise CredentialUnavailableError(
                f"{exchange.who}: {host} does not answer: {failure.detail}.",
                code=f"no_answer_{failure.reason}",
                hint="This is no Google Cloud machine, or its metadata server is not reachable.",
            ) from failure
        return self._read(response, Context(exchange.who, host))

    def _read(self, response: Response, context: Context) -> str:
        if response.headers.get(_FLAVOR.lower()) != "Google":
            raise unusable(context, response.status, "it is not the metadata server's")
        if response.status == 404:
            raise CredentialUnavailableError(
                f"{context.who}: this machine has no service account {self._account!r}.",
                code="identity_not_found",
                status_code=404,
                hint="Attach a service account to it: gcloud compute instances "
                "set-service-account.",
            )
        token = response.body.decode("ascii", "replace").strip()
        if response.status != 200 or not token:
            raise unusable(context, response.status, "it holds no token")
        return token

    def __repr__(self) -> str:
        return f"GCP({self._audience!r})" if self._audience else "GCP()"

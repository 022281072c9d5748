"""Azure Resource Manager for commands: one authenticated JSON request at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from entrada._credentials.client_secret import ClientSecretCredential
from entrada._drivers.wire import Wire
from entrada.cli.management.rest import Rest

if TYPE_CHECKING:
    from entrada._engine.effects import Request, Response
    from entrada.local.cloud import Endpoints
    from entrada.types import TokenCredential

AUTHORIZATION = "2022-04-01"
IDENTITIES = "2023-01-31"
RESOURCES = "2021-04-01"
STORAGE = "2024-01-01"
SUBSCRIPTIONS = "2022-12-01"
WEB = "2024-04-01"

PUBLIC_SCOPE = "https://management.azure.com/.default"


class Change(NamedTuple):
    """A request that changes something: what ``--dry-run`` shows instead of sending it."""

    method: str
    path: str
    api_version: str
    body: Any = None


class Arm(Rest):
    """Resource Manager, whose every request names an API version."""

    def __init__(
        self,
        endpoint: str,
        credential: TokenCredential,
        transport: Callable[[Request], Response],
        scope: str = PUBLIC_SCOPE,
    ) -> None:
        super().__init__(endpoint, credential, transport, scope)

    def get(self, path: str, api_version: str, **query: str) -> Any:
        """Read a document; ``query`` are OData's parameters, without the ``$``."""
        return self.send("GET", path, _query(api_version, query))

    def list(self, path: str, api_version: str, **query: str) -> Iterator[Any]:
        """Yield the members of a collection, all pages of it."""
        return self.pages(path, _query(api_version, query))

    def put(self, path: str, api_version: str, body: Any) -> Any:
        """Create or replace a document and return it."""
        return self.apply(Change("PUT", path, api_version, body))

    def patch(self, path: str, api_version: str, body: Any) -> Any:
        """Change a document and return it."""
        return self.apply(Change("PATCH", path, api_version, body))

    def post(self, path: str, api_version: str) -> Any:
        """Perform an action and return its answer."""
        return self.apply(Change("POST", path, api_version))

    def apply(self, change: Change) -> Any:
        """Send a change and return what is answered."""
        return self.send(change.method, change.path, _query(change.api_version, {}), change.body)

    def shown(self, change: Change) -> str:
        """Return a change as the HTTP request that it is, without its token."""
        lines = [f"{change.method} {self.url(change.path, _query(change.api_version, {}))}"]
        if change.body is not None:
            lines += ["Content-Type: application/json", "", json.dumps(change.body, indent=2)]
        return "\n".join(lines)


@contextmanager
def local_arm(endpoints: Endpoints, ca_file: str, identity: Mapping[str, str]) -> Iterator[Arm]:
    """Sign in to a local cloud with a service principal's variables and yield its ARM."""
    with closing(Wire({"SSL_CERT_FILE": ca_file})) as wire:
        credential = ClientSecretCredential(
            identity["AZURE_TENANT_ID"],
            identity["AZURE_CLIENT_ID"],
            identity["AZURE_CLIENT_SECRET"],
            authority=endpoints.login,
            transport=wire,
        )
        with credential:
            yield Arm(endpoints.arm, credential, wire)


def _query(api_version: str, options: Mapping[str, str]) -> dict[str, str]:
    return {"api-version": api_version, **{f"${name}": text for name, text in options.items()}}

"""Azure Resource Manager for commands: one authenticated JSON request at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from entrada._credentials.client_secret import ClientSecretCredential
from entrada._drivers.wire import Wire
from entrada._engine.effects import Request, TransportFailure
from entrada.cli.exits import FAILED, NOT_FOUND
from entrada.cli.output import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from entrada._engine.effects import Response
    from entrada.local.cloud import Endpoints
    from entrada.types import TokenCredential

AUTHORIZATION = "2022-04-01"
RESOURCES = "2021-04-01"
STORAGE = "2024-01-01"
WEB = "2024-04-01"


class ArmFailure(Failure):
    """ARM refused a request; ``status`` is 0 where it could not be asked."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message, exit_code=NOT_FOUND if status == 404 else FAILED)
        self.status = status
        self.code = code


class Arm:
    """Resource Manager at an endpoint (an origin), asked with a credential over a transport.

    ``scope`` is what its tokens are asked for, by default Azure's public cloud's.
    """

    def __init__(
        self,
        endpoint: str,
        credential: TokenCredential,
        transport: Callable[[Request], Response],
        scope: str = "https://management.azure.com/.default",
    ) -> None:
        self._endpoint = endpoint
        self._scope = scope
        self._credential = credential
        self._transport = transport

    def get(self, path: str, api_version: str, **query: str) -> Any:
        """Read a document; ``query`` are OData's parameters, without the ``$``."""
        return self._call("GET", path, api_version, query=query)

    def put(self, path: str, api_version: str, body: Any) -> Any:
        """Create or replace a document and return it."""
        return self._call("PUT", path, api_version, body)

    def patch(self, path: str, api_version: str, body: Any) -> Any:
        """Change a document and return it."""
        return self._call("PATCH", path, api_version, body)

    def post(self, path: str, api_version: str) -> Any:
        """Perform an action and return its answer."""
        return self._call("POST", path, api_version)

    def _call(
        self,
        method: str,
        path: str,
        api_version: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a request and return the answer's JSON; raise :class:`ArmFailure` for a refusal."""
        headers = {"Authorization": f"Bearer {self._credential.get_token(self._scope).token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        asked = {
            "api-version": api_version,
            **{f"${name}": text for name, text in (query or {}).items()},
        }
        url = f"{self._endpoint}{quote(path)}?{urlencode(asked)}"
        data = b"" if body is None else json.dumps(body).encode()
        try:
            response = self._transport(Request(method, url, headers, data))
        except TransportFailure as failure:
            raise ArmFailure(0, failure.reason, f"{method} {path}: {failure.detail}") from failure
        answer = _read(response)
        if response.status >= 400:
            told = answer.get("error", {}) if isinstance(answer, dict) else {}
            code, why = told.get("code", "no reason given"), told.get("message", "")
            said = f"{method} {path}: HTTP {response.status}, {code}: {why}"
            raise ArmFailure(response.status, code, said)
        return answer


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


def _read(response: Response) -> Any:
    try:
        return json.loads(response.body or b"null")
    except ValueError:
        return None

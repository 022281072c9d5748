"""A client that writes to a running local cloud and remembers what was acknowledged.

Every write comes with a question that tells, of a later run of the same state, whether it is
there: whole, as it was acknowledged, or not at all.
"""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlencode

from entrada._drivers.wire import Wire
from entrada._engine.effects import Request, Response, TransportFailure
from entrada.local.files import RunFile

Check: TypeAlias = "Callable[[Client], bool]"

API_VERSION = "api-version=2022-09-01"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
_AUDIENCES = {
    "arm": "https://management.azure.com",
    "blob": "https://storage.azure.com",
    "graph": "https://graph.microsoft.com",
}


class Client:
    """The operator of one run of a cloud; ``tokens`` are kept from an earlier run if given."""

    def __init__(self, run: RunFile, tokens: dict[str, str] | None = None) -> None:
        self._wire = Wire({"SSL_CERT_FILE": run.ca_file})
        self.run = run
        self.tokens = tokens or {name: self._token(uri) for name, uri in _AUDIENCES.items()}

    def close(self) -> None:
        self._wire.close()

    def send(
        self, service: str, method: str, path: str, body: bytes = b"", **headers: str
    ) -> Response:
        """Send a request to a service as the operator."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["authorization"] = f"Bearer {self.tokens[service]}"
        origin = getattr(self.run.endpoints, service)
        return self._wire(Request(method, origin + path, named, body))

    def arm(self, method: str, path: str, body: Any = None) -> Response:
        """Send a request below the subscription."""
        url = f"/subscriptions/{self.run.subscription_id}{path}?{API_VERSION}"
        sent = b"" if body is None else json.dumps(body).encode()
        return self.send("arm", method, url, sent, content_type="application/json")

    def blob(self, method: str, path: str, body: bytes = b"") -> Response:
        """Send a request to the storage account."""
        more = {"x_ms_version": "2021-12-02", "x_ms_blob_type": "BlockBlob"}
        return self.send("blob", method, f"/records{path}", body, **more)

    def graph(self, method: str, path: str, body: Any = None) -> Response:
        """Send a request to Microsoft Graph."""
        sent = b"" if body is None else json.dumps(body).encode()
        return self.send("graph", method, f"/v1.0{path}", sent, content_type="application/json")

    def signs_in(self, client_id: str, secret: str) -> bool:
        """Say whether a client gets a token by its secret."""
        return self._redeem(client_id, secret, _AUDIENCES["arm"]).status == 200

    def _token(self, resource: str) -> str:
        operator = self.run.principals["local-admin"]
        answer = self._redeem(
            operator["AZURE_CLIENT_ID"], operator["AZURE_CLIENT_SECRET"], resource
        )
        return str(document(answer, 200)["access_token"])

    def _redeem(self, client_id: str, secret: str, resource: str) -> Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": secret,
            "scope": f"{resource}/.default",
        }
        url = f"{self.run.endpoints.login}/{self.run.tenant_id}/oauth2/v2.0/token"
        return self._wire(Request("POST", url, {}, urlencode(form).encode()))


def document(response: Response, *statuses: int) -> Any:
    """Return the JSON of an answer that has one of the statuses."""
    if response.status not in statuses:
        raise AssertionError(f"{response.status}: {response.body[:500]!r}")
    return json.loads(response.body) if response.body else {}


def prepare(client: Client) -> None:
    """Make what the writes need."""
    group = "/resourceGroups/work"
    document(client.arm("PUT", group, {"location": "westeurope"}), 200, 201)
    account = f"{group}/providers/Microsoft.Storage/storageAccounts/records"
    document(client.arm("PUT", account, {"location": "westeurope"}), 200, 201, 202)
    assert client.blob("PUT", "/box?restype=container").status in (201, 409)


@dataclass
class Journal:
    """What one writer did: the acknowledged writes, and the one that was under way."""

    acknowledged: list[tuple[str, Check]] = field(default_factory=list)
    under_way: tuple[str, Check] | None = None
    failures: list[str] = field(default_factory=list)

    def note(self, what: str, check: Check) -> None:
        """Remember a write that was acknowledged."""
        self.acknowledged.append((what, check))
        self.under_way = None

    def keep(self, client: Client, chance: random.Random, written: Callable[[], object]) -> None:
        """Write one thing after another until the cloud is gone; ``written`` is told of each."""
        kinds = list(WRITES)
        try:
            while True:
                name = f"n{uuid.uuid4().hex[:12]}"
                WRITES[chance.choice(kinds)](self, client, name)
                written()
        except TransportFailure:
            return
        except (AssertionError, LookupError) as error:
            self.failures.append(repr(error))

    def missing(self, later: Client) -> list[str]:
        """Return what a later run of the same state has lost, or has only half of."""
        checks = [*self.acknowledged, *([self.under_way] if self.under_way else ())]
        return self.failures + [what for what, check in checks if not check(later)]


def _upload(journal: Journal, client: Client, name: str) -> None:
    content = name.encode() * 3000
    path = f"/box/{name}"

    def whole_or_absent(later: Client) -> bool:
        found = later.blob("GET", path)
        return found.status == 404 or found.body == content

    journal.under_way = (f"blob {name}", whole_or_absent)
    document(client.blob("PUT", path, content), 201)
    journal.note(f"blob {name}", lambda later: later.blob("GET", path).body == content)


def _machine(journal: Journal, client: Client, name: str) -> None:
    path = f"/resourceGroups/work/providers/Microsoft.Compute/virtualMachines/{name}"

    def with_its_identity(later: Client) -> bool:
        found = later.arm("GET", path)
        if found.status == 404:
            return True
        principal = document(found, 200)["identity"]["principalId"]
        return later.graph("GET", f"/servicePrincipals/{principal}").status == 200

    journal.under_way = (f"machine {name}", with_its_identity)
    body = {"location": "westeurope", "identity": {"type": "SystemAssigned"}, "tags": {"n": name}}
    made = document(client.arm("PUT", path, body), 200, 201, 202)
    principal = made["identity"]["principalId"]
    if name[1] in "01234567":
        journal.note(
            f"machine {name}",
            lambda later: (
                document(later.arm("GET", path), 200)["identity"]["principalId"] == principal
            ),
        )
        return

    def both_or_neither(later: Client) -> bool:
        machine = later.arm("GET", path).status
        return later.graph("GET", f"/servicePrincipals/{principal}").status == machine

    journal.under_way = (f"deletion of machine {name}", both_or_neither)
    document(client.arm("DELETE", path), 200, 202, 204)
    journal.note(f"deletion of machine {name}", lambda later: _is_gone(later, path, principal))


def _is_gone(later: Client, path: str, principal: str) -> bool:
    statuses = {
        later.arm("GET", path).status,
        later.graph("GET", f"/servicePrincipals/{principal}").status,
    }
    return statuses == {404}


def _assign(journal: Journal, client: Client, name: str) -> None:
    group = f"/resourceGroups/{name}"
    document(client.arm("PUT", group, {"location": "westeurope"}), 200, 201)
    journal.note(f"group {name}", lambda later: later.arm("GET", group).status == 200)
    path = f"{group}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    user = document(client.graph("GET", "/servicePrincipals"), 200)["value"][0]["id"]
    role = (
        f"/subscriptions/{client.run.subscription_id}/providers/Microsoft.Authorization"
        f"/roleDefinitions/{READER}"
    )
    body = {
        "properties": {
            "roleDefinitionId": role,
            "principalId": user,
            "principalType": "ServicePrincipal",
        }
    }
    document(client.arm("PUT", path, body), 200, 201)
    journal.note(f"assignment in {name}", lambda later: later.arm("GET", path).status == 200)


def _application(journal: Journal, client: Client, name: str) -> None:
    made = document(client.graph("POST", "/applications", {"displayName": name}), 201)
    app_id, path = made["appId"], f"/applications/{made['id']}"
    document(client.graph("POST", "/servicePrincipals", {"appId": app_id}), 201)
    journal.note(f"application {name}", lambda later: later.graph("GET", path).status == 200)
    body = {"passwordCredential": {"displayName": "one"}}
    secret = document(client.graph("POST", f"{path}/addPassword", body), 200)["secretText"]
    journal.note(f"secret of {name}", lambda later: later.signs_in(app_id, secret))


WRITES: dict[str, Callable[[Journal, Client, str], None]] = {
    "blob": _upload,
    "machine": _machine,
    "assignment": _assign,
    "application": _application,
}

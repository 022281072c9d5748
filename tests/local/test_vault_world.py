"""The small world of Key Vault's tests: one vault, and principals with roles."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from test_blob_world import NOW, Clock, entra_key

from entrada._engine.effects import Request, Response
from entrada.local import directory, tokens
from entrada.local.arm import operations
from entrada.local.cloud import Cloud
from entrada.local.roles import role_by_name
from entrada.local.state import Document

__all__ = ["NOW"]

VAULT = "https://vault.azure.net"
VERSION = "7.4"
GROUP = "Keys"
OFFICER, USER = "Key Vault Secrets Officer", "Key Vault Secrets User"


@dataclass
class Caller:
    """A service principal that calls a vault, ``kv1`` unless told otherwise."""

    world: World
    principal: Document

    def token(self, resource: str = VAULT, *, cae: bool = False) -> str:
        return tokens.issue(
            self.world.cloud,
            service_principal=self.principal,
            resource=resource,
            credential_kind="secret",
            tenant_id=self.world.tenant,
            lifetime=3600,
            cae=cae,
        )

    def __call__(
        self, method: str, path: str, body: object = None, /, vault: str = "kv1", **query: str
    ) -> Response:
        sent = {"authorization": f"Bearer {self.token()}"}
        return self.world.send(method, f"/{vault}{path}", body, sent, **query)

    def set(self, name: str, value: str = "hunter2", /, **body: Any) -> Document:
        return answered(self("PUT", f"/secrets/{name}", {"value": value, **body}))

    def get(self, name: str, version: str = "") -> Document:
        return answered(self("GET", f"/secrets/{name}/{version}"))

    def pages(self, path: str, **query: str) -> list[list[Document]]:
        """Follow a listing to its end."""
        page = answered(self("GET", path, **query))
        found = [page["value"]]
        headers = {"authorization": f"Bearer {self.token()}"}
        while page["nextLink"]:
            page = answered(self.world.cloud.handle(Request("GET", page["nextLink"], headers)))
            found.append(page["value"])
        return found


@dataclass
class World:
    """A local cloud with one vault, ``kv1``."""

    clock: Clock = field(default_factory=Clock)
    cloud: Cloud = field(init=False)

    def __post_init__(self) -> None:
        self.cloud = Cloud(clock=self.clock)
        self.cloud.state.put("setting", "signingKey", entra_key())
        directory.ensure_seed(self.cloud)
        operations.put_resource_group(self.cloud, GROUP)
        self.vault("kv1")

    @property
    def tenant(self) -> str:
        return directory.default_tenant(self.cloud)

    def vault_id(self, name: str = "kv1") -> str:
        return operations.resource_id(self.cloud, GROUP, "Microsoft.KeyVault/vaults", name)

    def vault(self, name: str, **properties: Any) -> Document:
        body = {"location": "westeurope", "properties": properties}
        return operations.put_resource(self.cloud, self.vault_id(name), body)

    def caller(self, role: str = "", *, secret: str = "") -> Caller:
        """Create a principal, with a role at the vault or at one secret if one is given."""
        app = directory.create_application(self.cloud, "robot")
        principal = directory.create_service_principal(self.cloud, app["appId"])
        if role:
            below = f"/secrets/{secret}" if secret else ""
            self.assign(principal["id"], role, self.vault_id() + below)
        return Caller(self, principal)

    def assign(self, principal_id: str, role: str, scope: str) -> None:
        definition = role_by_name(role)
        assert definition is not None
        roles = "/providers/Microsoft.Authorization"
        key = f"{scope}{roles}/roleAssignments/{uuid.uuid4()}".lower()
        properties = {
            "scope": scope,
            "principalId": principal_id,
            "roleDefinitionId": f"{roles}/roleDefinitions/{definition.id}",
        }
        self.cloud.state.put("roleAssignment", key, {"id": key, "properties": properties})

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        /,
        **query: str,
    ) -> Response:
        search = urlencode({"api-version": VERSION, **query})
        url = f"{self.cloud.endpoints.vault}{path}?{search}"
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        sent = content.encode() if isinstance(content, str) else content
        return self.cloud.handle(Request(method, url, headers or {}, sent))

    def kept(self) -> str:
        """Return all that the state has written down."""
        rows = self.cloud.state._rows("SELECT kind, id, body FROM document")
        return "\n".join(" ".join(row) for row in rows)


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.cloud.state.close()


@pytest.fixture
def officer(world: World) -> Caller:
    """A Secrets Officer of the vault."""
    return world.caller(OFFICER)


def answered(response: Response, status: int = 200) -> Document:
    """Return the JSON of an answer that is no error."""
    assert response.status == status, response.body
    body: Document = json.loads(response.body)
    return body


def failed(response: Response, status: int, code: str, inner: str = "") -> str:
    """Check an error's status and codes; return its message."""
    assert response.status == status, response.body
    error = json.loads(response.body)["error"]
    assert (error["code"], error.get("innererror", {}).get("code", "")) == (code, inner)
    return str(error["message"])


def ids(items: list[Document]) -> list[str]:
    """Return the last segments of ids."""
    return [each["id"].rpartition("/")[2] for each in items]

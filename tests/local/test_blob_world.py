"""The small world of the Blob service's tests: one storage account, and principals with roles."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as ET

import pytest

from entrada._engine.effects import Request, Response
from entrada.local import directory, tokens
from entrada.local.cloud import Cloud
from entrada.local.keys import signing_key
from entrada.local.roles import role_by_name
from entrada.local.state import Document

NOW = 1_800_000_000.5
VERSION = "2024-11-04"
STORAGE = "https://storage.azure.com"
ROLES = "/providers/Microsoft.Authorization/roleDefinitions"
CONTRIBUTOR = "Storage Blob Data Contributor"
READER = "Storage Blob Data Reader"


@cache
def entra_key() -> Document:
    """One signing key for all tests, because making one takes a tenth of a second."""
    cloud = Cloud(clock=lambda: NOW)
    signing_key(cloud)
    document = cloud.state.get("setting", "signingKey")
    cloud.state.close()
    assert document is not None
    return document


@dataclass
class Clock:
    """A clock that a test moves by hand."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


@dataclass
class Caller:
    """A service principal that calls the account ``orders``."""

    world: World
    principal: Document

    def token(self, resource: str = STORAGE, lifetime: int = 3600) -> str:
        return tokens.issue(
            self.world.cloud,
            service_principal=self.principal,
            resource=resource,
            credential_kind="secret",
            tenant_id=self.world.tenant,
            lifetime=lifetime,
        )

    def __call__(
        self,
        method: str,
        path: str = "",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        /,
        **query: str,
    ) -> Response:
        sent = {"authorization": f"Bearer {self.token()}", "x-ms-version": VERSION}
        return self.world.send(method, path, body, {**sent, **(headers or {})}, **query)

    def container(self, method: str, name: str = "box", /, **query: str) -> Response:
        return self(method, f"/{name}", restype="container", **query)

    def put(self, name: str, body: bytes = b"data", /, **headers: str) -> Response:
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        return self("PUT", f"/box/{quote(name)}", body, {"x-ms-blob-type": "BlockBlob", **sent})

    def get(self, name: str, **headers: str) -> Response:
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        return self("GET", f"/box/{quote(name)}", b"", sent)

    def stage(self, name: str, block: str, body: bytes) -> Response:
        return self("PUT", f"/box/{name}", body, comp="block", blockid=block_id(block))

    def commit(self, name: str, *blocks: tuple[str, str], **headers: str) -> Response:
        listed = "".join(f"<{kind}>{block_id(block)}</{kind}>" for kind, block in blocks)
        body = f'<?xml version="1.0" encoding="utf-8"?><BlockList>{listed}</BlockList>'
        sent = {key.replace("_", "-"): value for key, value in headers.items()}
        return self("PUT", f"/box/{name}", body.encode(), sent, comp="blocklist")


@dataclass
class World:
    """A local cloud with one storage account, ``orders``."""

    clock: Clock = field(default_factory=Clock)
    cloud: Cloud = field(init=False)

    def __post_init__(self) -> None:
        self.cloud = Cloud(clock=self.clock)
        self.cloud.state.put("setting", "signingKey", entra_key())
        body = {
            "id": self.account_id,
            "name": "orders",
            "type": "Microsoft.Storage/storageAccounts",
            "location": "westeurope",
            "kind": "StorageV2",
            "sku": {"name": "Standard_ZRS"},
            "properties": {},
        }
        self.cloud.state.put("resource", self.account_id.lower(), body)

    @property
    def tenant(self) -> str:
        return directory.default_tenant(self.cloud)

    @property
    def account_id(self) -> str:
        subscription = directory.default_subscription(self.cloud)
        group = f"/subscriptions/{subscription}/resourceGroups/Shop"
        return f"{group}/providers/Microsoft.Storage/storageAccounts/orders"

    def caller(self, role: str = "", *, container: str = "") -> Caller:
        """Create a principal, with a role at the account or at one container if one is given."""
        app = directory.create_application(self.cloud, "robot")
        principal = directory.create_service_principal(self.cloud, app["appId"])
        if role:
            below = f"/blobServices/default/containers/{container}" if container else ""
            self.assign(principal["id"], role, self.account_id + below)
        return Caller(self, principal)

    def assign(self, principal_id: str, role: str, scope: str) -> None:
        definition = role_by_name(role)
        assert definition is not None
        key = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}".lower()
        properties = {
            "scope": scope,
            "principalId": principal_id,
            "roleDefinitionId": f"{ROLES}/{definition.id}",
        }
        self.cloud.state.put("roleAssignment", key, {"id": key, "properties": properties})

    def send(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], /, **query: str
    ) -> Response:
        search = f"?{urlencode(query)}" if query else ""
        url = f"{self.cloud.endpoints.blob}/orders{path}{search}"
        return self.cloud.handle(Request(method, url, headers, body))

    def payloads(self) -> int:
        """Return how many payloads the state keeps."""
        return int(self.cloud.state._rows("SELECT count(*) FROM payload")[0][0])


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.cloud.state.close()


@pytest.fixture
def owner(world: World) -> Caller:
    """A contributor of the account, with the container ``box`` made."""
    caller = world.caller(CONTRIBUTOR)
    assert caller.container("PUT").status == 201
    return caller


def block_id(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def xml(response: Response) -> ET.Element:
    assert response.headers["content-type"] == "application/xml"
    return ET.fromstring(response.body)


def texts(response: Response, path: str) -> list[str]:
    return [found.text or "" for found in xml(response).findall(path)]


def failed(response: Response, status: int, code: str) -> str:
    """Check an error's status, header and body; return its message."""
    assert (response.status, response.headers.get("x-ms-error-code")) == (status, code)
    body = xml(response)
    assert (body.tag, body.findtext("Code")) == ("Error", code)
    message = body.findtext("Message") or ""
    assert f"RequestId:{response.headers['x-ms-request-id']}\nTime:2027-01-15T08:" in message
    return message

"""The small world of IoT Hub's tests: one hub, principals with roles, devices that are played."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from test_blob_world import Clock, entra_key

from entrada._engine.effects import Request, Response
from entrada.local import directory, tokens
from entrada.local.arm import operations
from entrada.local.cloud import Cloud
from entrada.local.provision import Provision
from entrada.local.resources.iothub.provisioning import IotHub
from entrada.local.state import Document

IOTHUB = "https://iothubs.azure.net"
API_VERSION = "2021-04-12"
CONTRIBUTOR = "IoT Hub Data Contributor"
READER = "IoT Hub Data Reader"
REGISTRY = "IoT Hub Registry Contributor"
TWINS = "IoT Hub Twin Contributor"


@dataclass
class Answer:
    """A response with its JSON read."""

    response: Response

    @property
    def status(self) -> int:
        return self.response.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self.response.headers

    @property
    def json(self) -> Any:
        return json.loads(self.response.body) if self.response.body else None


@dataclass
class Caller:
    """A service principal that calls the hub ``plant``."""

    world: World
    principal: Document

    def token(self, resource: str = IOTHUB, lifetime: int = 3600) -> str:
        return tokens.issue(
            self.world.cloud,
            service_principal=self.principal,
            resource=resource,
            credential_kind="secret",
            tenant_id=directory.default_tenant(self.world.cloud),
            lifetime=lifetime,
        )

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        /,
        **query: str,
    ) -> Answer:
        sent = {"authorization": f"Bearer {self.token()}", **(headers or {})}
        return self.world.send(method, path, body, sent, **query)

    def ok(self, method: str, path: str, body: object = None, /, **headers: str) -> Any:
        """Send a request that succeeds; return the JSON of its answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self(method, path, body, named)
        assert answer.status in (200, 201, 202, 204), answer.json
        return answer.json

    def fails(
        self, method: str, path: str, body: object = None, /, **headers: str
    ) -> tuple[int, str]:
        """Send a request that fails; return its status and code, which header and body agree on."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self(method, path, body, named)
        return answer.status, code_of(answer)

    def message(self, method: str, path: str, body: object = None, /) -> str:
        """Send a request that fails; return what the SDKs show of its message."""
        answer = self(method, path, body)
        code_of(answer)
        return str(answer.json["Message"].split(";")[1])

    def device(self, name: str = "d1", /, **members: object) -> Document:
        """Register a device."""
        made: Document = self.ok("PUT", f"/devices/{quote(name)}", {"deviceId": name, **members})
        return made

    def module(self, name: str = "m1", device: str = "d1", /, **members: object) -> Document:
        """Register a module."""
        body = {"deviceId": device, "moduleId": name, **members}
        made: Document = self.ok("PUT", f"/devices/{device}/modules/{quote(name)}", body)
        return made

    def query(self, text: str) -> list[Document]:
        """Return what a query selects."""
        rows: list[Document] = self.ok("POST", "/devices/query", {"query": text})
        return rows

    def ids(self, condition: str) -> list[str]:
        """Return the devices that a condition selects."""
        rows = self.query(f"SELECT deviceId FROM devices WHERE {condition}")
        return [row["deviceId"] for row in rows]


@dataclass
class World:
    """A local cloud with one IoT hub, ``plant``."""

    clock: Clock = field(default_factory=Clock)
    cloud: Cloud = field(init=False)

    def __post_init__(self) -> None:
        self.cloud = Cloud(clock=self.clock)
        self.cloud.state.put("setting", "signingKey", entra_key())
        self.provision = Provision(self.cloud)
        self.hub: IotHub = self.provision.iot_hub("plant")

    def caller(self, role: str = "") -> Caller:
        """Create a principal, with a role at the hub if one is given."""
        app = directory.create_application(self.cloud, "robot")
        principal = directory.create_service_principal(self.cloud, app["appId"])
        if role:
            operations.assign_role(
                self.cloud, principal_id=principal["id"], role=role, scope=self.hub.resource_id
            )
        return Caller(self, principal)

    def send(
        self, method: str, path: str, body: object, headers: Mapping[str, str], /, **query: str
    ) -> Answer:
        search = urlencode({"api-version": API_VERSION, **query})
        url = f"{self.cloud.endpoints.iothub}{path}?{search}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent = b"" if body is None else content
        return Answer(self.cloud.handle(Request(method, url, headers, sent)))


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.cloud.state.close()


@pytest.fixture
def operator(world: World) -> Caller:
    """A principal that may do everything with the hub."""
    return world.caller(CONTRIBUTOR)


def code_of(answer: Answer) -> str:
    """Return an error's code after checking the shape that the SDKs read it out of."""
    message, code = answer.json["Message"], answer.headers["iothub-errorcode"]
    assert message.startswith(f"ErrorCode:{code};")
    assert message.count(";") == 1
    assert answer.json["ExceptionMessage"].startswith("Tracking ID:")
    return code

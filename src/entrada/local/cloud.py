"""One local cloud: its state, clock, keys and endpoints, and ``handle(Request) -> Response``."""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from entrada._engine.effects import Request, Response
from entrada.local.failures import failed
from entrada.local.http import Inbound, Refusal, Route, RouteTable, json_reply
from entrada.local.state import State

if TYPE_CHECKING:
    from entrada.local.resources.blob.azurite import Azurite
    from entrada.local.resources.iothub.presence import Simulation

ServiceName: TypeAlias = Literal[
    "login", "arm", "graph", "blob", "vault", "iothub", "hosts", "fabric"
]
_HOST_KEY = re.compile(r"(/imds/|/arc/|/cloudshell/)[0-9a-f]+")
SERVICE_NAMES: tuple[ServiceName, ...] = get_args(ServiceName)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The origin (``scheme://host:port``, no trailing slash) of each service.

    ``fabric`` is what clusters have under certificates of their own: Service Fabric's identity
    endpoint and AKS's token proxy.
    """

    login: str = "https://login.entrada.test"
    arm: str = "https://management.entrada.test"
    graph: str = "https://graph.entrada.test"
    blob: str = "https://blob.entrada.test"
    vault: str = "https://vault.entrada.test"
    iothub: str = "https://iothub.entrada.test"
    hosts: str = "http://hosts.entrada.test"
    fabric: str = "https://fabric.entrada.test"

    def service(self, origin: str) -> ServiceName | None:
        """Say which service lives at an origin; the host's name does not matter, its port does."""
        return _services(self).get(_place(origin))


@lru_cache(maxsize=64)
def _services(endpoints: Endpoints) -> dict[str, ServiceName]:
    # Of two services at one place, the one that is named first answers.
    return {_place(getattr(endpoints, name)): name for name in reversed(SERVICE_NAMES)}


def _place(origin: str) -> str:
    """Return what tells origins apart: scheme and port, or the host where there is no port."""
    scheme, _, authority = origin.partition("://")
    port = authority.rpartition(":")[2]
    return f"{scheme}:{port}" if port.isdecimal() else authority


@dataclass(frozen=True, slots=True)
class Decision:
    """One refusal of the local cloud, for people who ask why; ``number`` counts from 1."""

    number: int
    time: float
    service: ServiceName
    request: str
    status: int
    reason: str


@dataclass(slots=True)
class Cloud:
    """The local cloud without a socket. All services read the time from ``clock`` (epoch s)."""

    state: State = field(default_factory=State)
    clock: Callable[[], float] = time.time
    endpoints: Endpoints = field(default_factory=Endpoints)
    decisions: deque[Decision] = field(default_factory=lambda: deque(maxlen=1000))
    requests: deque[str] = field(default_factory=lambda: deque(maxlen=10_000))
    simulated: dict[str, Simulation] = field(default_factory=dict)
    """IoT devices that functions of this process play, by hub and device."""
    azurite: Azurite | None = None
    """Where blobs are kept, if not in the state."""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    @classmethod
    def open(cls, path: Path | None = None) -> Cloud:
        """Open a cloud whose state is in memory, or in the SQLite file at ``path``."""
        return cls(State(path))

    def handle(self, request: Request) -> Response:
        """Answer a request by the service at its origin. Never raises for what a client sent.

        A request is one transaction: whenever the process is killed, all of it happened or
        nothing. (IoT Hub begins its own: direct methods call functions of this process, which
        may wait for other threads; so does Blob in front of Azurite.) What a handler did not
        foresee becomes a 500 in its service's shape and a log record, and nothing of the request
        happened.
        """
        try:
            inbound = Inbound.of(request)
        except ValueError:
            return _error(400, "InvalidUri", "The request's URL or Host cannot be read.")
        service = self.endpoints.service(inbound.origin)
        self.requests.append(_HOST_KEY.sub(r"\1…", f"{service} {inbound.method} {inbound.path}"))
        if service is None:
            message = f"No service of the local cloud lives at {inbound.origin}."
            return _error(421, "MisdirectedRequest", message)
        request_id = str(uuid.uuid4())
        try:
            own = service == "iothub" or self._is_at_azurite(service)
            with nullcontext() if own else self.state.transaction():
                response = self._answer(service, inbound)
        except Exception as error:  # noqa: BLE001 - one request must not end the cloud
            response = failed(service, inbound.method, request_id, self.clock(), error)
        headers = {
            "x-ms-request-id": request_id,
            "date": formatdate(self.clock(), usegmt=True),
            **response.headers,
        }
        return Response(response.status, headers, response.body)

    def waits(self, request: Request) -> bool:
        """Say whether answering a request waits for another program."""
        if self.azurite is None:
            return False
        scheme, _, rest = request.url.partition("://")
        service = self.endpoints.service(f"{scheme}://{rest.partition('/')[0]}")
        return self._is_at_azurite(service)

    def refused(self, service: ServiceName, inbound: Inbound, status: int, reason: str) -> None:
        """Note why something was refused; ``reason`` never holds a secret."""
        line = _HOST_KEY.sub(r"\1…", f"{inbound.method} {inbound.path}")
        number = next(self._numbers)
        self.decisions.append(Decision(number, self.clock(), service, line, status, reason))

    def _is_at_azurite(self, service: ServiceName | None) -> bool:
        return service == "blob" and self.azurite is not None

    def _answer(self, service: ServiceName, inbound: Inbound) -> Response:
        try:
            found = _table(service).find(inbound.method, inbound.path)
            if found is not None:
                route, params = found
                return route.handler(self, replace(inbound, params=params))
        except Refusal as refusal:
            return refusal.response
        return not_found(service, self, inbound)


def routes(service: ServiceName) -> tuple[Route, ...]:
    """Return a service's route table, imported when first asked for."""
    if service == "login":
        from entrada.local.entra import ROUTES
    elif service == "arm":
        from entrada.local.arm import ROUTES
    elif service == "graph":
        from entrada.local.graph import ROUTES
    elif service == "vault":
        from entrada.local.resources.keyvault import ROUTES
    elif service == "iothub":
        from entrada.local.resources.iothub import ROUTES
    elif service == "blob":
        from entrada.local.resources.blob import ROUTES
    elif service == "fabric":
        from entrada.local.hosts import FABRIC_ROUTES as ROUTES
    else:
        from entrada.local.hosts import ROUTES
    return ROUTES


@cache
def _table(service: ServiceName) -> RouteTable:
    return RouteTable(routes(service))


def _error(status: int, code: str, message: str) -> Response:
    return json_reply(status, {"error": {"code": code, "message": message}})


def not_found(service: ServiceName, cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a request that no route takes, in the shape that all services share."""
    message = f"The local cloud's {service} service has no {inbound.method} {inbound.path}."
    cloud.refused(service, inbound, 404, message)
    return _error(404, "NotFound", message)

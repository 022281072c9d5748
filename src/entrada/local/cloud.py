"""One local cloud: its state, clock, keys and endpoints, and ``handle(Request) -> Response``."""

from __future__ import annotations

import re
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path
from typing import Literal, TypeAlias, get_args
from urllib.parse import urlsplit

from entrada._engine.effects import Request, Response
from entrada.local.http import Inbound, Refusal, Route, json_reply
from entrada.local.state import State

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
        for name in SERVICE_NAMES:
            if _same_place(getattr(self, name), origin):
                return name
        return None


def _same_place(known: str, asked: str) -> bool:
    ours, theirs = urlsplit(known), urlsplit(asked)
    if ours.port is None:
        return ours.netloc == theirs.netloc
    return (ours.scheme, ours.port) == (theirs.scheme, theirs.port)


@dataclass(frozen=True, slots=True)
class Decision:
    """One refusal of the local cloud, for people who ask why."""

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

    @classmethod
    def open(cls, path: Path | None = None) -> Cloud:
        """Open a cloud whose state is in memory, or in the SQLite file at ``path``."""
        return cls(State(path))

    def handle(self, request: Request) -> Response:
        """Answer a request by the service at its origin. Never raises for what a client sent."""
        inbound = Inbound.of(request)
        service = self.endpoints.service(inbound.origin)
        self.requests.append(_HOST_KEY.sub(r"\1…", f"{service} {inbound.method} {inbound.path}"))
        if service is None:
            return json_reply(
                421,
                {
                    "error": {
                        "code": "MisdirectedRequest",
                        "message": (f"No service of the local cloud lives at {inbound.origin}."),
                    }
                },
            )
        response = self._answer(service, inbound)
        headers = {
            "x-ms-request-id": str(uuid.uuid4()),
            "date": formatdate(self.clock(), usegmt=True),
            **response.headers,
        }
        return replace(response, headers=headers)

    def refused(self, service: ServiceName, inbound: Inbound, status: int, reason: str) -> None:
        """Note why something was refused; ``reason`` never holds a secret."""
        line = f"{inbound.method} {inbound.path}"
        self.decisions.append(Decision(self.clock(), service, line, status, reason))

    def _answer(self, service: ServiceName, inbound: Inbound) -> Response:
        try:
            for route in routes(service):
                params = route.match(inbound.method, inbound.path)
                if params is not None:
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


def not_found(service: ServiceName, cloud: Cloud, inbound: Inbound) -> Response:
    """Answer a request that no route takes, in the shape that all services share."""
    message = f"The local cloud's {service} service has no {inbound.method} {inbound.path}."
    cloud.refused(service, inbound, 404, message)
    return json_reply(404, {"error": {"code": "NotFound", "message": message}})

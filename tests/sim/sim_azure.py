"""A simulated Azure that issues tokens which say when they expire, and has bad days."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from sim_schedule import Schedule

from entrada import DefaultAzureCredential
from entrada._engine.effects import Completed, Request, Response, Run, TransportFailure
from entrada._engine.world import World
from entrada.testing import json_response

DAY = 24 * 3600.0
SCOPES = ("https://storage.azure.com/.default", "https://vault.azure.net/.default")
SECRET = "canary-secret-8b1f"

PLACES: dict[str, dict[str, str]] = {
    "service principal": {
        "AZURE_TENANT_ID": "contoso.example",
        "AZURE_CLIENT_ID": "app",
        "AZURE_CLIENT_SECRET": SECRET,
    },
    "pod": {
        "AZURE_TENANT_ID": "contoso.example",
        "AZURE_CLIENT_ID": "app",
        "AZURE_FEDERATED_TOKEN_FILE": "/token",
    },
    "web app": {"IDENTITY_ENDPOINT": "http://127.0.0.1:1/msi", "IDENTITY_HEADER": SECRET},
    "virtual machine": {},
    "laptop": {"AZURE_TOKEN_CREDENTIALS": "azureclicredential"},
}


@dataclass
class Azure:
    """Issues one-hour tokens, except in outages of up to so many seconds, and slowly at times."""

    seed: int
    longest_outage: float
    schedule: Schedule = field(init=False)
    outages: list[tuple[float, float]] = field(default_factory=list)
    issued: int = 0
    files: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.schedule = Schedule(self.answer, self.seed)
        start, chance = self.schedule.clock.now(), self.schedule.random
        time = start + 600
        while time < start + DAY:
            length = chance.uniform(5, self.longest_outage)
            self.outages.append((time, time + length))
            time += length + chance.uniform(20, 90) * 60

    @property
    def now(self) -> float:
        return self.schedule.clock.now()

    @property
    def is_down(self) -> bool:
        return any(start <= self.now < end for start, end in self.outages)

    def token(self) -> dict[str, Any]:
        self.issued += 1
        expires_on = int(self.now) + 3600
        return {"access_token": f"canary-token {expires_on}", "expires_on": str(expires_on)}

    def answer(self, request: Request) -> tuple[float, Response | TransportFailure]:
        chance = self.schedule.random
        if self.is_down:
            return self._fault()
        if chance.random() < 0.05:
            return 0.01, json_response(
                {"error": "temporarily_unavailable"}, 429, [("retry-after", "3")]
            )
        seconds = chance.uniform(0.005, 0.5) if chance.random() < 0.9 else chance.uniform(1, 20)
        if seconds > request.timeout:
            return seconds, TransportFailure("timeout", "the caller has gone")
        if not request.headers:
            return seconds, json_response({"error": "bad_request_102"}, 400)  # a probe of IMDS
        return seconds, self._grant(request)

    def rotate(self) -> None:
        self.files["/token"] = f"canary-assertion {self.now + 600}".encode()
        self.schedule.at(self.now + 300, self.rotate)

    def az(self, program: Run) -> Completed:
        assert program.argv[1:4] == ("account", "get-access-token", "--output")
        if self.is_down:
            return Completed(1, "", "ERROR: AADSTS90033: A transient error has occurred.")
        token = self.token()
        reply = {"accessToken": token["access_token"], "expires_on": int(token["expires_on"])}
        return Completed(0, json.dumps(reply))

    def _fault(self) -> tuple[float, Response | TransportFailure]:
        faults: list[tuple[float, Response | TransportFailure]] = [
            (0.01, TransportFailure("connect", "refused")),
            (60.0, TransportFailure("timeout", "silence")),
            (0.1, Response(503, {}, b"")),
            (0.1, json_response({"error": "server_error"}, 500)),
            (0.1, Response(502, {}, b"<html><h1>Bad Gateway</h1></html>")),
            (0.1, json_response({}, 429, [("retry-after", "30")])),
        ]
        return self.schedule.random.choice(faults)

    def _grant(self, request: Request) -> Response:
        form = parse_qs(request.body.decode())
        if "client_assertion" in form:
            valid_until = float(form["client_assertion"][0].split()[1])
            if self.now > valid_until:
                return json_response({"error": "invalid_client", "error_codes": [700024]}, 401)
        return json_response(self.token())

    def credential(self, place: str) -> DefaultAzureCredential:
        """Return the default credential of a place in this world."""
        self.rotate()
        world = World.fake(
            PLACES[place], clock=self.schedule.clock, files=self.files, programs={"az": self.az}
        )
        self.schedule.world = world
        return DefaultAzureCredential(world=world)

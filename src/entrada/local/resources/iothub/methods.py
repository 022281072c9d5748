"""Direct methods: calling a simulated device, and the HTTP of it.

Nobody waits: whether an answer comes within the caller's timeouts is known at once.
https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-direct-methods
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from entrada._engine.effects import Response
from entrada.local.http import json_reply
from entrada.local.resources.iothub import presence, registry
from entrada.local.resources.iothub.context import Context, Hub
from entrada.local.resources.iothub.devices import who
from entrada.local.resources.iothub.errors import HubError, invalid
from entrada.local.resources.iothub.presence import MethodAnswer
from entrada.local.resources.iothub.registry import Who

_UNKNOWN_METHOD = 501
_FAILED = 500
_LONGEST_CONNECT, _LONGEST_RESPONSE, _USUAL_RESPONSE = 300, 300, 30
_SHORTEST_RESPONSE = 5


@dataclass(frozen=True, slots=True)
class Invocation:
    """What a caller asks of a device; timeouts in seconds."""

    method: str
    payload: Any
    response_timeout: int

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Invocation:
        """Read a request; raise :class:`HubError` for what cannot be asked."""
        method = body.get("methodName")
        if not isinstance(method, str) or not method:
            raise HubError("ArgumentNull", "methodName is missing.")
        _seconds(body, "connectTimeoutInSeconds", 0, 0, _LONGEST_CONNECT)
        timeout = _seconds(
            body,
            "responseTimeoutInSeconds",
            _USUAL_RESPONSE,
            _SHORTEST_RESPONSE,
            _LONGEST_RESPONSE,
        )
        return cls(method, body.get("payload"), timeout)


def post(context: Context) -> Response:
    """Call a direct method of a device or module."""
    invocation = Invocation.of(context.body())
    answer = invoke(context.hub, who(context), invocation)
    return json_reply(200, {"status": answer.status, "payload": answer.payload})


def invoke(hub: Hub, name: Who, invocation: Invocation) -> MethodAnswer:
    """Return what a device answers; raise :class:`HubError` where it is away or too slow."""
    identity = registry.need(hub, name)["identity"]
    simulation = presence.simulation(hub, name)
    if simulation is None or identity.get("status") == "disabled":
        raise HubError("DeviceNotOnline", detail=_how_to_connect(hub, name))
    answer = _answer(simulation, invocation)
    if answer.delay > invocation.response_timeout:
        raise HubError("GatewayTimeout")
    registry.seen(hub, name)
    return answer


def _answer(simulation: presence.Simulation, invocation: Invocation) -> MethodAnswer:
    method = simulation.methods.get(invocation.method)
    if method is None:
        return MethodAnswer(_UNKNOWN_METHOD)
    if not callable(method):
        return _read(method)
    try:
        result = method(invocation.payload)
        json.dumps(result)
    except Exception as error:  # noqa: BLE001 - a device that fails is an answer, too
        return MethodAnswer(_FAILED, {"message": f"{type(error).__name__}: {error}"})
    return _read(result) if isinstance(result, tuple) else MethodAnswer(200, result)


def _read(answer: tuple[Any, ...]) -> MethodAnswer:
    return MethodAnswer(*answer)


def _how_to_connect(hub: Hub, name: Who) -> str:
    origin = hub.cloud.endpoints.iothub
    place = "/modules/".join(name)
    return (
        "Nothing simulates it: LocalCloud.simulate_device, or "
        f"PUT {origin}/providers/Entrada.Local/devices/{place}/simulation"
    )


def _seconds(body: Mapping[str, Any], name: str, usual: int, shortest: int, longest: int) -> int:
    value = body.get(name)
    if value is None:
        return usual
    if isinstance(value, bool) or not isinstance(value, int) or not shortest <= value <= longest:
        raise invalid(f"{name} is {value!r}, where {shortest} to {longest} is allowed.")
    return value

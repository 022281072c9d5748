"""What stands in for devices: a handle in the cloud's process, and an HTTP interface of our own.

On Azure a device connects by MQTT or AMQP. Here something plays it: it is then connected, answers
direct methods, reads its desired properties and reports others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from entrada._engine.effects import Response
from entrada.local.http import empty_reply, json_reply
from entrada.local.resources.iothub import configurations, presence, registry, twins
from entrada.local.resources.iothub.context import Context, Hub
from entrada.local.resources.iothub.devices import who
from entrada.local.resources.iothub.errors import HubError, invalid
from entrada.local.resources.iothub.presence import Method, MethodAnswer, Simulation
from entrada.local.resources.iothub.registry import Who
from entrada.local.state import Document


class SimulatedDevice:
    """A device or module that this process plays until it is closed.

    Raises :class:`LookupError` where the device is not registered.
    """

    def __init__(self, hub: Hub, who: Who, methods: Mapping[str, Method]) -> None:
        self._hub = hub
        self._who = who
        self._simulation = Simulation(dict(methods))
        if registry.find(hub, who) is None:
            raise LookupError(f"{'/'.join(who)} is not registered in the IoT hub {hub.name}")
        _connected(hub, who, self._simulation)

    @property
    def desired(self) -> Document:
        """The desired properties as they are now, with ``$version``."""
        section = registry.need(self._hub, self._who)["twin"]["desired"]
        return {**section["values"], "$version": section["version"]}

    @property
    def reported(self) -> Document:
        """What the device has reported, with ``$version``."""
        section = registry.need(self._hub, self._who)["twin"]["reported"]
        return {**section["values"], "$version": section["version"]}

    def report(self, patch: Mapping[str, Any]) -> None:
        """Merge properties into the reported ones; ``None`` removes one.

        Raises :class:`ValueError` for what a twin has no room for.
        """
        try:
            _reported(self._hub, self._who, patch)
        except HubError as error:
            raise ValueError(error.message) from error

    def close(self) -> None:
        """Disconnect, unless something else plays the device by now."""
        if presence.simulation(self._hub, self._who) is self._simulation:
            _disconnected(self._hub, self._who)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def put(context: Context) -> Response:
    """Connect a device that always answers the same: ``{"methods": {name: {"status": …}}}``."""
    name = who(context)
    registry.need(context.hub, name)
    methods = _methods(context.body())
    presence.attach_fixed(context.hub, name, methods)
    registry.seen(context.hub, name, connection=True)
    return json_reply(200, _shown(context.hub, name))


def get(context: Context) -> Response:
    """Show what plays a device."""
    registry.need(context.hub, who(context))
    return json_reply(200, _shown(context.hub, who(context)))


def delete(context: Context) -> Response:
    """Disconnect a device."""
    name = who(context)
    registry.need(context.hub, name)
    _disconnected(context.hub, name)
    return empty_reply(204)


def report(context: Context) -> Response:
    """Merge properties into those that a device reports."""
    name = who(context)
    document = twins.report(context.hub, name, context.body())
    return json_reply(200, twins.shown(context.hub, document)["properties"])


def _reported(hub: Hub, name: Who, patch: Mapping[str, Any]) -> None:
    with hub.state.transaction():
        twins.report(hub, name, patch)
        configurations.apply(hub)


def _connected(hub: Hub, name: Who, simulation: Simulation) -> None:
    presence.attach(hub, name, simulation)
    registry.seen(hub, name, connection=True)


def _disconnected(hub: Hub, name: Who) -> None:
    if presence.detach(hub, name) and registry.find(hub, name) is not None:
        registry.seen(hub, name, connection=True)


def _shown(hub: Hub, name: Who) -> Document:
    simulation = presence.simulation(hub, name)
    methods = sorted(simulation.methods) if simulation else []
    identity = registry.need(hub, name)["identity"]
    state = presence.connection_state(hub, name, identity)
    return {"connectionState": state, "methods": methods}


def _methods(body: Mapping[str, Any]) -> dict[str, MethodAnswer]:
    methods = body.get("methods") or {}
    if not isinstance(methods, dict):
        raise invalid("methods is no JSON object.")
    return {name: _fixed(name, answer) for name, answer in methods.items()}


def _fixed(name: str, answer: object) -> MethodAnswer:
    if not isinstance(answer, dict):
        raise invalid(f"methods.{name} is no JSON object.")
    status, delay = answer.get("status", 200), answer.get("delaySeconds", 0)
    if isinstance(status, bool) or not isinstance(status, int):
        raise invalid(f"methods.{name}.status is no whole number.")
    if isinstance(delay, bool) or not isinstance(delay, int | float) or not 0 <= delay < math.inf:
        raise invalid(f"methods.{name}.delaySeconds is no number of seconds.")
    return MethodAnswer(status, answer.get("payload"), delay)

"""Which devices are connected: those that something simulates, in this process or by request.

Knows no identity's document and no operation. A simulation made by request is kept in the state;
one made in the cloud's own process may have functions, and ends with the process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from entrada.local.resources.iothub.context import Hub

KIND: Final = "iotSimulation"


class MethodAnswer(NamedTuple):
    """What a simulated device answers to a direct method.

    ``status`` is the device's own, by custom an HTTP status; ``delay`` (seconds) is how late the
    answer would come, which is not waited for: beyond the caller's timeout the call fails.
    """

    status: int
    payload: Any = None
    delay: float = 0


Method: TypeAlias = "Callable[[Any], Any] | tuple[int, Any] | tuple[int, Any, float]"
"""A fixed answer, or a function of the payload that returns one or just a payload."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """What plays a device or module: its direct methods by name."""

    methods: Mapping[str, Method] = field(default_factory=dict)


def attach(hub: Hub, who: tuple[str, ...], simulation: Simulation) -> None:
    """Connect a device or module that this process plays."""
    hub.cloud.simulated[hub.key(*who)] = simulation


def attach_fixed(hub: Hub, who: tuple[str, ...], methods: Mapping[str, MethodAnswer]) -> None:
    """Connect a device or module that answers the same always; this is kept in the state."""
    kept = {name: list(answer) for name, answer in methods.items()}
    hub.state.put(KIND, hub.key(*who), {"methods": kept})


def detach(hub: Hub, who: tuple[str, ...]) -> bool:
    """Disconnect a device or module; say whether it was connected."""
    in_process = hub.cloud.simulated.pop(hub.key(*who), None) is not None
    return hub.state.delete(KIND, hub.key(*who)) or in_process


def simulation(hub: Hub, who: tuple[str, ...]) -> Simulation | None:
    """Return what plays a device or module, or ``None`` where nothing does."""
    own = hub.cloud.simulated.get(hub.key(*who))
    if own is not None:
        return own
    kept = hub.state.get(KIND, hub.key(*who))
    if kept is None:
        return None
    return Simulation({name: MethodAnswer(*answer) for name, answer in kept["methods"].items()})


def connection_state(hub: Hub, who: tuple[str, ...], identity: Mapping[str, Any]) -> str:
    """Return ``Connected`` or ``Disconnected``; a disabled device cannot connect."""
    if identity.get("status") == "disabled" or simulation(hub, who) is None:
        return "Disconnected"
    return "Connected"

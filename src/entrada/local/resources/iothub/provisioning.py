"""IoT hubs for tests and demos: a hub's address, what plays its devices, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from entrada.local.cloud import Cloud
from entrada.local.resources.iothub import configurations, jobs, presence, queries, registry
from entrada.local.resources.iothub.context import TYPE, Hub
from entrada.local.resources.iothub.presence import Method
from entrada.local.resources.iothub.simulation import SimulatedDevice
from entrada.local.resources.iothub.transfer_requests import KIND as TRANSFER
from entrada.local.resources.naming import resources_of
from entrada.local.state import Document

_KINDS: Final = (
    *registry.KINDS,
    configurations.KIND,
    jobs.KIND,
    jobs.DUE,
    presence.KIND,
    queries.DEVICE_JOB,
    TRANSFER,
)


@dataclass(frozen=True, slots=True)
class IotHub:
    """An IoT hub: ``host`` (with its port) is what SDKs take as the host name."""

    name: str
    host: str
    resource_id: str
    principal_id: str
    """The object id of its system-assigned identity; ``""`` where it has none."""

    @classmethod
    def of(cls, resource: Document) -> IotHub:
        """Read what ARM says of a hub."""
        return cls(
            resource["name"],
            resource["properties"]["hostName"],
            resource["id"],
            str((resource.get("identity") or {}).get("principalId") or ""),
        )


def simulate_device(
    cloud: Cloud,
    hub_name: str,
    device_id: str,
    methods: Mapping[str, Method],
    module_id: str | None = None,
) -> SimulatedDevice:
    """Play a device or module; raise :class:`LookupError` where it or its hub is not there."""
    found = [body for body in resources_of(cloud, TYPE) if body["name"].lower() == hub_name.lower()]
    if not found:
        raise LookupError(f"there is no IoT hub {hub_name}")
    who = (device_id, module_id) if module_id else (device_id,)
    return SimulatedDevice(Hub(cloud, found[0]), who, methods)


def forget_hub(cloud: Cloud, resource: Document) -> None:
    """Delete everything that a hub held."""
    hub = Hub(cloud, resource)
    for kind in _KINDS:
        for key, _ in cloud.state.under(kind, hub.key("")):
            cloud.state.delete(kind, key)
    for key in [key for key in cloud.simulated if key.startswith(hub.key(""))]:
        del cloud.simulated[key]

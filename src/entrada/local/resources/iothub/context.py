"""What an operation of IoT Hub is given: the request, its hub, and where things are kept.

Knows no operation and no permission. Ids in the state: a device is ``hub/device``, a module
``hub/device/module``; hubs are lower case, the rest is case-sensitive.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from entrada.local.cloud import Cloud
from entrada.local.http import Inbound
from entrada.local.resources.iothub.errors import HubError, invalid
from entrada.local.resources.naming import authority, named_by_host, resources_of
from entrada.local.state import Document, State

TYPE: Final = "Microsoft.Devices/IotHubs"
NEVER: Final = "0001-01-01T00:00:00Z"
_TIME = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hub:
    """One IoT hub of a cloud; without a request, so that tests and demos can use it too."""

    cloud: Cloud
    resource: Document

    @property
    def state(self) -> State:
        """Where everything is kept."""
        return self.cloud.state

    @property
    def name(self) -> str:
        """The hub's name in lower case, under which its things are kept."""
        return str(self.resource["name"]).lower()

    @property
    def scope(self) -> str:
        """The ARM id, at which access is decided: IoT Hub has no scopes below it."""
        return str(self.resource["id"])

    @property
    def now(self) -> float:
        """The time, in epoch seconds."""
        return self.cloud.clock()

    @property
    def moment(self) -> str:
        """The time as the service writes it."""
        return written(self.now)

    def key(self, *parts: str) -> str:
        """Return the id of something of this hub in the state."""
        return "/".join((self.name, *parts))


@dataclass(frozen=True, slots=True)
class Context:
    """One request to one hub; ``principal_id`` is the caller's object id once it is known."""

    hub: Hub
    inbound: Inbound
    principal_id: str = ""

    @classmethod
    def of(cls, cloud: Cloud, inbound: Inbound) -> Context:
        """Find the hub of a request; raise :class:`HubError` where that is not clear."""
        resource = named_by_host(cloud, inbound, TYPE)
        if resource is None:
            raise HubError("IotHubNotFound", _no_hub(cloud, inbound))
        return cls(Hub(cloud, resource), inbound)

    @property
    def cloud(self) -> Cloud:
        """The cloud that the hub is in."""
        return self.hub.cloud

    def param(self, name: str) -> str:
        """Return a variable of the route."""
        return self.inbound.params[name]

    def query(self, name: str) -> str:
        """Return a query parameter, or nothing."""
        return self.inbound.query.get(name.lower(), "")

    def header(self, name: str) -> str:
        """Return a request header, or nothing."""
        return self.inbound.headers.get(name, "").strip()

    def body(self) -> Document:
        """Read the body as a JSON object; raise :class:`HubError` where it is none."""
        body = self.json()
        if not isinstance(body, dict):
            raise invalid("The request's body is not a JSON object.")
        return body

    def json(self) -> Any:
        """Read the body as JSON; raise :class:`HubError` where it is none."""
        try:
            return self.inbound.json()
        except (ValueError, RecursionError) as error:
            raise invalid("The request's body is not JSON.") from error

    def number(self, name: str, default: int, largest: int) -> int:
        """Read a whole number of at least 1 from a header or query parameter."""
        text = self.header(name) or self.query(name)
        if not text:
            return default
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text)):
            raise invalid(f"{name} is {text!r}, where a whole number from 1 on is expected.")
        return min(int(text), largest)


def written(epoch: float) -> str:
    """Write epoch seconds as IoT Hub does: UTC with seven decimals."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def epoch_of(text: object, name: str) -> float:
    """Read a time as epoch seconds, UTC unless it says otherwise; raise :class:`HubError`."""
    if isinstance(text, str) and _TIME.fullmatch(text):
        try:
            read = datetime.fromisoformat(text)
            epoch = (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
            datetime.fromtimestamp(epoch, UTC)
            return epoch
        except (ValueError, OverflowError):
            pass
    raise invalid(f"{name} is no time such as 2030-01-31T12:00:00Z.")


def _no_hub(cloud: Cloud, inbound: Inbound) -> str:
    hubs = [str(body["name"]) for body in resources_of(cloud, TYPE)]
    if not hubs:
        return "The local cloud has no IoT hub: create one (az iot hub create)."
    host = authority(inbound)
    names = ", ".join(hubs)
    return (
        f"The host {host!r} names none of the {len(hubs)} IoT hubs ({names}): call "
        f"{hubs[0]}.<any domain> and give that host the address 127.0.0.1 in the hosts file."
    )

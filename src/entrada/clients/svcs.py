"""svcs: every registered client as a service, with its health check.

register(registry, clients)
blob = container.get(BlobServiceClient)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import svcs

from entrada._config.tree import Mistake
from entrada.clients.building import class_of
from entrada.clients.health import acheck, check
from entrada.clients.registration import Registration, counts
from entrada.clients.registry import Clients


class Registered(NamedTuple):
    """The service that has the registry of the clients.

    It stands between, since svcs gives what can be entered asynchronously to ``aget`` only.
    """

    clients: Clients


def register(registry: svcs.Registry, clients: Clients, *, aio: bool = False) -> None:
    """Register the clients; they are closed with svcs' registry.

    ``aio`` registers the async classes and needs ``await registry.aclose()``. svcs has no names:
    of several clients of one class, the one that was registered without a name counts.
    """
    close: Any = clients.aclose if aio else clients.close
    registry.register_value(Registered, Registered(clients), on_registry_close=close)
    for registration in clients.registrations:
        try:
            cls = class_of(registration, asynchronous=aio)
        except Mistake:  # without a class yet, or of the other colour only
            continue
        if counts(clients.registrations, registration):
            ping = _aping(clients, registration) if aio else _ping(clients, registration)
            registry.register_factory(cls, _factory(clients, cls), enter=False, ping=ping)


def _factory(clients: Clients, cls: type) -> Callable[[], Any]:
    def make() -> Any:
        return clients.get(cls)

    return make


def _ping(clients: Clients, registration: Registration) -> Callable[[Any], None]:
    def ping(_client: Any) -> None:
        error = check(clients, registration).error
        if error is not None:
            raise error

    return ping


def _aping(clients: Clients, registration: Registration) -> Callable[[Any], Any]:
    async def ping(_client: Any) -> None:
        error = (await acheck(clients, registration)).error
        if error is not None:
            raise error

    return ping

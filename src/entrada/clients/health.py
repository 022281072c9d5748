"""Health of clients: their own ping, or else whether there is a token for their service."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

from entrada._config.tree import Mistake
from entrada.clients.building import class_of
from entrada.clients.errors import error_of
from entrada.clients.kinds import known

if TYPE_CHECKING:
    from entrada.clients.registration import Registration
    from entrada.clients.registry import Clients


class Health(NamedTuple):
    """What a check of one client found. ``seconds`` is how long it took; no error: it is well."""

    name: str
    kind: str
    seconds: float
    error: Exception | None = None

    @property
    def ok(self) -> bool:
        """Whether it is well."""
        return self.error is None


def check(clients: Clients, registration: Registration) -> Health:
    """Check a client on this thread; what goes wrong is in the result."""
    now = clients.world.elapsed
    started = now()
    try:
        cls = _class(registration, asynchronous=False)
        client = clients.get(cls, registration.name)
        if registration.ping is not None:
            registration.ping(client)
        else:
            _probe(clients, cls, registration)
    except Exception as error:  # noqa: BLE001 - the result says it
        return Health(registration.name, registration.kind or "", now() - started, error)
    return Health(registration.name, registration.kind or "", now() - started)


async def acheck(clients: Clients, registration: Registration) -> Health:
    """Check a client in this task; of one that has no async class the sync one."""
    now = clients.world.elapsed
    started = now()
    try:
        try:
            cls = _class(registration, asynchronous=True)
        except Mistake:
            cls = _class(registration, asynchronous=False)
        client = clients.get(cls, registration.name)
        if registration.ping is not None:
            result = registration.ping(client)
        else:
            result = _probe(clients, cls, registration)
        if inspect.isawaitable(result):
            await result
    except Exception as error:  # noqa: BLE001 - the result says it
        return Health(registration.name, registration.kind or "", now() - started, error)
    return Health(registration.name, registration.kind or "", now() - started)


def _class(registration: Registration, *, asynchronous: bool) -> Any:
    try:
        return class_of(registration, asynchronous=asynchronous)
    except Mistake as mistake:
        if asynchronous:
            raise
        raise error_of(mistake) from None


def _probe(clients: Clients, cls: type, registration: Registration) -> Any:
    """Ask for a token of the client's service; of a key there is nothing to ask."""
    kind = known(registration.kind or "")
    get_token = getattr(clients.credential(cls, registration.name), "get_token", None)
    if kind is None or get_token is None or "connectionstring" in registration.spec.keys:
        return None
    return get_token(kind.scope)

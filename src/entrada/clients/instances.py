"""The clients made so far: one of each, looked up without a lock, made under its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from entrada.clients.registration import Registration

Key: TypeAlias = tuple[str, str | None, bool]
"""Kind, the name it is asked for by, and whether it is the async one."""


class Instances:
    """What a registry made, by key and in order."""

    def __init__(self) -> None:
        self.made: dict[Key, Any] = {}
        self.order: list[Any] = []

    def get(self, key: Key, registration: Registration, build: Callable[[], Any]) -> Any:
        """Return the client of a registration, made if it is not there yet."""
        kind, _, asynchronous = key
        own = kind, registration.name, asynchronous
        with registration.lock:
            if own not in self.made:
                with registration.being_made():
                    client = build()
                self.order.append(client)
                self.made[own] = client
            made = self.made[key] = self.made[own]
        return made

    def forget_unnamed(self) -> None:
        """Forget what was found without a name: it may be one of several now."""
        # In place, and over a copy of the keys: another thread may be adding one.
        for key in list(self.made):
            if key[1] is None:
                self.made.pop(key, None)

    def take(self) -> list[Any]:
        """Forget everything; return it, the last made first."""
        order, self.order = self.order, []
        self.made.clear()
        return order[::-1]

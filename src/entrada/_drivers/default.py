"""The transport of a driver that was given none: the wire, loaded with the first request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from entrada._engine.effects import Request, Response

if TYPE_CHECKING:
    from entrada._drivers.wire import Wire


class DefaultTransport:
    """Sends requests through one wire; ``env`` gives proxies and certificate bundles."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env
        self._made: dict[str, Wire] = {}

    def __call__(self, request: Request) -> Response:
        """Send a request; raise :class:`TransportFailure` when there is no answer."""
        wire = self._made.get("wire")
        if wire is None:
            from entrada._drivers.wire import Wire

            # Threads that meet here go on with the same one: setdefault is atomic.
            wire = self._made.setdefault("wire", Wire(self._env))
        return wire(request)

    def close(self) -> None:
        """Close the connections; the transport stays usable."""
        for wire in tuple(self._made.values()):
            wire.close()

"""A local cloud that runs in this process: made, seeded, served, and taken down again."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from entrada._engine.effects import Request, Response
from entrada.local import directory
from entrada.local.cloud import Cloud, Endpoints, ServiceName
from entrada.local.provision import Provision
from entrada.local.server import Server, bind
from entrada.local.state import State
from entrada.local.trust import write_trust


class LocalCloud(Provision):
    """Entra, managed identity hosts, Azure Resource Manager and Blob on free loopback ports.

    ``state`` is an SQLite file that keeps everything (default: memory); ``ports`` fixes some
    services' ports; ``clock`` gives epoch seconds. Use it as a context manager, or with
    ``start()`` and ``stop()``; ``cloud`` is the same thing without sockets.
    """

    def __init__(
        self,
        *,
        state: str | Path | None = None,
        ports: Mapping[ServiceName, int] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._ports = dict(ports or {})
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._server: Server | None = None
        super().__init__(Cloud(State(None if state is None else Path(state)), clock))

    @property
    def ca_file(self) -> Path:
        """The PEM file of the certificate authority that clients have to trust."""
        if self._folder is None:
            raise RuntimeError("the local cloud is not running")
        return Path(self._folder.name) / "ca.pem"

    @property
    def endpoints(self) -> Endpoints:
        """The origin of each service."""
        return self.cloud.endpoints

    def start(self) -> Self:
        """Start serving."""
        bound = bind(self._ports)
        self.cloud.endpoints = bound.endpoints
        directory.ensure_seed(self.cloud)
        self._folder = tempfile.TemporaryDirectory(prefix="entrada-local-")
        files = write_trust(self.cloud, Path(self._folder.name))
        self._server = Server(self.cloud, bound, files)
        self._server.start()
        return self

    def stop(self) -> None:
        """Stop serving and forget everything that is not in a state file."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        self.cloud.state.close()

    def handle(self, request: Request) -> Response:
        """Answer a request without a socket: ``transport=cloud.handle`` for any credential."""
        return self.cloud.handle(request)

    def environment(self) -> dict[str, str]:
        """Return the variables by which a process finds this cloud and trusts it.

        They name no identity: add those of a :class:`ServicePrincipal`, app or pod.
        """
        ca = str(self.ca_file)
        return {
            "AZURE_AUTHORITY_HOST": self.endpoints.login,
            "SSL_CERT_FILE": ca,
            "REQUESTS_CA_BUNDLE": ca,
            "NODE_EXTRA_CA_CERTS": ca,
        }

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

"""A local cloud that runs in this process: made, seeded, served, and taken down again."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeAlias, get_args

from entrada._engine.effects import Request, Response
from entrada._engine.world import World
from entrada.local import directory
from entrada.local.cloud import Cloud, Endpoints, ServiceName
from entrada.local.listening import LOOPBACK, Listening
from entrada.local.provision import Provision
from entrada.local.resetting import reset
from entrada.local.resources.blob import azurite
from entrada.local.seeding import Seed, Seeded, apply_seed, read_seed
from entrada.local.server import Ports, Server, bind
from entrada.local.state import State
from entrada.local.trust import write_trust

BlobStore: TypeAlias = Literal["embedded", "azurite"]
"""Where blobs are kept: in the cloud's state, or by Azurite."""


class LocalCloud(Provision):
    """Entra, managed identity hosts, Azure Resource Manager and Blob on free loopback ports.

    ``state`` is an SQLite file that keeps everything (default: memory); ``seed`` a TOML file of
    what is to be there (``docs/local-cloud.md``), of which ``seeded`` then has ids and secrets;
    ``ports`` fixes some services' ports; ``clock`` gives epoch seconds. Use it as a context
    manager, or with ``start()`` and ``stop()``; ``cloud`` is the same thing without sockets.

    ``host`` is an address to listen on beside loopback, ``names`` are further names in the
    server certificate, ``public_host`` stands in every URL that is answered; other machines are
    let in only with ``allow_remote``. Raises ``ValueError`` for settings that are refused.

    With ``blob="azurite"`` blobs are kept by Microsoft's emulator, which is started and stopped
    with the cloud; beside a state file it keeps them in a folder of that name and ``.azurite``.
    """

    def __init__(
        self,
        *,
        state: str | Path | None = None,
        seed: str | Path | None = None,
        ports: Mapping[ServiceName, int] | None = None,
        clock: Callable[[], float] = time.time,
        host: str = LOOPBACK,
        names: Sequence[str] = (),
        public_host: str = "localhost",
        allow_remote: bool = False,
        blob: BlobStore = "embedded",
    ) -> None:
        if blob not in get_args(BlobStore):
            raise ValueError(f"blob={blob!r} is none of {', '.join(get_args(BlobStore))}")
        self._blob: BlobStore = blob
        self._blob_folder = None if state is None else Path(f"{state}.azurite")
        self._listening = Listening(host, tuple(names), public_host, allow_remote)
        self._ports = dict(ports or {})
        self._seed = None if seed is None else Path(seed)
        self.seeded = Seeded()
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
        """Start serving.

        Raises :class:`SeedError`, :class:`AzuriteError`, and ``OSError`` for a port that is taken.
        """
        seed = None if self._seed is None else read_seed(self._seed, World.real().env)
        bound = bind(self._ports, self._listening.host, self._listening.public_host)
        try:
            self._prepare(bound, seed)
        except BaseException:
            bound.close()
            self._stop_azurite()
            raise
        self._folder = tempfile.TemporaryDirectory(prefix="entrada-local-")
        folder, names = Path(self._folder.name), self._listening.certificate_names()
        self._server = Server(self.cloud, bound, write_trust(self.cloud, folder, names))
        self._server.start()
        return self

    def _prepare(self, bound: Ports, seed: Seed | None) -> None:
        self.cloud.endpoints = bound.endpoints
        directory.ensure_seed(self.cloud)
        if self._blob == "azurite":
            env = World.real().env
            program = azurite.find(env, Path.cwd())
            if self._blob_folder is not None:
                self._blob_folder.mkdir(mode=0o700, exist_ok=True)
            self.cloud.azurite = azurite.start(program, env, self._blob_folder)
        if seed is not None:
            self.seeded = apply_seed(self, seed)

    def stop(self) -> None:
        """Stop serving and forget everything that is not in a state file."""
        if self._server is not None:
            self._server.stop()
            self._server = None
        self._stop_azurite()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None
        self.cloud.state.close()

    def _stop_azurite(self) -> None:
        if self.cloud.azurite is not None:
            self.cloud.azurite.close()
            self.cloud.azurite = None

    def reset(self) -> Seeded:
        """Forget everything that was made since the start; return what the seed made anew.

        Tenant, subscription, certificate authority and keys stay as they are.
        """
        self.seeded = reset(self.cloud)
        return self.seeded

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

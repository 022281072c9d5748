"""The run directory: how other processes find the local cloud that a user runs.

It holds ``run.json`` (0600) and ``ca.pem`` (0644), in a folder of 0700, while a cloud runs. Whether
one runs says a file lock, which ends with its process however that ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from entrada.local.cloud import Endpoints
from entrada.local.listening import LOOPBACK, moved

if TYPE_CHECKING:
    from entrada._engine.world import World

OPERATOR = "local-admin"
"""The name of the principal that may do everything; every cloud that runs has it."""

_TRIES, _PAUSE = 10, 0.05
"""How often, and how many seconds apart, a claim asks for the lock that readers hold shortly."""


class AlreadyRunning(Exception):
    """Another process runs the local cloud; ``pid`` is ``None`` while it starts."""

    def __init__(self, pid: int | None) -> None:
        super().__init__(f"the local cloud runs already (process {pid or 'starting'})")
        self.pid = pid


@dataclass(frozen=True, slots=True)
class RunFile:
    """What a running cloud tells. ``started`` is in epoch seconds.

    ``principals`` maps names to the variables that a service principal or user signs in with;
    ``host`` is the address that the cloud listens on, beside loopback.
    """

    pid: int
    started: float
    endpoints: Endpoints
    tenant_id: str
    subscription_id: str
    ca_file: str
    state_file: str | None
    principals: Mapping[str, Mapping[str, str]] = field(repr=False)
    host: str = LOOPBACK

    @property
    def nearby(self) -> Endpoints:
        """The endpoints by the names that lead to them on this machine, whatever is public."""
        return moved(self.endpoints)

    def at(self, host: str, ca_file: str) -> RunFile:
        """Return the same as other machines see it: by another name, the CA in another place."""
        return replace(self, endpoints=moved(self.endpoints, host), ca_file=ca_file)

    def surroundings(self) -> dict[str, str]:
        """Return the variables by which a process finds and trusts the cloud; no identity."""
        return {
            "AZURE_AUTHORITY_HOST": self.endpoints.login,
            "AZURE_SUBSCRIPTION_ID": self.subscription_id,
            "ENTRADA_LOCAL_ARM": self.endpoints.arm,
            "ENTRADA_LOCAL_BLOB": self.endpoints.blob,
            "ENTRADA_LOCAL_GRAPH": self.endpoints.graph,
            "ENTRADA_LOCAL_IOTHUB": self.endpoints.iothub,
            "ENTRADA_LOCAL_VAULT": self.endpoints.vault,
            "NODE_EXTRA_CA_CERTS": self.ca_file,
            "REQUESTS_CA_BUNDLE": self.ca_file,
            "SSL_CERT_FILE": self.ca_file,
        }

    def facts(self) -> dict[str, Any]:
        """Return everything but the principals, as JSON-safe data."""
        return {name: value for name, value in asdict(self).items() if name != "principals"}


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The folder of one user; at most one cloud claims it at a time."""

    path: Path

    @classmethod
    def of(cls, world: World) -> Self:
        """Return the user's own: below XDG_STATE_HOME, on Windows below LOCALAPPDATA."""
        home = Path(world.home)
        if world.platform == "win32":
            base = Path(world.env.get("LOCALAPPDATA") or home / "AppData" / "Local")
        else:
            base = Path(world.env.get("XDG_STATE_HOME") or home / ".local" / "state")
        return cls(base / "entrada" / "local")

    @property
    def ca_file(self) -> Path:
        """Where the running cloud's certificate authority stands."""
        return self.path / "ca.pem"

    @contextlib.contextmanager
    def claim(self) -> Iterator[None]:
        """Hold the directory; clear it before and after. Raises :class:`AlreadyRunning`."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        with self._lock_file() as descriptor:
            if not _lock_patiently(descriptor):
                running = self._parsed()
                raise AlreadyRunning(running.pid if running else None)
            self._clear()
            try:
                yield
            finally:
                self._clear()

    def write(self, run: RunFile, ca: bytes) -> None:
        """Tell other processes of a cloud that runs; the run file comes last and whole."""
        # No secret, and a container that it is mounted into may run as somebody else.
        _write(self.ca_file, ca, 0o644)
        text = json.dumps(asdict(run), indent=2)
        _write(self.path / "run.json.new", text.encode())
        (self.path / "run.json.new").replace(self._run_file)

    def read(self) -> RunFile | None:
        """Return what the running cloud told, or ``None`` where none runs."""
        if not self._run_file.exists():
            return None
        with self._lock_file() as descriptor:
            if _lock(descriptor):
                return None
        return self._parsed()

    @property
    def _run_file(self) -> Path:
        return self.path / "run.json"

    @contextlib.contextmanager
    def _lock_file(self) -> Iterator[int]:
        descriptor = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            yield descriptor
        finally:
            os.close(descriptor)

    def _parsed(self) -> RunFile | None:
        try:
            told: dict[str, Any] = json.loads(self._run_file.read_bytes())
            return RunFile(endpoints=Endpoints(**told.pop("endpoints")), **told)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _clear(self) -> None:
        for path in (self._run_file, self.ca_file):
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def exclusive(path: Path, seconds: float) -> Iterator[None]:
    """Hold a lock file for one process at a time; raise ``TimeoutError`` after some seconds."""
    descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if not _lock_patiently(descriptor, round(seconds / _PAUSE)):
            raise TimeoutError(f"another process holds {path}")
        yield
    finally:
        os.close(descriptor)


def _lock_patiently(descriptor: int, tries: int = _TRIES) -> bool:
    for _ in range(tries):
        if _lock(descriptor):
            return True
        time.sleep(_PAUSE)
    return False


def _lock(descriptor: int) -> bool:
    """Take a lock that is the process's until the descriptor is closed; say whether it was free."""
    try:
        if os.name == "nt":
            windows: Any = import_module("msvcrt")
            windows.locking(descriptor, windows.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _write(path: Path, data: bytes, mode: int = 0o600) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
        file.write(data)

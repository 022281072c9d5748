"""``cloud = "local"``: where each client finds the local cloud, and what it trusts there.

It is found by the variables of ``entrada local env``, or else by the run file of the cloud that
this user runs. Where no identity is in the environment, the cloud's operator signs in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from entrada._config.tree import Mistake, Origin
from entrada.clients.errors import misuse

if TYPE_CHECKING:
    from entrada._engine.world import World

_VARIABLES = {
    "blob": "ENTRADA_LOCAL_BLOB",
    "vault": "ENTRADA_LOCAL_VAULT",
    "iothub": "ENTRADA_LOCAL_IOTHUB",
    "arm": "ENTRADA_LOCAL_ARM",
}
"""What leads a client of a service there."""

IDENTITY = (
    "AZURE_CLIENT_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
    "IDENTITY_ENDPOINT",
    "AZURE_POD_IDENTITY_AUTHORITY_HOST",
)
"""Variables any of which says who a process is."""

_START = "entrada local up"


class LocalSite(NamedTuple):
    """A local cloud: its services' origins, its certificate authority, the world in which it is."""

    origins: Mapping[str, str]
    ca_file: str
    world: World

    def address(self, service: str, endpoint: str | None, where: Origin) -> str | None:
        """Return the address of a service's resource here, which is named as in Azure.

        ``None`` where the address needs no change. Raises :class:`Mistake` for a service that
        is not here.
        """
        if endpoint is not None and _is_here(endpoint):
            return None
        origin = self.origins.get(service)
        if origin is None:
            here = ", ".join(self.origins)
            raise Mistake(
                where,
                f"the local cloud has no service for clients of {service or 'this class'}; "
                f"it has {here}.",
                hint="Give the client an endpoint on this machine, or override it.",
            )
        return _PLACES[service](origin, endpoint or "")

    def options(self, service: str) -> dict[str, Any]:
        """Return what makes a client of azure-core trust the certificate authority."""
        found: dict[str, Any] = {"connection_verify": self.ca_file}
        if service == "arm":
            found["credential_scopes"] = [f"{self.origins['arm']}/.default"]
        return found

    def settle(self, service: str, client: Any) -> None:
        """Do the same for a client that takes no such keyword."""
        if service == "iothub":
            client.protocol.config.connection.verify = self.ca_file


def local_site(world: World) -> LocalSite:
    """Return the local cloud; raise ClientsConfigurationError where none is to be found."""
    env = world.env
    origins = {name: env[each] for name, each in _VARIABLES.items() if env.get(each)}
    ca_file = env.get("SSL_CERT_FILE")
    if origins and ca_file and env.get("AZURE_AUTHORITY_HOST"):
        return LocalSite(origins, ca_file, world)
    return _running(world)


def _running(world: World) -> LocalSite:
    """Return the cloud of the run file."""
    try:
        from entrada.local.files import OPERATOR, RunDirectory
    except ImportError:
        raise misuse(
            'cloud = "local" needs the local cloud, which is not installed.',
            "pip install 'entrada[local]'",
        ) from None
    run = RunDirectory.of(world).read()
    if run is None:
        raise misuse('cloud = "local", and no local cloud runs.', _START)
    told = run.surroundings()
    env = {**world.env, **told}
    if not any(env.get(name) for name in IDENTITY):
        env |= run.principals.get(OPERATOR, {})
    origins = {name: told[variable] for name, variable in _VARIABLES.items() if variable in told}
    return LocalSite(origins, run.ca_file, world._replace(env=env))


def _named(origin: str, endpoint: str) -> str:
    """Return a resource's address below an origin, by the first label of its host in Azure."""
    host = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").hostname or ""
    path = urlsplit(endpoint).path.rstrip("/") if "//" in endpoint else ""
    return f"{origin}/{host.partition('.')[0]}{path}"


def _hub(origin: str, endpoint: str) -> str:  # noqa: ARG001 - the only hub there is
    return urlsplit(origin).netloc


def _origin(origin: str, endpoint: str) -> str:  # noqa: ARG001 - resource manager has one
    return origin


_PLACES: Mapping[str, Callable[[str, str], str]] = {
    "blob": _named,
    "vault": _named,
    "iothub": _hub,
    "arm": _origin,
}


def _is_here(endpoint: str) -> bool:
    host = urlsplit(endpoint if "//" in endpoint else f"//{endpoint}").hostname or ""
    return host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")

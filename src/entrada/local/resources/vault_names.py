"""Under which URLs a vault answers, and which resource its challenge has to name there.

In Azure a vault has a host name, and Microsoft's clients take a challenge only if the host of its
resource is a parent domain of the vault's. Three forms stand in for that host:

- ``https://127.0.0.1:8447/kv1``, on every machine. The resource is ``api://0.0.1:8447``: by the
  clients' rule, which compares text, the parent domain of that address. The scheme is not https
  since JavaScript's URL class would read the host as an address and complete it.
- ``https://kv1.vault.localhost:8447``, where that name resolves, with ``https://vault.localhost``.
- ``https://127.0.0.1:8447`` and ``https://localhost:8447``, for the only vault there is.

An id in an answer begins with the URL by which its vault was reached. Clients find no name in an
id that has one more segment, so the first form's ids are written in the second.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from entrada.local.resources.naming import authority, named_by_host, resources_of

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound
    from entrada.local.state import Document

TYPE = "Microsoft.KeyVault/vaults"
RESOURCE = "https://vault.azure.net"
COLLECTIONS = frozenset(
    {"secrets", "deletedsecrets", "keys", "deletedkeys", "certificates", "deletedcertificates"}
)
"""With what a path begins that names no vault."""


@dataclass(frozen=True, slots=True)
class Address:
    """The vault that a request is for, and the path below it.

    ``url`` is what the client put before that path; ``origin`` is what ids begin with.
    """

    vault: Document
    url: str
    origin: str
    path: tuple[str, ...]


def vault_url(cloud: Cloud, name: str) -> str:
    """Return the URL of a vault that works on every machine, without a slash at its end."""
    return f"{cloud.endpoints.vault}/{name.lower()}"


def locate(cloud: Cloud, inbound: Inbound) -> Address | None:
    """Return where a request goes, or ``None`` where it is not clear which vault it means."""
    path = tuple(part for part in inbound.path.split("/") if part)
    if path and path[0].lower() not in COLLECTIONS:
        name = path[0].lower()
        vault = _named(cloud, name)
        url = f"{_reached(cloud, inbound)}/{name}"
        origin = f"https://{name}.{domain(cloud)}"
        return None if vault is None else Address(vault, url, origin, path[1:])
    asked = authority(inbound)
    if asked.endswith(f".{domain(cloud)}"):
        vault = _named(cloud, asked.removesuffix(f".{domain(cloud)}"))
    else:
        vault = named_by_host(cloud, inbound, TYPE)
    url = _reached(cloud, inbound)
    return None if vault is None else Address(vault, url, url, path)


def challenge_resource(cloud: Cloud, inbound: Inbound) -> str:
    """Return the resource that clients accept from the host by which they reached the cloud."""
    asked = authority(inbound)
    if asked.endswith(f".{domain(cloud)}"):
        return f"https://{domain(cloud)}"
    return _parent(asked) if asked in _ours(cloud) else RESOURCE


def token_resources(cloud: Cloud) -> tuple[str, ...]:
    """Return every name that a token for Key Vault can be asked for under, by URI."""
    own = (RESOURCE, cloud.endpoints.vault, f"https://{domain(cloud)}")
    return (*own, *(_parent(each) for each in _ours(cloud)))


def domain(cloud: Cloud) -> str:
    """Return the domain, with its port, in which each vault has its name."""
    place = urlsplit(cloud.endpoints.vault)
    return place.netloc if place.port is None else f"vault.localhost:{place.port}"


def _named(cloud: Cloud, name: str) -> Document | None:
    found = (vault for vault in resources_of(cloud, TYPE) if vault["name"].lower() == name)
    return next(found, None)


def _ours(cloud: Cloud) -> tuple[str, ...]:
    """Return the hosts, with their port, that stand for the only vault or go before its name."""
    place = urlsplit(cloud.endpoints.vault)
    if place.port is None:
        return (place.netloc,)
    return (place.netloc, *(f"{host}:{place.port}" for host in ("127.0.0.1", "localhost")))


def _parent(host: str) -> str:
    """Return a resource whose host is the parent domain of a host, by the clients' rule."""
    first, dot, rest = host.partition(".")
    if not dot:
        return RESOURCE
    return f"{'api' if first.isdigit() else 'https'}://{rest}"


def _reached(cloud: Cloud, inbound: Inbound) -> str:
    """Return the origin by which a client came, if it is one of ours."""
    asked = authority(inbound)
    ours = asked in _ours(cloud) or asked.endswith(f".{domain(cloud)}")
    return f"https://{asked}" if ours else cloud.endpoints.vault

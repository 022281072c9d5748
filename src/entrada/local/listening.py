"""Where the local cloud listens and what it is called: decided before anything is bound.

A machine name is no part of a request's meaning: services are told apart by port, and every URL in
an answer, issuers above all, names the public host whatever name a client used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from entrada.local.cloud import SERVICE_NAMES, Endpoints, ServiceName

LOOPBACK = "127.0.0.1"
PLAIN: frozenset[ServiceName] = frozenset({"hosts"})
"""The services that speak http without TLS, as managed identity endpoints do in Azure."""

_AT_ADDRESS: frozenset[ServiceName] = frozenset({"hosts", "vault"})
"""Named by address where they could be named localhost; why vaults are, says ``vault_names``."""

_METADATA_SERVICE = ip_address("169.254.169.254")
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_NAME = re.compile(rf"(\*\.)?{_LABEL}(\.{_LABEL})*", re.IGNORECASE)


class RemoteRefused(ValueError):
    """Other machines could reach the cloud, and nobody said that they may."""


@dataclass(frozen=True, slots=True)
class Listening:
    """An address to listen on beside loopback, and the host's names.

    ``names`` are further names in the server certificate; ``public_host`` is the one in every
    URL that is answered. Raises :class:`RemoteRefused` for an address that other machines reach
    unless ``allow_remote``, ``ValueError`` for the metadata service's own and what is no name.
    """

    host: str = LOOPBACK
    names: tuple[str, ...] = ()
    public_host: str = "localhost"
    allow_remote: bool = False

    def __post_init__(self) -> None:
        _check_address(self.host, allow_remote=self.allow_remote)
        for name in (*self.names, self.public_host):
            _check_name(name)
        if "*" in self.public_host or ":" in self.public_host:
            raise ValueError(
                f"{self.public_host!r} cannot be the public host: it is to stand in URLs"
            )

    def certificate_names(self) -> tuple[str, ...]:
        """Return the names that the server certificate has beside the usual ones."""
        bound = () if _unspecified(self.host) else (self.host,)
        return (*self.names, self.public_host, *bound)


def origin(name: ServiceName, port: int, host: str = "localhost") -> str:
    """Return where a service lives at a port of a host."""
    shown = LOOPBACK if name in _AT_ADDRESS and host == "localhost" else host
    return f"{'http' if name in PLAIN else 'https'}://{shown}:{port}"


def moved(endpoints: Endpoints, host: str = "localhost") -> Endpoints:
    """Return the endpoints as they are called by another name of their host."""
    ports: dict[ServiceName, str] = {
        name: getattr(endpoints, name).rpartition(":")[2] for name in SERVICE_NAMES
    }
    return Endpoints(**{name: origin(name, int(port), host) for name, port in ports.items()})


def is_name(text: str) -> bool:
    """Say whether a certificate can be for a host's name (RFC 952, with a wildcard in front)."""
    return _NAME.fullmatch(text) is not None


def _check_address(host: str, *, allow_remote: bool) -> None:
    address = _address(host)
    if address is None:
        raise ValueError(f"{host!r} is no IP address to listen on")
    if (getattr(address, "ipv4_mapped", None) or address) == _METADATA_SERVICE:
        raise ValueError(
            f"{host} is the address of Azure's metadata service: whoever answers there is asked "
            "for tokens by every program of the machine"
        )
    if not address.is_loopback and not allow_remote:
        raise RemoteRefused(
            f"other machines reach {host}: identity endpoints speak plain http there, so secrets "
            "and tokens cross the network readable, and no machine has to say who it is"
        )


def _check_name(name: str) -> None:
    if _address(name) is None and not is_name(name):
        raise ValueError(f"{name!r} is no host name")


def _unspecified(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_unspecified


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None

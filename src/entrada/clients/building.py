"""Making one client: its class, keys, credential and options put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from entrada._config import values
from entrada._config.tree import Leaf, Mistake, Origin, Section
from entrada.clients.classes import load_class
from entrada.clients.construct import Fit, endpoint_of, fit
from entrada.clients.errors import ClientsConfigurationError, error_of
from entrada.clients.kinds import known
from entrada.clients.options import client_options, converted, keywords_of
from entrada.errors import AuthenticationError

if TYPE_CHECKING:
    from entrada._engine.world import World
    from entrada.clients.local import LocalSite
    from entrada.clients.registration import Registration

_BY_HOST = ("iothub", "service_bus", "event_hubs")
"""Services whose address is a host's name without a scheme."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is the same for all clients of a registry."""

    world: World
    defaults: Section
    local: LocalSite | None = None


def plan(registration: Registration, cls: Any, around: Surroundings) -> tuple[Fit, dict[str, Any]]:
    """Return how a client is made and with which options; raise :class:`Mistake`."""
    spec, dotted = registration.spec, registration.kind or ""
    keys = dict(spec.keys)
    if around.local is not None and not any(_is_connection(leaf) for leaf in keys.values()):
        keys = _moved(registration, cls, keys, around)
    found = fit(cls, registration.shown, keys, spec.origin, dotted, options=keywords_of(cls))
    taken = {
        name: kind
        for name, kind in keywords_of(cls, found.way.method).items()
        if name not in found.leaves
    }
    options = client_options(around.defaults, taken, dotted, around.world, lenient=True)
    options |= client_options(spec.options, taken, dotted, around.world)
    return found, options


def build(
    registration: Registration,
    cls: Any,
    around: Surroundings,
    credential: Callable[[], Any],
) -> Any:
    """Make a client; raise ClientsConfigurationError for what its class refuses."""
    spec = registration.spec
    try:
        found, options = plan(registration, cls, around)
        arguments = arguments_of(registration, found, around.world)
    except Mistake as mistake:
        raise error_of(mistake) from None
    kind = known(registration.kind or "")
    service = kind.service if kind else ""
    if around.local is not None and "connection_verify" in keywords_of(cls, found.way.method):
        options = {**around.local.options(service), **options}
    if found.way.credential:
        arguments[found.way.credential] = credential()
    make = getattr(cls, found.way.method) if found.way.method else cls
    try:
        client = make(**arguments, **options)
    except (TypeError, ValueError) as error:
        if isinstance(error, AuthenticationError):
            raise
        raise _refused(registration, found, spec.origin, error) from None
    if around.local is not None:
        around.local.settle(service, client)
    return client


def class_of(registration: Registration, *, asynchronous: bool = False) -> Any:
    """Import a registration's class; raise :class:`Mistake`."""
    if registration.kind is None:
        raise Mistake(
            registration.spec.origin,
            f"{registration.shown} has no kind.",
            key="kind",
            nearest="kind",
            hint='Name its class: kind = "azure.storage.blob.BlobServiceClient", or ask for it by '
            "its class.",
        )
    return load_class(registration.kind, registration.spec.kind_origin, asynchronous=asynchronous)


def arguments_of(registration: Registration, found: Fit, world: World) -> dict[str, Any]:
    """Return the values of a client's keys; raise :class:`Mistake` for one that cannot be."""
    kind = known(registration.kind or "")
    arguments = {}
    for parameter, leaf in found.leaves.items():
        value = converted(leaf, "", world)
        if isinstance(value, str) and not value.strip():
            raise Mistake(leaf.origin, f"{leaf.name} is empty.", key=leaf.name)
        if parameter == found.way.endpoint:
            value = _address(leaf, value, parameter, kind.service if kind else "")
        arguments[parameter] = value
    return arguments


def _address(leaf: Leaf, value: Any, parameter: str, service: str) -> str:
    """Check a service's address; where a host's name is wanted, take one out of a URL."""
    if not isinstance(value, str):
        raise Mistake(leaf.origin, f"{leaf.name} has to be a text.", key=leaf.name)
    host_only = parameter == "fully_qualified_namespace" or service in _BY_HOST
    parts = _split(value)
    if parts is None or not parts.hostname or any(character.isspace() for character in value):
        wanted = "a host's name" if host_only else "a URL, https://…"
        raise Mistake(leaf.origin, f"{leaf.name} has to be {wanted}.", key=leaf.name)
    if host_only:
        return parts.netloc
    if parts.scheme not in ("https", "http"):
        raise Mistake(
            leaf.origin, f"{leaf.name} has to be a URL that begins with https://.", key=leaf.name
        )
    return value


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address if "//" in address else f"//{address}")
    except ValueError:
        return None


def _moved(
    registration: Registration, cls: Any, keys: Mapping[str, Leaf], around: Surroundings
) -> dict[str, Leaf]:
    """Return the keys with the service's address in the local cloud."""
    kind, local = known(registration.kind or ""), around.local
    parameter, leaf = endpoint_of(cls, keys)
    if local is None or parameter is None:
        return dict(keys)
    configured = values.resolved(leaf, around.world) if leaf is not None else None
    origin = leaf.origin if leaf is not None else registration.spec.origin
    address = local.address(kind.service if kind else "", configured, origin)
    if address is None:
        return dict(keys)
    rest = {key: each for key, each in keys.items() if each is not leaf}
    return {**rest, parameter: Leaf(parameter, address, origin)}


def _is_connection(leaf: Leaf) -> bool:
    return leaf.name.lower().replace("_", "") in ("connectionstring", "connstr")


def _refused(
    registration: Registration, found: Fit, origin: Origin, error: Exception
) -> ClientsConfigurationError:
    """Say what the class said, unless its words could hold a secret."""
    secret = any(_is_connection(leaf) for leaf in found.leaves.values())
    said = type(error).__name__ if secret else f"{type(error).__name__}: {error}"
    first = next(iter(found.leaves.values()), None)
    return error_of(
        Mistake(
            first.origin if first is not None else origin,
            f"{registration.shown} ({registration.kind}) refuses its keys: {said}.",
            key=first.name if first is not None else "",
        )
    )

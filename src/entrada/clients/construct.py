"""From a client's keys to a call: which constructor or class method takes just these keys.

A key is the name of a parameter, or one of the names below by which every service's address goes.
Where nothing fits, the error has all sets of keys that would, and those that were found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from inspect import Parameter, signature
from typing import Any, NamedTuple

from entrada._config.tree import Leaf, Mistake, Origin, nearest, normal

ENDPOINTS = (
    "account_url",
    "vault_url",
    "endpoint",
    "fully_qualified_namespace",
    "base_url",
    "url",
    "host",
)
"""Parameters that take a service's address; ``endpoint`` stands for whichever a class has."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "endpoint": ENDPOINTS,
    "service_uri": ("account_url", "endpoint", "url"),
    "account_endpoint": ("url", "endpoint"),
    "vault_uri": ("vault_url",),
    "host_name": ("url", "host"),
    "connection_string": ("conn_str", "connection_string"),
    "blob_uri": ("blob_url",),
    "blob_container_uri": ("container_url",),
}
"""Other names of parameters, .NET's and Azure Functions' among them."""

_METHODS = (
    "from_token_credential",
    "from_connection_string",
    "from_container_url",
    "from_blob_url",
)
_CREDENTIALS = ("credential", "token_credential")
_OF_OPTIONS = ("transport_type", "api_version", "cloud_setting", "snapshot")


class Way(NamedTuple):
    """One way to make a client: a class method (``""``: the constructor) and its parameters."""

    method: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    credential: str
    """The parameter that takes a credential, or ``""``."""

    def parameter(self, key: str) -> str | None:
        """Return the parameter that a key, however it is spelt, is for."""
        parameters = {normal(name): name for name in (*self.required, *self.optional)}
        found = parameters.get(normal(key))
        if found is None:
            others = next((ALIASES[name] for name in ALIASES if normal(name) == normal(key)), ())
            found = next((name for name in others if normal(name) in parameters), None)
        return found

    @property
    def endpoint(self) -> str | None:
        """The parameter that takes the service's address."""
        return next((name for name in ENDPOINTS if name in (*self.required, *self.optional)), None)

    def __str__(self) -> str:
        names = [_shown(name) for name in self.required]
        names += [f"[{name}]" for name in self.optional if name not in _OF_OPTIONS]
        return ", ".join(names) or "(none)"


class Fit(NamedTuple):
    """A way and the leaves for its parameters."""

    way: Way
    leaves: Mapping[str, Leaf]


def ways(cls: Any) -> tuple[Way, ...]:
    """Return the ways to make a client of a class."""
    methods = [name for name in _METHODS if callable(getattr(cls, name, None))]
    found = [_way(name, signature(getattr(cls, name))) for name in methods]
    # What has from_token_credential tells its users to leave the constructor alone.
    if "from_token_credential" not in methods:
        found.insert(0, _way("", signature(cls)))
    return tuple(found)


def fit(
    cls: Any,
    name: str,
    keys: Mapping[str, Leaf],
    where: Origin,
    dotted: str,
    *,
    options: Iterable[str] = (),
) -> Fit:
    """Return the way that takes just these keys; raise :class:`Mistake`.

    ``options`` are keywords that belong elsewhere, and are told apart from what is no key at all.
    """
    every = ways(cls)
    fitting = [found for way in every if (found := _fits(way, keys)) is not None]
    if fitting:
        return max(fitting, key=lambda found: len(found.way.required))
    for leaf in keys.values():
        option = next((each for each in options if normal(each) == normal(leaf.name)), None)
        if option is not None and all(way.parameter(leaf.name) is None for way in every):
            message = f"in {name}: {leaf.name} is an option; write options.{option}."
            raise Mistake(leaf.origin, message, key=leaf.name, nearest=f"options.{option}")
    raise _mistake(name, keys, where, dotted, every)


def endpoint_of(cls: Any, keys: Mapping[str, Leaf]) -> tuple[str | None, Leaf | None]:
    """Return the parameter that takes the service's address, and the key that is for it."""
    for way in ways(cls):
        parameter = way.endpoint
        if parameter is not None:
            found = (leaf for leaf in keys.values() if way.parameter(leaf.name) == parameter)
            return parameter, next(found, None)
    return None, None


def _way(method: str, called: Any) -> Way:
    required, optional, credential = [], [], ""
    for each in called.parameters.values():
        if each.kind in (Parameter.VAR_KEYWORD, Parameter.VAR_POSITIONAL):
            continue
        if each.name in _CREDENTIALS:
            credential = each.name
        elif each.default is Parameter.empty:
            required.append(each.name)
        else:
            optional.append(each.name)
    if method == "from_connection_string":
        credential = ""
    return Way(method, tuple(required), tuple(optional), credential)


def _fits(way: Way, keys: Mapping[str, Leaf]) -> Fit | None:
    leaves: dict[str, Leaf] = {}
    for leaf in keys.values():
        parameter = way.parameter(leaf.name)
        if parameter is None or parameter in leaves:
            return None
        leaves[parameter] = leaf
    return Fit(way, leaves) if set(way.required) <= set(leaves) else None


def _mistake(
    name: str, keys: Mapping[str, Leaf], where: Origin, dotted: str, every: Iterable[Way]
) -> Mistake:
    sets = "\n".join(f"    {way}" for way in every)
    found = ", ".join(_found(leaf) for leaf in keys.values()) or "none"
    stray = _stray(keys, every)
    key: str | None
    origin = where
    if stray is not None:
        key, origin = stray.name, stray.origin
        near = nearest(key, _accepted(every))
        guess = f' "{key}" is none of them' + (f'; did you mean "{near}"?' if near else ".")
    else:
        missing = _missing(keys, every)
        key = near = missing
        guess = f" {missing} is missing." if missing else " They do not go together."
    message = (
        f"{name} ({dotted}) cannot be made of these keys.{guess}\n"
        f"  it takes one of these sets of keys:\n{sets}\n  found: {found}"
    )
    return Mistake(origin, message, key=key or "", nearest=near)


def _stray(keys: Mapping[str, Leaf], every: Iterable[Way]) -> Leaf | None:
    """Return the first key that no way takes."""
    return next(
        (leaf for leaf in keys.values() if all(way.parameter(leaf.name) is None for way in every)),
        None,
    )


def _missing(keys: Mapping[str, Leaf], every: Iterable[Way]) -> str | None:
    """Return the key that is missing of the way that most of the keys are for."""

    def taken(way: Way) -> set[str | None]:
        return {way.parameter(leaf.name) for leaf in keys.values()}

    lacking = [way for way in every if set(way.required) - taken(way) and None not in taken(way)]
    best = max(lacking, key=lambda way: len(set(way.required) & taken(way)), default=None)
    if best is None:
        return None
    return next(name for name in best.required if name not in taken(best))


def _accepted(every: Iterable[Way]) -> Iterator[str]:
    for way in every:
        yield from (*way.required, *way.optional)
        if way.endpoint:
            yield "endpoint"
    yield from ("credential", "options", "connection_string")


def _shown(parameter: str) -> str:
    if parameter in ENDPOINTS and parameter != "endpoint":
        return f"{parameter} (or endpoint)"
    return "connection_string" if parameter == "conn_str" else parameter


def _found(leaf: Leaf) -> str:
    origin = leaf.origin
    if origin.line is not None:
        return f"{leaf.name} (line {origin.line})"
    return f"{leaf.name} ({origin})" if origin.key else leaf.name

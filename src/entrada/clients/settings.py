"""Credential settings: what a section says about signing in, normalised, checked and comparable.

Equal settings make one credential. A secret in them is not shown by anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from entrada._config import values
from entrada._config.tree import Leaf, Mistake, Node, Origin, Section, normal, unknown
from entrada._engine.world import World
from entrada.clients.identities import chain_identity, one_identity
from entrada.clients.sources import ALIASES, REFUSED_KEYS, REFUSED_SOURCES, SOURCES, Source

_SOURCES = {source.name: source for source in SOURCES}
_BY_NAME = {normal(name): _SOURCES[ALIASES.get(name, name)] for name in (*_SOURCES, *ALIASES)}
_REFUSED_SOURCES = {normal(name): (name, why) for name, why in REFUSED_SOURCES.items()}
_REFUSED_KEYS = {normal(name): why for name, why in REFUSED_KEYS.items()}
SOURCE_KEY = "credential_source"
_CLOUDS = {"public": 0, "usgov": 1, "china": 2}


_WORD = re.compile(r"[A-Za-z_ -]{1,48}")


class Secret:
    """A text that compares, and is not shown."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.value == self.value

    def __hash__(self) -> int:
        return hash((Secret, self.value))

    def __repr__(self) -> str:
        return "***"


class CredentialSettings(NamedTuple):
    """How to sign in: a source and its arguments, in order; a chain has members instead."""

    source: str
    arguments: tuple[tuple[str, Any], ...] = ()
    members: tuple[CredentialSettings, ...] = ()

    def __str__(self) -> str:
        """Return it for people, without secrets."""
        if self.members:
            return " then ".join(str(member) for member in self.members)
        shown = ", ".join(f"{name}={_shown(value)}" for name, value in self.arguments)
        return f"{self.source} ({shown})" if shown else self.source


def credential_settings(section: Section, world: World) -> CredentialSettings:
    """Read a credential section; without a source it is the default chain.

    Raises :class:`Mistake`, which names the nearest key.
    """
    node = section.get(SOURCE_KEY)
    if isinstance(node, Leaf) and isinstance(node.value, list):
        return _chain(node, section, world)
    source = source_named(node, world) if node is not None else _implied(section)
    rest = {key: each for key, each in section.nodes.items() if key != normal(SOURCE_KEY)}
    return _settings(source, rest, section, world)


def source_named(node: Node, world: World) -> Source:
    """Return the source that a text names, with or without ``Credential`` at its end."""
    name = values.text(node, world)
    origin = node.origin
    wanted = normal(name)
    if wanted not in _BY_NAME:
        wanted = wanted.removesuffix("credential")
    if wanted in _REFUSED_SOURCES:
        source_name, why = _REFUSED_SOURCES[wanted]
        raise Mistake(
            origin, f"the credential source {source_name} is not supported: {why}.", key=name
        )
    if wanted not in _BY_NAME:
        # Somebody's key, pasted here, is not to be repeated.
        shown = values.shown(node)
        shown = shown if _WORD.fullmatch(shown) else "(a text that is no name)"
        raise unknown(origin, "credential source", shown, [source.name for source in SOURCES])
    return _BY_NAME[wanted]


def _implied(section: Section) -> Source:
    """Return the source that a section without one means: a key of a service, or the chain."""
    for name in ("named_key", "api_key", "sas"):
        source = _BY_NAME[normal(name)]
        if any(section.get(key) is not None for key in source.required):
            return source
    return _BY_NAME["default"]


def _chain(node: Leaf, section: Section, world: World) -> CredentialSettings:
    members = []
    others = {key: each for key, each in section.nodes.items() if each is not node}
    if not node.value:
        raise Mistake(node.origin, "credential_source names no source.", key=SOURCE_KEY)
    sources = [
        source_named(Leaf(node.name, each, node.origin), world)
        for each in node.value
        if not isinstance(each, Section)
    ]
    if len(sources) != len(node.value):
        raise Mistake(node.origin, "credential_source is a list of names.", key=SOURCE_KEY)
    used: set[str] = set()
    for source in sources:
        takes = {normal(key.name) for key in source.keys}
        mine = {key: each for key, each in others.items() if key in takes}
        used |= set(mine)
        members.append(_settings(source, mine, section, world))
    for key, each in others.items():
        if key not in used:
            known = [key.name for source in sources for key in source.keys]
            raise _unknown_key(each, known, section)
    return CredentialSettings("chain", (), tuple(members))


def _settings(
    source: Source, nodes: Mapping[str, Node], section: Section, world: World
) -> CredentialSettings:
    keys = {normal(key.name): key for key in source.keys}
    found: dict[str, Any] = {}
    origins: dict[str, Node] = {}
    for name, node in nodes.items():
        key = keys.get(name)
        if key is None:
            raise _unknown_key(node, [key.name for key in source.keys], section)
        if key.argument in found:
            other = origins[key.argument].name
            raise Mistake(
                node.origin, f"{node.name} and {other} say the same; keep one.", key=node.name
            )
        found[key.argument] = _READ[key.kind](node, world)
        origins[key.argument] = node
    for name in source.required:
        if keys[normal(name)].argument not in found:
            have = ", ".join(sorted(node.name for node in nodes.values())) or "none"
            raise Mistake(
                section.origin,
                f"the credential source {source.name} needs {_listed(source.required)}; "
                f"{name} is missing. Found: {have}.",
                key=name,
                nearest=name,
            )
    arguments = _settled(source, found, origins, section.origin)
    return CredentialSettings(source.name, tuple(sorted(arguments.items())))


def _settled(
    source: Source, found: dict[str, Any], origins: Mapping[str, Node], where: Origin
) -> dict[str, Any]:
    """Bring what can be said in several ways into one form, and check what goes together."""
    _check_words(found, origins)
    if source.name in ("managed_identity", "auto", "managed_identity_as_federated_identity"):
        own_client = source.name == "managed_identity_as_federated_identity"
        one_identity(source, found, origins, where, own_client=own_client)
    elif source.name == "default" and "client_id" in found:
        chain_identity(found, origins)
    return found


def _check_words(found: dict[str, Any], origins: Mapping[str, Node]) -> None:
    cloud = found.get("azure_cloud")
    if cloud is not None:
        name = normal(cloud)
        if name not in _CLOUDS:
            raise unknown(
                origins["azure_cloud"].origin,
                "cloud",
                values.shown(origins["azure_cloud"]),
                _CLOUDS,
            )
        if "authority" in found:
            raise Mistake(
                origins["azure_cloud"].origin,
                f"azure_cloud and {origins['authority'].name} say the same; keep one.",
                key="azure_cloud",
            )
        found["azure_cloud"] = name
    profile = found.get("profile")
    if profile is not None and profile not in ("prod", "dev"):
        raise unknown(
            origins["profile"].origin, "profile", values.shown(origins["profile"]), ("prod", "dev")
        )


def _unknown_key(node: Node, known: Sequence[str], section: Section) -> Mistake:
    why = _REFUSED_KEYS.get(normal(node.name))
    where = section.path or "the credential"
    if why is not None:
        return Mistake(
            node.origin, f"in {where}: {node.name} is not supported: {why}.", key=node.name
        )
    return unknown(node.origin, "key", node.name, [SOURCE_KEY, *known], where=where)


def _secret(node: Node, world: World) -> Secret:
    return Secret(values.text(node, world))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


def _shown(value: object) -> str:
    return ";".join(value) if isinstance(value, tuple) else str(value)


_READ: Mapping[str, Callable[[Node, World], Any]] = {
    "text": values.text,
    "secret": _secret,
    "flag": values.flag,
    "seconds": values.seconds,
    "texts": values.texts,
}

"""Laying a configuration's sources over each other, and reading what results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import Any, NamedTuple, TypeAlias

from entrada._config import values
from entrada._config.read import of_environment, of_mapping, read_file
from entrada._config.tree import (
    Leaf,
    Mistake,
    Origin,
    Section,
    empty,
    merge,
    normal,
    unknown,
    without,
)
from entrada._engine.world import World
from entrada.clients.errors import error_of
from entrada.clients.spec import (
    REPLACED_BY,
    ROOT_KEYS,
    Defaults,
    Spec,
    read_client,
    read_defaults,
)

ConfigSource: TypeAlias = str | PathLike[str] | Mapping[str, Any]
"""A path of a TOML or JSON file, or a mapping."""

CLOUDS = ("public", "usgov", "china", "local")
ENVIRONMENT_PREFIX = "ENTRADA_CLIENTS"


class Document(NamedTuple):
    """What all sources of a configuration say together."""

    root: Section
    defaults: Defaults
    specs: tuple[Spec, ...]
    cloud: str = "public"
    profile: str | None = None
    mistakes: tuple[Mistake, ...] = ()
    """What is wrong with single entries, which are left out."""


def no_document() -> Document:
    """Return what no source says."""
    root = empty("the code")
    return Document(root, Defaults(None, Section("options", "defaults", {}, root.origin)), ())


def load(
    sources: Sequence[ConfigSource],
    world: World,
    *,
    profile: str | None,
    section: str | None,
    environment: str | None,
) -> Document:
    """Read sources, later ones over earlier ones, the environment over all of them.

    Raises ClientsConfigurationError where the document as a whole cannot be read.
    """
    try:
        root = empty("the configuration")
        for source in sources:
            root = merge(root, _read(source, section, world), replaced_by=REPLACED_BY)
        over = of_environment(environment, world.env) if environment else empty("the environment")
        _check_root(root)
        _check_root(over)
        name, root = _profiled(root, over, profile, world)
        root = merge(root, over, replaced_by=REPLACED_BY)
        cloud = _cloud(root, world)
    except Mistake as mistake:
        raise error_of(mistake) from None
    return _read_entries(root, cloud, name, world)


def _read_entries(root: Section, cloud: str, profile: str | None, world: World) -> Document:
    mistakes: list[Mistake] = []
    defaults, specs = no_document().defaults, []
    try:
        defaults = read_defaults(root, world)
    except Mistake as mistake:
        mistakes.append(mistake)
    clients = root.get("clients")
    if isinstance(clients, Leaf):
        mistakes.append(
            Mistake(clients.origin, "clients has to be a table of tables.", key="clients")
        )
    for node in clients if isinstance(clients, Section) else ():
        try:
            specs.append(read_client(node, root, world))
        except Mistake as mistake:
            mistakes.append(mistake)
    return Document(root, defaults, tuple(specs), cloud, profile, tuple(mistakes))


def _read(source: ConfigSource, section: str | None, world: World) -> Section:
    if isinstance(source, Mapping):
        return _inner(of_mapping(source), section)
    return _inner(read_file(fspath(source), world), section)


def _inner(root: Section, path: str | None) -> Section:
    """Return the section of a document in which the configuration stands."""
    found = root
    for part in path.split(".") if path else ():
        below = found.get(part)
        if not isinstance(below, Section):
            names = [each.name for each in found if isinstance(each, Section)]
            raise unknown(found.origin, "section", part, names, where=found.path or "the document")
        found = below
    return found


def _check_root(root: Section) -> None:
    for node in root:
        if normal(node.name) not in {normal(name) for name in ROOT_KEYS}:
            raise unknown(node.origin, "key", node.name, ROOT_KEYS, where=root.path)


def _profiled(
    root: Section, over: Section, wanted: str | None, world: World
) -> tuple[str | None, Section]:
    """Return the profile's name and the document with it laid over."""
    profiles = root.get("profiles")
    if isinstance(profiles, Leaf):
        raise Mistake(profiles.origin, "profiles has to be a table of tables.", key="profiles")
    node = over.get("profile") or root.get("profile")
    name, origin = wanted, Origin("the argument profile")
    if name is None and node is not None:
        name, origin = values.text(node, world), node.origin
    if name is None:
        return None, root
    found = profiles.get(name) if profiles is not None else None
    if not isinstance(found, Section):
        names = [each.name for each in profiles] if profiles is not None else []
        said = values.shown(node) if wanted is None and node is not None else name
        raise unknown(origin, "profile", said, names or ["(none is defined)"])
    for each in found:
        if normal(each.name) not in ("clients", "credentials", "defaults", "cloud"):
            keys = ("clients", "credentials", "defaults", "cloud")
            raise unknown(each.origin, "key", each.name, keys, where=found.path)
    return name, merge(without(root, "profiles"), found, replaced_by=REPLACED_BY)


def _cloud(root: Section, world: World) -> str:
    node = root.get("cloud")
    if node is None:
        return "public"
    name = values.text(node, world)
    if normal(name) not in CLOUDS:
        raise unknown(node.origin, "cloud", values.shown(node), CLOUDS)
    return normal(name)

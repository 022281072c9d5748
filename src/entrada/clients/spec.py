"""Specifications of clients, read from a document: what to make, of which keys, signed in how.

The document's model is that of .NET's client settings (``Endpoint``, ``Credential``, ``Options``);
the older flat keys and the variables of an Azure Functions connection are taken as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from entrada._config import values
from entrada._config.read import of_environment
from entrada._config.tree import (
    ENVIRONMENT,
    Leaf,
    Mistake,
    Node,
    Origin,
    Section,
    merge,
    normal,
    unknown,
    without,
)
from entrada._engine.world import World
from entrada.clients.classes import kind_name
from entrada.clients.kinds import KINDS
from entrada.clients.options import check_defaults
from entrada.clients.settings import SOURCE_KEY, CredentialSettings, credential_settings

ROOT_KEYS = ("clients", "credentials", "defaults", "profiles", "profile", "cloud", "$schema")
DEFAULT_KEYS = ("credential", "options", "retry", "diagnostics", "api_version")
CLIENT_KEYS = ("kind", "connection", *DEFAULT_KEYS)
REPLACED_BY = frozenset({normal(SOURCE_KEY)})
"""A credential that names its source takes the place of one below it, whole."""

FLAT_KEYS = (
    "tenant_id",
    "client_id",
    "client_secret",
    "client_certificate",
    "client_certificate_path",
    "client_certificate_password",
    "client_certificate_store_name",
    "client_certificate_store_location",
    "managed_identity_client_id",
    "managed_identity_resource_id",
    "managed_identity_object_id",
    "token_file_path",
    "azure_cloud",
    "service_connection_id",
    "system_access_token",
    "additionally_allowed_tenants",
)
"""Keys of a credential that may stand beside a client's own, as in .NET and Azure Functions."""

_IMPLIED = (
    ("client_secret", "client_secret"),
    ("client_certificate_path", "client_certificate"),
    ("service_connection_id", "azure_pipelines"),
    ("token_file_path", "workload_identity"),
)
"""Which source a flat key means where none is named."""


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for all clients."""

    credential: CredentialSettings | None
    options: Section
    origin: Origin | None = None
    """Where the credential is written."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One client: ``kind`` is a dotted name, ``None`` where the code that asks for it knows.

    ``keys`` are its constructor's; ``credential_origin`` says where the credential is written.
    """

    name: str
    kind: str | None
    origin: Origin
    path: str
    kind_origin: Origin
    keys: Mapping[str, Leaf] = field(repr=False)
    options: Section = field(repr=False)
    credential: CredentialSettings | None = None
    credential_origin: Origin | None = None


def read_defaults(root: Section, world: World) -> Defaults:
    """Read the section ``defaults``."""
    node = root.get("defaults")
    if node is None:
        return Defaults(None, Section("options", "defaults", {}, root.origin))
    section = _table(node)
    for each in section:
        if normal(each.name) not in _normals(DEFAULT_KEYS, FLAT_KEYS):
            raise unknown(each.origin, "key", each.name, DEFAULT_KEYS, where=section.path)
    credential, origin = read_credential(section, root, world)
    options = read_options(section)
    check_defaults(options, world)
    return Defaults(credential, options, origin)


def read_client(node: Node, root: Section, world: World) -> Spec:
    """Read one entry of ``clients``: a table, or a text that is a connection string."""
    section = _connected(_table(node, "connection_string"), world)
    kind = section.get("kind")
    own = {normal(key) for key in (*CLIENT_KEYS, *FLAT_KEYS)}
    keys = {
        key: values.leaf(each) if not isinstance(each, Section) else _no_table(each, section)
        for key, each in section.nodes.items()
        if key not in own
    }
    credential, origin = read_credential(section, root, world)
    return Spec(
        node.name,
        dotted_kind(kind, world) if kind is not None else None,
        section.origin,
        section.path,
        kind.origin if kind is not None else section.origin,
        keys,
        read_options(section),
        credential,
        origin,
    )


def dotted_kind(node: Node, world: World) -> str:
    """Return the dotted name of a class, of itself or of a short name."""
    name = values.text(node, world)
    short = {normal(each): kind for each, kind in KINDS.items()}
    if normal(name) in short:
        return short[normal(name)].dotted
    if "." not in name.strip("."):
        mistake = unknown(node.origin, "kind", values.shown(node), KINDS)
        mistake.message += " Any other class goes by its dotted name."
        raise mistake
    return kind_name(name)


def read_options(section: Section) -> Section:
    """Return the client options of a section: its table ``options``, and those beside it."""
    node = section.get("options")
    inner = _table(node) if node is not None else None
    nodes = dict(inner.nodes) if inner is not None else {}
    for name in ("retry", "diagnostics", "api_version"):
        beside = section.get(name)
        if beside is not None:
            if normal(name) in nodes:
                raise Mistake(
                    beside.origin, f"{beside.name} stands in options too; keep one.", key=name
                )
            nodes[normal(name)] = beside
    path = inner.path if inner is not None else section.path
    return Section("options", path, nodes, (inner or section).origin)


def read_credential(
    section: Section, root: Section, world: World
) -> tuple[CredentialSettings | None, Origin | None]:
    """Read how a client, or all of them, sign in; also return where that is written."""
    node = section.get("credential")
    flat = {key: section.nodes[key] for key in _normals(FLAT_KEYS) if key in section.nodes}
    if isinstance(node, Section):
        if flat:
            first = next(iter(flat.values()))
            raise Mistake(
                first.origin,
                f"{first.name} stands beside the table {node.path}; move it there.",
                key=first.name,
            )
        return credential_settings(node, world), node.origin
    if node is None and not flat:
        return None, None
    if node is not None and isinstance(node.value, str) and node.value.startswith("$"):
        target = _referred(node, root)
        return credential_settings(target, world), target.origin
    nodes: dict[str, Node] = dict(flat)
    if node is not None:
        nodes[normal(SOURCE_KEY)] = Leaf(node.name, node.value, node.origin)
    else:
        for marker, source in _IMPLIED:
            if normal(marker) in flat:
                nodes[normal(SOURCE_KEY)] = Leaf(SOURCE_KEY, source, flat[normal(marker)].origin)
                break
    origin = (node or next(iter(flat.values()))).origin
    return credential_settings(Section("", section.path, nodes, origin), world), origin


def _referred(node: Leaf, root: Section) -> Section:
    """Return the credential that ``$name``, or ``$path:of:keys`` from the root, refers to."""
    parts = str(node.value)[1:].split(":")
    shared = root.get("credentials")
    if isinstance(shared, Leaf):
        raise Mistake(shared.origin, "credentials has to be a table of tables.", key="credentials")
    if len(parts) == 1:
        found = shared.get(parts[0]) if shared is not None else None
        if found is None:
            names = [each.name for each in shared or ()] or ["(none is defined)"]
            raise unknown(node.origin, "credential", parts[0], names, where="credentials")
        return _table(found)
    current: Node = root
    for part in parts:
        below = current.get(part) if isinstance(current, Section) else None
        if below is None:
            known = [each.name for each in current] if isinstance(current, Section) else []
            raise unknown(node.origin, "section", part, known, where=current.name or "the document")
        current = below
    return _table(current)


def _connected(section: Section, world: World) -> Section:
    """Add the variables of the connection that a section names, below what it says itself."""
    node = section.get("connection")
    if node is None:
        return section
    name = values.text(node, world)
    found = of_environment(name, world.env)
    value = world.env.get(name)
    if value:
        leaf = Leaf("connection_string", value, Origin(ENVIRONMENT, None, name))
        found = Section("", name, {normal(leaf.name): leaf}, leaf.origin)
    if not found.nodes:
        raise Mistake(node.origin, f"no variable {name} and none {name}__… is set.", key=node.name)
    laid = merge(found, without(section, "connection"), replaced_by=REPLACED_BY)
    return Section(section.name, section.path, laid.nodes, section.origin)


def _table(node: Node, of_text: str = "") -> Section:
    if isinstance(node, Section):
        return node
    if of_text and isinstance(node.value, str):
        leaf = Leaf(of_text, node.value, node.origin)
        return Section(node.name, node.name, {normal(of_text): leaf}, node.origin)
    raise Mistake(node.origin, f"{node.name} has to be a table.", key=node.name)


def _no_table(node: Section, section: Section) -> Leaf:
    raise unknown(node.origin, "table", node.name, ("credential", "options"), where=section.path)


def _normals(*groups: tuple[str, ...]) -> list[str]:
    return [normal(name) for group in groups for name in group]

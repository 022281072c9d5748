"""What is registered, as rows for people and programs; nothing secret is in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from entrada._config import values
from entrada._config.tree import Leaf, Section, normal
from entrada.clients.construct import ALIASES, ENDPOINTS

if TYPE_CHECKING:
    from entrada.clients.registration import Registration
    from entrada.clients.signing_in import Signers

_ADDRESSES = {normal(name) for name in (*ENDPOINTS, *ALIASES, "blob_url", "container_url")}
_SECRET = {normal(name) for name in ("connection_string", "conn_str")}


class Row(NamedTuple):
    """One client. ``endpoint`` is as written, without a query; ``""`` where there is none.

    ``sources`` says of each key where it is written.
    """

    name: str
    kind: str
    endpoint: str
    credential: str
    sources: Mapping[str, str]


def describe(registration: Registration, signers: Signers) -> Row:
    """Describe a client."""
    spec = registration.spec
    signer = signers.of(registration)
    sources = {leaf.name: str(leaf.origin) for leaf in spec.keys.values()}
    sources |= dict(_options(spec.options, "options"))
    sources["credential"] = str(signer.origin)
    return Row(
        registration.name,
        registration.kind or "",
        _endpoint(spec.keys),
        "in the connection string" if set(spec.keys) & _SECRET else str(signer),
        sources,
    )


def _endpoint(keys: Mapping[str, Leaf]) -> str:
    leaf = next((keys[key] for key in keys if key in _ADDRESSES - _SECRET), None)
    if leaf is None or not isinstance(leaf.value, str):
        return ""
    # A URL may carry a SAS token.
    return leaf.value if values.is_reference(leaf.value) else leaf.value.partition("?")[0]


def _options(section: Section, path: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for node in section:
        name = f"{path}.{node.name}"
        if isinstance(node, Section):
            found += _options(node, name)
        else:
            found.append((name, str(node.origin)))
    return found

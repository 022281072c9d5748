"""Which managed identity a credential section means, of the several ways there are to say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrada._config import values
from entrada._config.tree import Mistake, Node, Origin, normal, unknown
from entrada.clients.sources import Source

_KINDS = ("system_assigned", "client_id", "resource_id", "object_id")
_NAMES = {
    "managed_identity_client_id": "client_id",
    "managed_identity_resource_id": "resource_id",
    "managed_identity_object_id": "object_id",
}


def one_identity(
    source: Source,
    found: dict[str, Any],
    origins: Mapping[str, Node],
    where: Origin,
    *,
    own_client: bool,
) -> None:
    """Make at most one of ``identity_client_id``, ``identity_resource_id``, ``identity_object_id``.

    ``own_client``: the client id is the application's and names no managed identity.
    """
    named = {key: kind for key, kind in _NAMES.items() if key in found}
    if not own_client and "client_id" in found:
        named["client_id"] = "client_id"
    if "managed_identity_id" in found or "managed_identity_id_kind" in found:
        named["managed_identity_id"] = _kind(found, origins)
    if len(named) > 1:
        said = [node for key, node in origins.items() if key in named]
        names = " and ".join(node.name for node in said)
        raise Mistake(
            said[-1].origin,
            f"{names} exclude each other: a managed identity has one.",
            key=said[-1].name,
        )
    for key, kind in named.items():
        value = found.pop(key, "")
        found.pop("managed_identity_id_kind", None)
        if kind != "system_assigned":
            found[f"identity_{kind}"] = value
    if own_client and not named:
        raise Mistake(
            where,
            f"the credential source {source.name} needs a user-assigned identity: "
            "managed_identity_client_id, managed_identity_resource_id or "
            "managed_identity_object_id.",
            key="managed_identity_client_id",
            nearest="managed_identity_client_id",
        )


def _kind(found: dict[str, Any], origins: Mapping[str, Node]) -> str:
    given = found.get("managed_identity_id_kind")
    if given is None:
        raise Mistake(
            origins["managed_identity_id"].origin,
            "managed_identity_id needs managed_identity_id_kind: client_id, resource_id or "
            "object_id.",
            key="managed_identity_id_kind",
            nearest="managed_identity_id_kind",
        )
    node = origins["managed_identity_id_kind"]
    kind = next((each for each in _KINDS if normal(each) == normal(given)), None)
    if kind is None:
        raise unknown(node.origin, "managed_identity_id_kind", values.shown(node), _KINDS)
    if (kind == "system_assigned") == ("managed_identity_id" in found):
        wants = "takes no" if kind == "system_assigned" else "needs a"
        raise Mistake(
            node.origin,
            f"the kind {kind} {wants} managed_identity_id.",
            key="managed_identity_id",
            nearest="managed_identity_id",
        )
    return kind


def chain_identity(found: dict[str, Any], origins: Mapping[str, Node]) -> None:
    """Take the default chain's ``client_id`` for that of its managed identity, as .NET does."""
    key, as_key = "client_id", "managed_identity_client_id"
    if as_key in found:
        raise Mistake(
            origins[key].origin,
            f"{origins[key].name} and {origins[as_key].name} exclude each other: a managed "
            "identity has one.",
            key=key,
        )
    found[as_key] = found.pop(key)

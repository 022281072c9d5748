"""Which resource a request is for, where Azure gives every resource a host name of its own.

Vaults and IoT hubs have no room for their name in a path. Here a resource is named by the first
label of the ``Host`` header where such a resource exists (``kv1.vault.localhost:8447``, by a line
in the hosts file); any other host, ``localhost`` above all, stands for the only one there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound
    from entrada.local.state import Document


def named_by_host(cloud: Cloud, inbound: Inbound, type_name: str) -> Document | None:
    """Return the resource of a type that a request is for, or ``None`` where that is not clear."""
    found = resources_of(cloud, type_name)
    label = _host(inbound).partition(".")[0].lower()
    named = [body for body in found if str(body["name"]).lower() == label]
    if named:
        return named[0]
    return found[0] if len(found) == 1 else None


def resources_of(cloud: Cloud, type_name: str) -> list[Document]:
    """Return all resources of a type."""
    return [
        body
        for _, body in cloud.state.under("resource")
        if str(body.get("type", "")).lower() == type_name.lower()
    ]


def authority(inbound: Inbound) -> str:
    """Return the host and port, in lower case, by which a client reached the cloud."""
    return (inbound.headers.get("host") or urlsplit(inbound.origin).netloc).lower()


def _host(inbound: Inbound) -> str:
    return urlsplit(f"//{authority(inbound)}").hostname or ""

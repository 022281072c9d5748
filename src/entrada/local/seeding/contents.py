"""Applying what lies inside of resources: blob containers, vault secrets, devices.

What is there already stays; a secret gets another version only where its value is another.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from entrada._engine.effects import Request
from entrada.local.http import Inbound, Refusal
from entrada.local.resources.blob import containers, entries
from entrada.local.resources.blob.context import Context as BlobContext
from entrada.local.resources.blob.errors import StorageError
from entrada.local.resources.blob.forwarding import select_forwarded
from entrada.local.resources.iothub import registry
from entrada.local.resources.iothub.context import Hub
from entrada.local.resources.iothub.errors import HubError
from entrada.local.resources.keyvault import secrets, writing
from entrada.local.resources.keyvault.context import Context as VaultContext
from entrada.local.resources.keyvault.errors import VaultError
from entrada.local.seeding import kept

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.seeding.seed import Entry
    from entrada.local.state import Document

REFUSALS = (Refusal, StorageError, VaultError, HubError, ValueError, LookupError)
"""What making something raises where it cannot be."""

_CREATED = (201, 409)
"""It is there now, or it was already (Create Container)."""


def fill(cloud: Cloud, entry: Entry, resource: Document) -> None:
    """Make what an entry wants to be in its resource."""
    for container in entry.texts("containers"):
        _container(cloud, entry.name, container)
    values: Mapping[str, str] = entry.values.get("secrets", {})
    for name, value in values.items():
        wanted = kept.generated(cloud.state, "key_vaults", f"{entry.name}/{name}", value)
        _secret(cloud, entry.name, name, wanted)
    hub = Hub(cloud, resource)
    for device_id in entry.texts("devices"):
        if registry.find(hub, (device_id,)) is None:
            registry.create(hub, (device_id,), {"deviceId": device_id})


def _container(cloud: Cloud, account: str, name: str) -> None:
    url = f"{cloud.endpoints.blob}/{account}/{name}?restype=container"
    inbound = Inbound.of(Request("PUT", url, {}, b""))
    place = {"account": account, "container": name}
    context = BlobContext.of(cloud, replace(inbound, params=place))
    if cloud.azurite is not None:
        answer = select_forwarded(context).run(context)
        if answer.status not in _CREATED:
            raise ValueError(f"Azurite answers {answer.status} for the container {name}")
    elif entries.find_container(context) is None:
        containers.create_container(context)


def _secret(cloud: Cloud, vault: str, name: str, value: str) -> None:
    url = f"{cloud.endpoints.vault}/{vault}/secrets/{name}"
    headers = {"content-type": "application/json"}
    inbound = Inbound.of(Request("PUT", url, headers, json.dumps({"value": value}).encode()))
    context = replace(VaultContext.of(cloud, inbound), params={"name": name})
    context.check_name()
    found = secrets.find(context, name)
    if found is None or secrets.unseal(context, found.latest) != value:
        writing.set_secret(context)

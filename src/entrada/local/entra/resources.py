"""Which resources a token can be asked for: Azure's well-known ones and registered applications.

A resource is named by URI, with or without one slash at its end, or by application id. The
table is data; it says nothing of what a service accepts as audience.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from entrada.local import directory
from entrada.local.resources import vault_names

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud


@dataclass(frozen=True, slots=True)
class WellKnown:
    """One resource of Azure; ``*`` in a URI stands for one label of a host name."""

    name: str
    uris: tuple[str, ...]
    app_id: str = ""


_OWN_ENDPOINTS: Mapping[str, str] = {
    "arm": "Azure Resource Manager",
    "graph": "Microsoft Graph",
    "blob": "Azure Storage",
    "vault": "Azure Key Vault",
    "iothub": "Azure IoT Hub",
}
"""What lives at the endpoints of the local cloud, by the endpoint's name."""

WELL_KNOWN: tuple[WellKnown, ...] = (
    WellKnown(
        "Azure Resource Manager",
        ("https://management.azure.com", "https://management.core.windows.net"),
        "797f4846-ba00-4fd7-ba43-dac1f8f63013",
    ),
    WellKnown(
        "Microsoft Graph",
        ("https://graph.microsoft.com",),
        "00000003-0000-0000-c000-000000000000",
    ),
    WellKnown(
        "Azure AD Graph", ("https://graph.windows.net",), "00000002-0000-0000-c000-000000000000"
    ),
    WellKnown(
        "Azure Storage",
        (
            "https://storage.azure.com",
            "https://*.blob.core.windows.net",
            "https://*.queue.core.windows.net",
            "https://*.table.core.windows.net",
            "https://*.file.core.windows.net",
            "https://*.dfs.core.windows.net",
        ),
        "e406a681-f3d4-42a8-90b6-c2b029497af1",
    ),
    WellKnown(
        "Azure Key Vault", ("https://vault.azure.net",), "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"
    ),
    WellKnown("Managed HSM", ("https://managedhsm.azure.net",)),
    WellKnown(
        "Azure IoT Hub", ("https://iothubs.azure.net",), "89d10474-74af-4874-99a7-c23c2f643083"
    ),
    WellKnown("IoT Device Provisioning", ("https://azure-devices-provisioning.net",)),
    WellKnown("Azure Digital Twins", ("https://digitaltwins.azure.net",)),
    WellKnown(
        "Azure OSSRDBMS Database",
        ("https://ossrdbms-aad.database.windows.net",),
        "123cd850-d9df-40bd-94d5-c9f07b7fa203",
    ),
    WellKnown(
        "Azure SQL Database",
        ("https://database.windows.net",),
        "022907d3-0f1b-48f7-badc-1ba6abab6d66",
    ),
    WellKnown(
        "Azure Cache for Redis",
        ("https://redis.azure.com",),
        "acca5fbb-b7e4-4009-81f1-37e38fd66d78",
    ),
    WellKnown(
        "Azure Cognitive Services",
        ("https://cognitiveservices.azure.com",),
        "7d312290-28c8-473c-a0ed-8e53749b6d6d",
    ),
    WellKnown("Azure AI Foundry", ("https://ai.azure.com",)),
    WellKnown("Azure Machine Learning", ("https://ml.azure.com",)),
    WellKnown(
        "Azure AI Search", ("https://search.azure.com",), "880da380-985e-4198-81b9-e05b1cc53158"
    ),
    WellKnown(
        "Azure Service Bus",
        ("https://servicebus.azure.net", "https://*.servicebus.windows.net"),
        "80a10ef9-8168-493d-abf9-3297c4ef6e3c",
    ),
    WellKnown(
        "Azure Event Hubs",
        ("https://eventhubs.azure.net",),
        "80369ed6-5f11-4dd9-bef3-692475845e77",
    ),
    WellKnown("Azure Event Grid", ("https://eventgrid.azure.net",)),
    WellKnown("Azure SignalR", ("https://signalr.azure.com",)),
    WellKnown("Azure Web PubSub", ("https://webpubsub.azure.com",)),
    WellKnown(
        "Azure DevOps",
        ("https://app.vssps.visualstudio.com",),
        "499b84ac-1321-427f-aa17-267ca6975798",
    ),
    WellKnown("Azure Monitor", ("https://monitor.azure.com",)),
    WellKnown(
        "Log Analytics",
        ("https://api.loganalytics.io",),
        "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5",
    ),
    WellKnown(
        "App Configuration",
        ("https://azconfig.io", "https://*.azconfig.io"),
        "35ffadb3-7fc1-497e-b61b-381d28e744cc",
    ),
    WellKnown(
        "Azure Cosmos DB",
        ("https://cosmos.azure.com", "https://*.documents.azure.com"),
        "a232010e-820c-4083-83bb-3ace5fc29d0b",
    ),
    WellKnown("Container Registry", ("https://containerregistry.azure.net",)),
    WellKnown("Azure Data Explorer", ("https://*.kusto.windows.net",)),
    WellKnown("Azure Data Lake", ("https://datalake.azure.net",)),
    WellKnown("Azure Synapse", ("https://dev.azuresynapse.net",)),
    WellKnown("Azure Batch", ("https://batch.core.windows.net",)),
    WellKnown("Azure Communication", ("https://communication.azure.com",)),
    WellKnown("Azure Maps", ("https://atlas.microsoft.com",)),
    WellKnown("Microsoft Purview", ("https://purview.azure.net",)),
    WellKnown(
        "Power BI",
        ("https://analysis.windows.net/powerbi/api",),
        "00000009-0000-0000-c000-000000000000",
    ),
    WellKnown("Azure Databricks", (), "2ff814a6-3304-4ab8-85cb-cd0e6f879c1d"),
    WellKnown("Azure Kubernetes Service", (), "6dae42f8-4368-4678-94ff-3960e28e3630"),
    WellKnown(
        "Azure AD Token Exchange",
        ("api://azureadtokenexchange",),
        "fb60f99c-7a34-4190-8149-302f77469936",
    ),
)


def find_well_known(cloud: Cloud, resource: str) -> WellKnown | None:
    """Return the Azure resource that a URI or application id names, ``None`` for no such one.

    The cloud's own endpoints name the resources that live at them.
    """
    wanted = resource.lower().removesuffix("/")
    own = {getattr(cloud.endpoints, name).lower(): row for name, row in _OWN_ENDPOINTS.items()}
    own |= dict.fromkeys(vault_names.token_resources(cloud), _OWN_ENDPOINTS["vault"])
    name = own.get(wanted)
    return _by_name(name) if name else _by_uri(wanted)


def is_known(cloud: Cloud, resource: str) -> bool:
    """Say whether a resource principal of that name exists in the local cloud."""
    if find_well_known(cloud, resource) is not None:
        return True
    return directory.application_for(cloud, resource) is not None


@cache
def _by_name(name: str) -> WellKnown:
    return next(row for row in WELL_KNOWN if row.name == name)


@lru_cache(maxsize=256)
def _by_uri(wanted: str) -> WellKnown | None:
    return next((row for row, pattern in _patterns() if pattern.fullmatch(wanted)), None)


@cache
def _patterns() -> tuple[tuple[WellKnown, re.Pattern[str]], ...]:
    label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    rows = []
    for row in WELL_KNOWN:
        names = [re.escape(uri).replace(r"\*", label) for uri in row.uris]
        names += [re.escape(row.app_id)] if row.app_id else []
        rows.append((row, re.compile("|".join(names))))
    return tuple(rows)

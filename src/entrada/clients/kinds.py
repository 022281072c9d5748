"""Azure's own client classes by short names, and what is known of them without importing them.

Any other class goes by its dotted name. ``service`` is what its endpoint and trust depend on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_STORAGE = "https://storage.azure.com/.default"
_VAULT = "https://vault.azure.net/.default"
_IOT = "https://iothubs.azure.net/.default"


class Kind(NamedTuple):
    """A client class: its dotted name, the package to install, its service, a scope to probe.

    ``endpoint`` is the constructor's parameter that takes the service's address.
    """

    dotted: str
    package: str
    service: str
    scope: str
    endpoint: str


KINDS: Mapping[str, Kind] = {
    "blob": Kind(
        "azure.storage.blob.BlobServiceClient",
        "azure-storage-blob",
        "blob",
        _STORAGE,
        "account_url",
    ),
    "blob_container": Kind(
        "azure.storage.blob.ContainerClient", "azure-storage-blob", "blob", _STORAGE, "account_url"
    ),
    "blob_item": Kind(
        "azure.storage.blob.BlobClient", "azure-storage-blob", "blob", _STORAGE, "account_url"
    ),
    "data_lake": Kind(
        "azure.storage.filedatalake.DataLakeServiceClient",
        "azure-storage-file-datalake",
        "data_lake",
        _STORAGE,
        "account_url",
    ),
    "file_share": Kind(
        "azure.storage.fileshare.ShareServiceClient",
        "azure-storage-file-share",
        "file_share",
        _STORAGE,
        "account_url",
    ),
    "queue": Kind(
        "azure.storage.queue.QueueServiceClient",
        "azure-storage-queue",
        "queue",
        _STORAGE,
        "account_url",
    ),
    "tables": Kind(
        "azure.data.tables.TableServiceClient",
        "azure-data-tables",
        "tables",
        _STORAGE,
        "endpoint",
    ),
    "secrets": Kind(
        "azure.keyvault.secrets.SecretClient",
        "azure-keyvault-secrets",
        "vault",
        _VAULT,
        "vault_url",
    ),
    "keys": Kind(
        "azure.keyvault.keys.KeyClient", "azure-keyvault-keys", "vault", _VAULT, "vault_url"
    ),
    "certificates": Kind(
        "azure.keyvault.certificates.CertificateClient",
        "azure-keyvault-certificates",
        "vault",
        _VAULT,
        "vault_url",
    ),
    "iothub_registry": Kind(
        "azure.iot.hub.IoTHubRegistryManager", "azure-iot-hub", "iothub", _IOT, "url"
    ),
    "iothub_jobs": Kind("azure.iot.hub.IoTHubJobManager", "azure-iot-hub", "iothub", _IOT, "url"),
    "iothub_configurations": Kind(
        "azure.iot.hub.IoTHubConfigurationManager", "azure-iot-hub", "iothub", _IOT, "url"
    ),
    "iothub_digital_twins": Kind(
        "azure.iot.hub.DigitalTwinClient", "azure-iot-hub", "iothub", _IOT, "url"
    ),
    "service_bus": Kind(
        "azure.servicebus.ServiceBusClient",
        "azure-servicebus",
        "service_bus",
        "https://servicebus.azure.net/.default",
        "fully_qualified_namespace",
    ),
    "event_hub_producer": Kind(
        "azure.eventhub.EventHubProducerClient",
        "azure-eventhub",
        "event_hubs",
        "https://eventhubs.azure.net/.default",
        "fully_qualified_namespace",
    ),
    "event_hub_consumer": Kind(
        "azure.eventhub.EventHubConsumerClient",
        "azure-eventhub",
        "event_hubs",
        "https://eventhubs.azure.net/.default",
        "fully_qualified_namespace",
    ),
    "cosmos": Kind(
        "azure.cosmos.CosmosClient",
        "azure-cosmos",
        "cosmos",
        "https://cosmos.azure.com/.default",
        "url",
    ),
    "app_configuration": Kind(
        "azure.appconfiguration.AzureAppConfigurationClient",
        "azure-appconfiguration",
        "app_configuration",
        "https://azconfig.io/.default",
        "base_url",
    ),
    "search": Kind(
        "azure.search.documents.SearchClient",
        "azure-search-documents",
        "search",
        "https://search.azure.com/.default",
        "endpoint",
    ),
    "event_grid": Kind(
        "azure.eventgrid.EventGridPublisherClient",
        "azure-eventgrid",
        "event_grid",
        "https://eventgrid.azure.net/.default",
        "endpoint",
    ),
    "digital_twins": Kind(
        "azure.digitaltwins.core.DigitalTwinsClient",
        "azure-digitaltwins-core",
        "digital_twins",
        "https://digitaltwins.azure.net/.default",
        "endpoint",
    ),
}

BY_DOTTED: Mapping[str, Kind] = {kind.dotted: kind for kind in KINDS.values()}

ARM_SCOPE = "https://management.azure.com/.default"


def known(dotted: str) -> Kind | None:
    """Return what is known of a class; of a management client, that it is one."""
    kind = BY_DOTTED.get(dotted)
    if kind is None and dotted.startswith("azure.mgmt."):
        package = "-".join(dotted.split(".")[:3])
        return Kind(dotted, package, "arm", ARM_SCOPE, "base_url")
    return kind

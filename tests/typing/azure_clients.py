"""Read by type checkers: our credentials in ten of Azure's clients, of either colour."""

from __future__ import annotations

from azure.appconfiguration import AzureAppConfigurationClient
from azure.appconfiguration.aio import AzureAppConfigurationClient as AsyncAppConfigurationClient
from azure.keyvault.secrets import SecretClient
from azure.keyvault.secrets.aio import SecretClient as AsyncSecretClient
from azure.mgmt.authorization import AuthorizationManagementClient
from azure.mgmt.authorization.aio import (
    AuthorizationManagementClient as AsyncAuthorizationManagementClient,
)
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.compute.aio import ComputeManagementClient as AsyncComputeManagementClient
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.msi.aio import ManagedServiceIdentityClient as AsyncManagedServiceIdentityClient
from azure.mgmt.resource.subscriptions import SubscriptionClient
from azure.mgmt.resource.subscriptions.aio import SubscriptionClient as AsyncSubscriptionClient
from azure.mgmt.storage import StorageManagementClient
from azure.mgmt.storage.aio import StorageManagementClient as AsyncStorageManagementClient
from azure.servicebus import ServiceBusClient
from azure.servicebus.aio import ServiceBusClient as AsyncServiceBusClient
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient
from azure.storage.queue import QueueServiceClient
from azure.storage.queue.aio import QueueServiceClient as AsyncQueueServiceClient

import entrada
from entrada import aio

URL = "https://x.example"
HOST = "x.servicebus.windows.net"
ID = "11111111-1111-4111-8111-111111111111"


def clients(credential: entrada.DefaultAzureCredential) -> tuple[object, ...]:
    """Make ten clients of threads."""
    return (
        AuthorizationManagementClient(credential, ID),
        AzureAppConfigurationClient(URL, credential),
        BlobServiceClient(URL, credential),
        ComputeManagementClient(credential, ID),
        ManagedServiceIdentityClient(credential, ID),
        QueueServiceClient(URL, credential),
        SecretClient(URL, credential),
        ServiceBusClient(HOST, credential),
        StorageManagementClient(credential, ID),
        SubscriptionClient(credential),
    )


def async_clients(credential: aio.DefaultAzureCredential) -> tuple[object, ...]:
    """Make ten asynchronous clients."""
    return (
        AsyncAppConfigurationClient(URL, credential),
        AsyncAuthorizationManagementClient(credential, ID),
        AsyncBlobServiceClient(URL, credential),
        AsyncComputeManagementClient(credential, ID),
        AsyncManagedServiceIdentityClient(credential, ID),
        AsyncQueueServiceClient(URL, credential),
        AsyncSecretClient(URL, credential),
        AsyncServiceBusClient(HOST, credential),
        AsyncStorageManagementClient(credential, ID),
        AsyncSubscriptionClient(credential),
    )


def misuse(credential: aio.DefaultAzureCredential) -> None:
    """A type checker finds a credential of the wrong colour."""
    SecretClient(URL, credential)  # type: ignore[arg-type]
    AsyncSecretClient(URL, entrada.DefaultAzureCredential())  # type: ignore[arg-type]

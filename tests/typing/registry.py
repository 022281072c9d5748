"""What a type checker has to know of a registry: a client is of the class it was asked for by."""

from __future__ import annotations

from typing import Any, assert_type

from azure.keyvault.secrets import SecretClient
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

import entrada
from entrada import aio
from entrada.clients import Clients, Context, Row, credential_from_config

_URL = "https://account.blob.core.windows.net"


def registered() -> Clients:
    """Register clients in all the ways there are."""
    clients = Clients.from_config("azure.toml", {"cloud": "local"}, profile="production")
    clients.add(BlobServiceClient, _URL, name="logs", options={"max_block_size": 1})
    clients.add("secrets", "https://v.vault.azure.net", credential=entrada.AzureCliCredential())
    clients.add_factory(SecretClient, secrets, ping=lambda client: client.get_secret("s"))
    return clients.use_credential(entrada.DefaultAzureCredential(), aio=aio.AzureCliCredential())


def secrets(context: Context) -> SecretClient:
    """Make a client in a factory."""
    return SecretClient("https://v.vault.azure.net", context.credential)


def used(clients: Clients) -> None:
    """Ask for clients of both colours."""
    assert_type(clients.get(BlobServiceClient), BlobServiceClient)
    assert_type(clients.get(BlobServiceClient, "logs"), BlobServiceClient)
    assert_type(clients.get(AsyncBlobServiceClient), AsyncBlobServiceClient)
    assert_type(clients.describe(), list[Row])
    fake = BlobServiceClient(_URL, credential=entrada.DefaultAzureCredential())
    with clients.override(BlobServiceClient, fake) as given:
        assert_type(given, BlobServiceClient)
    credential: Any = credential_from_config({"credential_source": "azure_cli"})
    SecretClient("https://v.vault.azure.net", credential)


def misuse(clients: Clients) -> None:
    """A type checker finds a client that is taken for another."""
    blob: SecretClient = clients.get(BlobServiceClient)  # type: ignore[assignment]
    clients.get("blob")  # type: ignore[arg-type]
    del blob

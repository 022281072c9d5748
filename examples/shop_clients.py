"""Blob, Key Vault and IoT Hub clients from one configuration: on a laptop, and deployed.

    python shop_clients.py          # clients for threads
    python shop_clients.py --aio    # clients for asyncio

The configuration could as well stand in azure.toml. One setting signs in everywhere: with the
managed identity where Azure hosts the process, with whatever a laptop has to offer elsewhere. Any
setting has a variable: ENTRADA_CLIENTS__CLOUD=local leads all clients to the local cloud,
ENTRADA_CLIENTS__PROFILE=production takes the profile of that name.
"""

from __future__ import annotations

import asyncio
import sys

from azure.iot.hub import IoTHubRegistryManager
from azure.keyvault.secrets import SecretClient
from azure.keyvault.secrets.aio import SecretClient as AsyncSecretClient
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

from entrada.clients import Clients

CONFIGURATION = {
    "defaults": {
        "credential": "auto",
        "options": {"retry": {"max_retries": 2}},
    },
    "clients": {
        "orders": {"kind": "blob", "endpoint": "https://shopdata.blob.core.windows.net"},
        "keys": {"kind": "secrets", "endpoint": "https://shop-keys.vault.azure.net"},
        "scales": {"kind": "iothub_registry", "endpoint": "shop-hub.azure-devices.net"},
    },
    "profiles": {"production": {"defaults": {"credential": "managed_identity"}}},
}
RECEIPT = b"2 apples\n"


def main() -> None:
    with Clients.from_config(CONFIGURATION) as clients:
        session = clients.get(SecretClient).get_secret("session")
        print(f"read the secret {session.name}")
        orders = clients.get(BlobServiceClient).get_container_client("orders")
        orders.upload_blob("receipt.txt", RECEIPT, overwrite=True)
        print(f"wrote {orders.download_blob('receipt.txt').size} bytes")
        scale = clients.get(IoTHubRegistryManager).get_device("scale")
        print(f"found the device {scale.device_id}")
        print("signed in by", type(clients.credential(BlobServiceClient)).__name__)


async def async_main() -> None:
    async with Clients.from_config(CONFIGURATION) as clients:
        session = await clients.get(AsyncSecretClient).get_secret("session")
        print(f"read the secret {session.name}")
        orders = clients.get(AsyncBlobServiceClient).get_container_client("orders")
        await orders.upload_blob("receipt.txt", RECEIPT, overwrite=True)
        receipt = await orders.download_blob("receipt.txt")
        print(f"wrote {receipt.size} bytes")
        # azure-iot-hub has no clients for asyncio, and connects when it is made.
        registry = await asyncio.to_thread(clients.get, IoTHubRegistryManager)
        scale = await asyncio.to_thread(registry.get_device, "scale")
        print(f"found the device {scale.device_id}")
        print("signed in by", type(clients.credential(AsyncBlobServiceClient)).__name__)


if __name__ == "__main__":
    asyncio.run(async_main()) if "--aio" in sys.argv else main()

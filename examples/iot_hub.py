"""Register a device with an IoT hub, write its twin, and find it by a query.

    export IOTHUB_HOST=myhub.azure-devices.net
    python iot_hub.py

An app signs in with what the environment gives it: a client secret (``AZURE_CLIENT_SECRET``), a
certificate (``AZURE_CLIENT_CERTIFICATE_PATH``) or a federated token
(``AZURE_FEDERATED_TOKEN_FILE``), each with ``AZURE_TENANT_ID`` and ``AZURE_CLIENT_ID``. It needs
the role IoT Hub Data Contributor. Exit code 3: the service refused.
"""

from __future__ import annotations

import os
import sys

from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import QuerySpecification, Twin, TwinProperties
from msrest.exceptions import HttpOperationError

from entrada import DefaultAzureCredential

DEVICE = "thermostat-1"
QUERY = "SELECT * FROM devices WHERE properties.desired.degrees > 20"


def work(registry: IoTHubRegistryManager) -> None:
    registry.create_device_with_sas(DEVICE, "", "", "enabled")
    print(f"registered {DEVICE}")
    wanted = Twin(tags={"floor": 3}, properties=TwinProperties(desired={"degrees": 21.5}))
    twin = registry.update_twin(DEVICE, wanted, "*")
    print(f"wrote its twin, version {twin.properties.desired['$version']}")
    for found in registry.query_iot_hub(QuerySpecification(query=QUERY)).items:
        print(f"found {found.device_id} on floor {found.tags['floor']}")
    registry.delete_device(DEVICE)
    print(f"deleted {DEVICE}")


def main() -> int:
    with DefaultAzureCredential() as credential:
        host = os.environ["IOTHUB_HOST"]
        registry = IoTHubRegistryManager.from_token_credential(host, credential)
        try:
            work(registry)
        except HttpOperationError as error:
            if error.response.status_code != 401:
                raise
            print(f"refused: {error.response.json()['Message']}")
            return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())

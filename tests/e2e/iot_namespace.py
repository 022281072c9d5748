"""Runs ``js/iot_app.mjs`` in a network namespace of its own, where IoT Hub is at port 443.

Started by ``unshare -n -m -r``: nothing outside can be reached, and the hosts file is ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from e2e.ways import WAYS, SignIn
from entrada.local.resources.iothub import registry
from entrada.local.resources.iothub.context import Hub
from entrada.testing import LocalCloud

HOST = "plant.azure-devices.localhost"
APP = Path(__file__).parent / "js" / "iot_app.mjs"
ROLE = "IoT Hub Data Contributor"
VARIABLES = {
    "tenant_id": "AZURE_TENANT_ID",
    "client_id": "AZURE_CLIENT_ID",
    "client_secret": "AZURE_CLIENT_SECRET",
    "certificate_path": "AZURE_CLIENT_CERTIFICATE_PATH",
}


def variables(prepared: SignIn) -> dict[str, str]:
    """Return the variables by which DefaultAzureCredential signs in that way."""
    given = {
        VARIABLES[name]: text for name, text in prepared.arguments.items() if name in VARIABLES
    }
    return {**prepared.environment, **given}


def main(node: str, way: str) -> None:
    with TemporaryDirectory() as folder:
        hosts = Path(folder) / "hosts"
        hosts.write_text(f"127.0.0.1 localhost {HOST}\n")
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)
        with LocalCloud(ports={"iothub": 443}) as cloud:
            print(json.dumps(story(cloud, node, way, Path(folder))))


def story(cloud: LocalCloud, node: str, way: str, folder: Path) -> dict[str, Any]:
    """Return what the app says before its role is assigned and after."""
    hub = cloud.iot_hub("plant")
    prepared = WAYS[way](cloud, folder)
    environment = {
        "PATH": os.environ["PATH"],
        "IOTHUB_HOST": HOST,
        **cloud.environment(),
        **variables(prepared),
    }

    def run() -> dict[str, Any]:
        ran = subprocess.run(
            [node, str(APP)], env=environment, capture_output=True, text=True, check=True
        )
        said: dict[str, Any] = json.loads(ran.stdout)
        return said

    refused = run()
    cloud.assign(prepared.principal_id, ROLE, hub.resource_id)
    resource = cloud.cloud.state.find("resource", name="plant")[0]
    registry.create(Hub(cloud.cloud, resource), ("thermostat-1",), {})
    with cloud.simulate_device(hub, "thermostat-1", {"light": (200, "on")}):
        return {**refused, **run()}


if __name__ == "__main__":
    main(*sys.argv[1:])

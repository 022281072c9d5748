"""azure-iot-hub (Python) and azure-iothub (Node.js) against the local cloud's IoT Hub."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.iot.hub import (
    DigitalTwinClient,
    IoTHubConfigurationManager,
    IoTHubJobManager,
    IoTHubRegistryManager,
)
from azure.storage.blob import ContainerClient
from msrest.exceptions import HttpOperationError

from e2e import iot_story
from e2e.iot_namespace import variables
from e2e.peers import credential_of
from e2e.scripts import run
from e2e.ways import SignIn, fresh
from entrada import ClientSecretCredential
from entrada.local.arm import operations
from entrada.local.resources.iothub.presence import Method
from entrada.local.resources.iothub.provisioning import IotHub
from entrada.testing import LocalCloud

pytestmark = pytest.mark.e2e

ROLE = "IoT Hub Data Contributor"
WAYS = ("client_secret", "certificate", "workload")
EXAMPLE = Path(__file__).parents[2] / "examples" / "iot_hub.py"


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """Run a cloud without anybody else's hubs: "localhost" stands for the only one there is."""
    with LocalCloud() as running:
        yield running


@pytest.fixture
def hub(cloud: LocalCloud) -> Iterator[IotHub]:
    """Make an IoT hub, which is the only one while the test runs."""
    made = cloud.iot_hub(fresh("plant"))
    yield made
    operations.delete_resource(cloud.cloud, made.resource_id)


@pytest.mark.parametrize("library", ["azure.identity", "entrada"])
@pytest.mark.parametrize("way", WAYS)
def test_an_app_is_refused_until_its_role_is_assigned_and_then_manages_devices(
    way: str,
    library: str,
    cloud: LocalCloud,
    hub: IotHub,
    sign_in: Callable[[str], SignIn],
) -> None:
    """The refusal has the service's code, and names the command that assigns a role."""
    prepared = sign_in(way)
    credential = credential_of(library, prepared, cloud)
    registry = IoTHubRegistryManager.from_token_credential(hub.host, credential)
    with pytest.raises(HttpOperationError) as refused:
        registry.create_device_with_sas("early", "", "", "enabled")
    status, code, message = iot_story.refusal(refused.value)
    assert (status, code) == (401, "IotHubUnauthorizedAccess")
    assert "Microsoft.Devices/IotHubs/devices/write" in message
    assert f"entrada role assign --assignee {prepared.principal_id}" in message
    cloud.assign(prepared.principal_id, ROLE)
    assert iot_story.devices(registry) == {
        "keys": [44, 44],
        "status": ("disabled", "repair"),
        "stale": (412, "PreconditionFailed"),
        "kinds": ["sas", "selfSigned", "certificateAuthority"],
        "modules": ["m1"],
        "managed": "you",
        "bulk": (False, ["DeviceAlreadyExists"]),
        "statistics": (2, 1),
    }
    assert iot_story.twins(registry) == {
        "patched": ({"a": 1}, {"on": True}, 3),
        "stale": (412, "PreconditionFailed"),
        "replaced": {"b": 2},
        "pages": [["d1"], ["d2"]],
        "modules": ["m1"],
    }


def test_methods_configurations_jobs_and_digital_twins(
    cloud: LocalCloud, hub: IotHub, sign_in: Callable[[str], SignIn]
) -> None:
    """The other managers of azure-iot-hub work with a device that the test plays."""
    prepared = sign_in("client_secret")
    cloud.assign(prepared.principal_id, ROLE, hub.resource_id)
    credential = credential_of("entrada", prepared, cloud)
    registry = IoTHubRegistryManager.from_token_credential(hub.host, credential)
    iot_story.devices(registry)
    iot_story.twins(registry)
    played: dict[str, Method] = {
        "echo": lambda payload: {"heard": payload},
        "slow": (200, None, 60),
    }
    with cloud.simulate_device(hub, "d2", played):
        assert iot_story.methods(registry) == {
            "answer": (200, {"heard": {"n": 1}}),
            "problems": [(504, "GatewayTimeout"), (404, "DeviceNotOnline")],
            "now": 1,
        }
        twins = DigitalTwinClient.from_token_credential(hub.host, credential)
        assert iot_story.digital(twins) == {"wanted": 21, "command": {"heard": {"n": 2}}}
    manager = IoTHubConfigurationManager.from_token_credential(hub.host, credential)
    assert iot_story.configurations(manager) == {
        "counts": ({"targetedCount": 1, "appliedCount": 1}, {"all": 2}),
        "priority": 7,
        "wrong": "Query error at position 9: the query's end where a value is expected.",
        "listed": ["green"],
    }
    jobs = IoTHubJobManager.from_token_credential(hub.host, credential)
    container = f"{cloud.storage_account(fresh('store'))}/exports"
    cloud.assign(hub.principal_id, "Storage Blob Data Contributor")
    make_container(cloud, container)
    assert iot_story.jobs(jobs, registry, container) == {
        "now": ("completed", 2),
        "outcomes": ["d1", "d2"],
        "later": "cancelled",
        "export": "completed",
    }
    assert registry.get_twin("d2").tags == {"seen": True}


def make_container(cloud: LocalCloud, url: str) -> None:
    """Create a blob container."""
    admin = cloud.service_principal("admin")
    cloud.assign(admin.object_id, "Storage Blob Data Owner")
    with (
        ClientSecretCredential(
            admin.tenant_id, admin.client_id, admin.client_secret, authority=cloud.endpoints.login
        ) as credential,
        ContainerClient.from_container_url(url, credential) as container,
    ):
        container.create_container()


@pytest.mark.parametrize("way", WAYS)
def test_an_app_in_javascript_manages_devices_as_soon_as_its_role_is_assigned(
    way: str, node: str, cloud: LocalCloud, hub: IotHub, sign_in: Callable[[str], SignIn]
) -> None:
    """Before that it gets UnauthorizedError with the command that assigns a role."""
    prepared = sign_in(way)
    refused = run(node, "iot_registry.mjs", cloud, prepared, host=hub.host)["refused"]
    assert (refused["name"], refused["status"]) == ("UnauthorizedError", 401)
    assert f"entrada role assign --assignee {prepared.principal_id}" in refused["message"]
    cloud.assign(prepared.principal_id, ROLE)
    done = run(node, "iot_registry.mjs", cloud, prepared, host=hub.host)["done"]
    wrong = done["twins"].pop("wrong")
    assert (wrong["name"], wrong["status"]) == ("ArgumentError", 400)
    assert "position 40" in wrong["message"]
    assert done == {
        "keys": [44, 44],
        "again": "DeviceAlreadyExistsError",
        "missing": "DeviceNotFoundError",
        "status": "disabled",
        "added": True,
        "removed": True,
        "listed": ["d1", "d2"],
        "statistics": 2,
        "twins": {
            "version": 2,
            "stale": "InvalidEtagError",
            "desired": ["$metadata", "$version"],
            "pages": [["d1"], ["d2"]],
            "rows": [{"id": "d1", "site": "north"}],
            "count": [{"number": 2}],
        },
        "modules": {"names": ["m1"], "speed": 3, "gone": []},
        "configurations": {
            "applied": {"targetedCount": 1, "appliedCount": 1},
            "light": "green",
            "priorities": [6],
        },
        "left": [],
    }


def test_javascript_calls_methods_and_schedules_jobs(
    node: str, cloud: LocalCloud, hub: IotHub, sign_in: Callable[[str], SignIn]
) -> None:
    """Client and JobClient work with a device that the test plays, in this process."""
    prepared = sign_in("client_secret")
    cloud.assign(prepared.principal_id, ROLE)
    credential = credential_of("entrada", prepared, cloud)
    registry = IoTHubRegistryManager.from_token_credential(hub.host, credential)
    for name in ("online", "offline"):
        registry.create_device_with_sas(name, "", "", "enabled")
    played: dict[str, Method] = {
        "echo": lambda payload: {"heard": payload},
        "slow": (200, None, 60),
    }
    with cloud.simulate_device(hub, "online", played):
        assert run(node, "iot_methods.mjs", cloud, prepared, host=hub.host) == {
            "methods": {
                "echo": {"status": 200, "payload": {"heard": {"delay": 2}}},
                "unknown": 501,
                "slow": "GatewayTimeoutError",
                "away": 404,
                "nobody": "DeviceNotFoundError",
            },
            "jobs": {
                "tags": ["completed", 2],
                "calls": [1, 1],
                "cancelled": "cancelled",
                "listed": ["tags"],
                "outcomes": [["offline", "failed"], ["online", "completed"]],
                "seen": {"seen": True},
            },
        }


@pytest.mark.parametrize("way", WAYS)
def test_the_example_runs_with_whatever_the_environment_has(
    way: str, cloud: LocalCloud, hub: IotHub, sign_in: Callable[[str], SignIn]
) -> None:
    """One file for a secret, a certificate and a federated token; a refusal is explained."""
    prepared = sign_in(way)
    where = {"IOTHUB_HOST": hub.host, "AZURE_TOKEN_CREDENTIALS": "prod"}
    environment = {**os.environ, **variables(prepared), **where}
    refused = example(environment)
    assert refused.returncode == 3, refused.stderr
    assert "have no role assignment" in refused.stdout
    assert f"entrada role assign --assignee {prepared.principal_id}" in refused.stdout
    cloud.assign(prepared.principal_id, ROLE)
    done = example(environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "registered thermostat-1",
        "wrote its twin, version 2",
        "found thermostat-1 on floor 3",
        "deleted thermostat-1",
    ]


def example(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the example in a process of its own."""
    return subprocess.run(
        [sys.executable, str(EXAMPLE)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("way", WAYS)
def test_an_app_in_javascript_needs_a_host_name_and_a_certificate_authority_only(
    way: str, node: str, require_tool: Callable[..., str]
) -> None:
    """On port 443 and by a line of the hosts file, it runs as it would with Azure."""
    unshare = require_tool("unshare", "install util-linux")
    ran = subprocess.run(
        [unshare, "-n", "-m", "-r", sys.executable, "-m", "e2e.iot_namespace", node, way],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if "unshare failed" in ran.stderr:
        require_tool("unshare", "allow user namespaces", found="")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {
        "refused": "UnauthorizedError",
        "listed": ["thermostat-1"],
        "twin": {"floor": 3},
        "result": {"status": 200, "payload": "on"},
    }

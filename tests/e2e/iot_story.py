"""What everybody does with IoT Hub, told once for azure-iot-hub and any credential."""

from __future__ import annotations

from typing import Any

from azure.iot.hub import (
    DigitalTwinClient,
    IoTHubConfigurationManager,
    IoTHubJobManager,
    IoTHubRegistryManager,
)
from azure.iot.hub.models import (
    CloudToDeviceMethod,
    Configuration,
    ConfigurationContent,
    ConfigurationMetrics,
    ConfigurationQueriesTestInput,
    ExportImportDevice,
    JobProperties,
    JobRequest,
    QuerySpecification,
    Twin,
    TwinProperties,
)
from msrest.exceptions import HttpOperationError


def refusal(error: HttpOperationError) -> tuple[int, str, str]:
    """Return the status, the code and the message of an error."""
    message = error.response.json()["Message"]
    return error.response.status_code, error.response.headers["iothub-errorcode"], message


def devices(registry: IoTHubRegistryManager) -> dict[str, Any]:
    """Register, change, list and delete devices and modules."""
    report: dict[str, Any] = {}
    made = registry.create_device_with_sas("d1", None, None, "enabled", iot_edge=False)
    report["keys"] = [
        len(made.authentication.symmetric_key.primary_key),
        len(made.authentication.symmetric_key.secondary_key),
    ]
    keys = made.authentication.symmetric_key
    changed = registry.update_device_with_sas(
        "d1", made.etag, keys.primary_key, keys.secondary_key, "disabled", status_reason="repair"
    )
    report["status"] = (changed.status, changed.status_reason)
    try:
        registry.update_device_with_sas("d1", made.etag, None, None, "enabled")
    except HttpOperationError as error:
        report["stale"] = refusal(error)[:2]
    registry.create_device_with_x509("d2", "AB" * 20, "CD" * 20, "enabled")
    registry.create_device_with_certificate_authority("d3", "enabled")
    report["kinds"] = [each.authentication.type for each in registry.get_devices()]
    module = registry.create_module_with_sas("d1", "m1", "me", None, None)
    report["modules"] = [each.module_id for each in registry.get_modules("d1")]
    registry.update_module_with_sas("d1", "m1", "you", module.etag, None, None)
    report["managed"] = registry.get_module("d1", "m1").managed_by
    bulk = [ExportImportDevice(id=name, import_mode="create") for name in ("d4", "d1")]
    outcome = registry.bulk_create_or_update_devices(bulk)
    report["bulk"] = (outcome.is_successful, [each.error_code for each in outcome.errors])
    for name in ("d3", "d4"):
        registry.delete_device(name)
    statistics = registry.get_device_registry_statistics()
    report["statistics"] = (statistics.total_device_count, statistics.disabled_device_count)
    return report


def twins(registry: IoTHubRegistryManager) -> dict[str, Any]:
    """Write twins and ask for them."""
    first = registry.get_twin("d1")
    desired = TwinProperties(desired={"heat": {"on": True}})
    patched = registry.update_twin("d1", Twin(tags={"a": 1}, properties=desired), first.etag)
    try:
        registry.update_twin("d1", Twin(tags={"a": 2}), first.etag)
    except HttpOperationError as error:
        stale = refusal(error)[:2]
    replaced = registry.replace_twin("d1", Twin(tags={"b": 2}), patched.etag)
    registry.update_module_twin("d1", "m1", Twin(properties=TwinProperties(desired={"x": 1})))
    pages: list[list[str]] = []
    continuation = None
    while not pages or continuation:
        page = registry.query_iot_hub(
            QuerySpecification(query="SELECT * FROM devices"), continuation, 1
        )
        pages.append([twin.device_id for twin in page.items])
        continuation = page.continuation_token
    modules = QuerySpecification(
        query="SELECT * FROM devices.modules WHERE properties.desired.x = 1"
    )
    return {
        "patched": (patched.tags, patched.properties.desired["heat"], patched.version),
        "stale": stale,
        "replaced": replaced.tags,
        "pages": pages,
        "modules": [twin.module_id for twin in registry.query_iot_hub(modules).items],
    }


def methods(registry: IoTHubRegistryManager) -> dict[str, Any]:
    """Call the direct methods of a device that somebody plays, and of one that nobody does."""
    call = CloudToDeviceMethod(method_name="echo", payload={"n": 1}, response_timeout_in_seconds=5)
    answer = registry.invoke_device_method("d2", call)
    problems = []
    for device, method in (("d2", "slow"), ("d1", "echo")):
        try:
            slow = CloudToDeviceMethod(method_name=method, response_timeout_in_seconds=5)
            registry.invoke_device_method(device, slow)
        except HttpOperationError as error:
            problems.append(refusal(error)[:2])
    connected = registry.get_service_statistics().connected_device_count
    return {"answer": (answer.status, answer.payload), "problems": problems, "now": connected}


def configurations(manager: IoTHubConfigurationManager) -> dict[str, Any]:
    """Create, change and delete a configuration that targets a device."""
    content = ConfigurationContent(device_content={"properties.desired.light": "green"})
    metrics = ConfigurationMetrics(queries={"all": "SELECT deviceId FROM devices"})
    configuration = Configuration(
        id="green", content=content, target_condition="tags.b = 2", priority=1, metrics=metrics
    )
    made = manager.create_configuration(configuration)
    made.priority = 7
    changed = manager.update_configuration(made, made.etag)
    tested = manager.test_configuration_queries(
        ConfigurationQueriesTestInput(target_condition="tags.b =", custom_metric_queries={})
    )
    listed = [each.id for each in manager.get_configurations(10)]
    manager.delete_configuration("green")
    return {
        "counts": (made.system_metrics.results, made.metrics.results),
        "priority": changed.priority,
        "wrong": tested.target_condition_error,
        "listed": listed,
    }


def jobs(
    manager: IoTHubJobManager, registry: IoTHubRegistryManager, container: str
) -> dict[str, Any]:
    """Schedule a job, cancel another, and export the registry to a blob."""
    update = Twin(etag="*", tags={"seen": True})
    manager.create_scheduled_job(
        "now",
        JobRequest(
            job_id="now", type="scheduleUpdateTwin", update_twin=update, query_condition="*"
        ),
    )
    manager.create_scheduled_job(
        "later",
        JobRequest(
            job_id="later",
            type="scheduleDeviceMethod",
            cloud_to_device_method=CloudToDeviceMethod(method_name="echo"),
            query_condition="deviceId = 'd2'",
            start_time="2999-01-01T00:00:00Z",
        ),
    )
    done = manager.get_scheduled_job("now")
    outcomes = QuerySpecification(
        query="SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'now'"
    )
    found = [each.device_id for each in registry.query_iot_hub(outcomes).items]
    exported = manager.create_import_export_job(
        JobProperties(
            type="export",
            output_blob_container_uri=container,
            storage_authentication_type="identityBased",
        )
    )
    return {
        "now": (done.status, done.device_job_statistics.succeeded_count),
        "outcomes": found,
        "later": manager.cancel_scheduled_job("later").status,
        "export": manager.get_import_export_job(exported.job_id).status,
    }


def digital(client: DigitalTwinClient) -> dict[str, Any]:
    """Read a digital twin, change it and call a command."""
    client.update_digital_twin("d2", [{"op": "add", "path": "/degrees", "value": 21}])
    found = client.get_digital_twin("d2")
    return {
        "wanted": found["$metadata"]["degrees"]["desiredValue"],
        "command": client.invoke_command("d2", "echo", {"n": 2}),
    }

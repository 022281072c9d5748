"""IoT Hub: its service API, behind Entra tokens and Azure RBAC.

Registry, twins, queries, direct methods, jobs and configurations over HTTP, as in
https://learn.microsoft.com/rest/api/iothub/service. What devices do is played by simulations;
nothing speaks AMQP or MQTT.
"""

from __future__ import annotations

from entrada.local.http import Route
from entrada.local.resources.iothub import (
    authorization,
    bulk,
    configuration_requests,
    devices,
    digital_twins,
    job_requests,
    methods,
    queries,
    simulation,
    transfer_requests,
    twin_requests,
)
from entrada.local.resources.iothub.service import nothing, operation

_A = authorization
_DEVICE, _MODULE = "/devices/{id}", "/devices/{id}/modules/{mid}"
_TWIN, _MODULE_TWIN = "/twins/{id}", "/twins/{id}/modules/{mid}"
_DIGITAL_TWIN, _CONFIGURATION = "/digitaltwins/{id}", "/configurations/{id}"
_OWN = "/providers/Entrada.Local"

_REGISTRY = (
    Route("POST", "/devices/query", operation(queries.post, _A.TWINS_READ, changes=False)),
    Route("POST", "/devices", operation(bulk.bulk, _A.DEVICES_WRITE, _A.DEVICES_DELETE)),
    Route("GET", "/devices", operation(devices.list_devices, _A.DEVICES_READ)),
    Route("GET", f"{_DEVICE}/modules", operation(devices.list_modules, _A.DEVICES_READ)),
    *(
        route
        for path in (_DEVICE, _MODULE)
        for route in (
            Route("PUT", path, operation(devices.put, _A.DEVICES_WRITE)),
            Route("GET", path, operation(devices.get, _A.DEVICES_READ)),
            Route("DELETE", path, operation(devices.delete, _A.DEVICES_DELETE)),
        )
    ),
    Route("DELETE", f"{_DEVICE}/commands", operation(devices.purge_messages, _A.QUEUE_PURGE)),
    Route(
        "POST",
        f"{_DEVICE}/applyConfigurationContent",
        operation(configuration_requests.apply_content, _A.CONFIGURATIONS_APPLY),
    ),
    Route("GET", "/statistics/devices", operation(devices.device_statistics, _A.STATISTICS_READ)),
    Route("GET", "/statistics/service", operation(devices.service_statistics, _A.STATISTICS_READ)),
)
_TWINS = tuple(
    route
    for path in (_TWIN, _MODULE_TWIN)
    for route in (
        Route("GET", path, operation(twin_requests.get, _A.TWINS_READ)),
        Route("PUT", path, operation(twin_requests.put, _A.TWINS_WRITE)),
        Route("PATCH", path, operation(twin_requests.patch, _A.TWINS_WRITE)),
        Route("POST", f"{path}/methods", operation(methods.post, _A.METHODS_INVOKE, changes=False)),
    )
)
_DIGITAL_TWINS = (
    Route("GET", _DIGITAL_TWIN, operation(digital_twins.get, _A.TWINS_READ)),
    Route("PATCH", _DIGITAL_TWIN, operation(digital_twins.patch, _A.TWINS_WRITE)),
    *(
        Route("POST", path, operation(digital_twins.command, _A.METHODS_INVOKE, changes=False))
        for path in (
            f"{_DIGITAL_TWIN}/commands/{{command}}",
            f"{_DIGITAL_TWIN}/components/{{component}}/commands/{{command}}",
        )
    ),
)
_JOBS = (
    Route("GET", "/jobs/v2/query", operation(job_requests.query, _A.JOBS_READ)),
    Route("GET", "/jobs/v2/{id}", operation(job_requests.get, _A.JOBS_READ)),
    Route("PUT", "/jobs/v2/{id}", operation(job_requests.put, _A.JOBS_WRITE)),
    Route("POST", "/jobs/v2/{id}/cancel", operation(job_requests.cancel, _A.JOBS_DELETE)),
    Route("POST", "/jobs/create", operation(transfer_requests.create, _A.JOBS_WRITE)),
    Route("GET", "/jobs", operation(transfer_requests.list_all, _A.JOBS_READ)),
    Route("GET", "/jobs/{id}", operation(transfer_requests.get, _A.JOBS_READ)),
    Route("DELETE", "/jobs/{id}", operation(transfer_requests.cancel, _A.JOBS_DELETE)),
)
_CONFIGURATIONS = (
    Route(
        "POST",
        "/configurations/testQueries",
        operation(configuration_requests.test_queries, _A.CONFIGURATIONS_TEST, changes=False),
    ),
    Route(
        "GET", "/configurations", operation(configuration_requests.list_all, _A.CONFIGURATIONS_READ)
    ),
    Route("GET", _CONFIGURATION, operation(configuration_requests.get, _A.CONFIGURATIONS_READ)),
    Route("PUT", _CONFIGURATION, operation(configuration_requests.put, _A.CONFIGURATIONS_WRITE)),
    Route(
        "DELETE",
        _CONFIGURATION,
        operation(configuration_requests.delete, _A.CONFIGURATIONS_DELETE),
    ),
)
_SIMULATION = tuple(
    Route(method, f"{_OWN}{path}/{last}", operation(run, action, versioned=False))
    for path in (_DEVICE, _MODULE)
    for method, last, run, action in (
        ("PUT", "simulation", simulation.put, _A.DEVICES_WRITE),
        ("GET", "simulation", simulation.get, _A.DEVICES_READ),
        ("DELETE", "simulation", simulation.delete, _A.DEVICES_WRITE),
        ("PATCH", "reported", simulation.report, _A.DEVICES_WRITE),
    )
)

ROUTES: tuple[Route, ...] = (
    *_REGISTRY,
    *_TWINS,
    *_DIGITAL_TWINS,
    *_JOBS,
    *_CONFIGURATIONS,
    *_SIMULATION,
    Route("*", "/{nothing*}", operation(nothing, versioned=False)),
    Route("*", "/", operation(nothing, versioned=False)),
)

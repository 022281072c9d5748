"""Scheduled jobs: twin updates and direct methods for all devices that a condition selects.

Knows no HTTP. A job runs when the cloud is asked anything after the job's start time, by the
cloud's clock, and all of it at once: a device that is away then has failed.
https://learn.microsoft.com/azure/iot-hub/iot-hub-devguide-jobs
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from entrada.local.resources.iothub import methods, queries, twins
from entrada.local.resources.iothub import query as language
from entrada.local.resources.iothub.context import Hub, epoch_of, written
from entrada.local.resources.iothub.errors import HubError, invalid
from entrada.local.state import Document

KIND: Final = "iotJob"
DUE: Final = "iotJobDue"
_UPDATE, _METHOD = "scheduleUpdateTwin", "scheduleDeviceMethod"
TYPES: Final = (_UPDATE, _METHOD)
_CONTENT = {_UPDATE: "updateTwin", _METHOD: "cloudToDeviceMethod"}
_USUAL_EXECUTION = 3600


def schedule(hub: Hub, job_id: str, body: Mapping[str, Any]) -> Document:
    """Take a job on; raise :class:`HubError` for one that could never run."""
    if find(hub, job_id) is not None:
        raise HubError("JobAlreadyExists", f"There is a job {job_id!r} already.")
    kind = body.get("type")
    if kind not in TYPES:
        raise invalid(f"type is {kind!r}, known are {', '.join(TYPES)}.")
    content = body.get(_CONTENT[kind])
    if not isinstance(content, dict):
        raise invalid(f"{_CONTENT[kind]} is no JSON object.")
    if kind == _METHOD:
        methods.Invocation.of(content)
    else:
        twins.check(content)
    condition = body.get("queryCondition")
    _selection(condition)
    start = body.get("startTime")
    starts = hub.now if start is None else epoch_of(start, "startTime")
    job = {
        "jobId": job_id,
        "type": kind,
        _CONTENT[kind]: content,
        "queryCondition": condition,
        "createdTime": hub.moment,
        "startTime": written(starts),
        "maxExecutionTimeInSeconds": body.get("maxExecutionTimeInSeconds") or _USUAL_EXECUTION,
        "status": "queued" if starts <= hub.now else "scheduled",
    }
    hub.state.put(DUE, hub.key(job_id), {"at": starts})
    return hub.state.put(KIND, hub.key(job_id), job)


def find(hub: Hub, job_id: str) -> Document | None:
    """Return a job, or ``None``."""
    return hub.state.get(KIND, hub.key(job_id))


def need(hub: Hub, job_id: str) -> Document:
    """Return a job; raise :class:`HubError` where there is none."""
    found = find(hub, job_id)
    if found is None:
        raise HubError("JobNotFound", f"There is no job {job_id!r}.")
    return found


def cancel(hub: Hub, job_id: str) -> Document:
    """Cancel a job that has not run; raise :class:`HubError` where it has."""
    job = need(hub, job_id)
    if job["status"] not in ("queued", "scheduled"):
        raise HubError(
            "OperationNotAllowedInCurrentState", f"The job {job_id!r} is {job['status']} already."
        )
    hub.state.delete(DUE, hub.key(job_id))
    cancelled = {**job, "status": "cancelled", "endTime": hub.moment}
    return hub.state.put(KIND, hub.key(job_id), cancelled)


def run_due(hub: Hub) -> bool:
    """Run every job whose time has come, the earliest first; say whether there was one."""
    due = [
        (document["at"], key)
        for key, document in hub.state.under(DUE, hub.key(""))
        if document["at"] <= hub.now
    ]
    for _, key in sorted(due):
        with hub.state.transaction():
            job = hub.state.get(KIND, key)
            hub.state.delete(DUE, key)
            if job is not None:
                hub.state.put(KIND, key, _run(hub, job))
    return bool(due)


def _run(hub: Hub, job: Document) -> Document:
    query = _selection(job["queryCondition"])
    chosen = [row["deviceId"] for row in queries.run(hub, query)]
    failed = sum(not _run_on(hub, job, device_id) for device_id in chosen)
    counts = {
        "deviceCount": len(chosen),
        "failedCount": failed,
        "succeededCount": len(chosen) - failed,
        "runningCount": 0,
        "pendingCount": 0,
    }
    end = {"endTime": hub.moment, "status": "completed", "deviceJobStatistics": counts}
    return {**job, **end}


def _run_on(hub: Hub, job: Document, device_id: str) -> bool:
    """Do a job's work on one device, note its outcome, and say whether it succeeded."""
    response, error = None, None
    try:
        if job["type"] == _METHOD:
            invocation = methods.Invocation.of(job["cloudToDeviceMethod"])
            answer = methods.invoke(hub, (device_id,), invocation)
            response = {"status": answer.status, "payload": answer.payload}
        else:
            twins.change(hub, (device_id,), job["updateTwin"])
    except HubError as problem:
        error = {"code": problem.code, "description": problem.message}
    outcome: Document = {
        "deviceId": device_id,
        "jobId": job["jobId"],
        "jobType": job["type"],
        "status": "failed" if error else "completed",
        "startTimeUtc": hub.moment,
        "endTimeUtc": hub.moment,
        "createdDateTimeUtc": job["createdTime"],
        "lastUpdatedDateTimeUtc": hub.moment,
        "outcome": {"deviceMethodResponse": response},
        **({"error": error} if error else {}),
    }
    hub.state.put(queries.DEVICE_JOB, hub.key(job["jobId"], device_id), outcome)
    return error is None


def _selection(condition: object) -> language.Query:
    if not isinstance(condition, str) or not condition.strip():
        raise HubError("ArgumentNull", "queryCondition is missing: * stands for all devices.")
    try:
        query = language.parse_condition(condition)
    except language.QueryError as error:
        raise invalid(f"queryCondition: {error}.") from error
    if query.source != "devices":
        raise invalid("queryCondition is not about devices.")
    return query

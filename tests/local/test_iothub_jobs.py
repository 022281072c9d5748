"""Jobs: scheduled ones by the cloud's clock, and the registry as a blob."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_iothub_world import Caller, World, operator, world

from entrada._engine.effects import Request, Response
from entrada.local import directory, tokens

__all__ = ["operator", "world"]

UPDATE = {
    "type": "scheduleUpdateTwin",
    "updateTwin": {"tags": {"seen": True}},
    "queryCondition": "*",
}
METHOD = {
    "type": "scheduleDeviceMethod",
    "cloudToDeviceMethod": {"methodName": "echo", "payload": 1},
    "queryCondition": "deviceId IN ['d1', 'd2']",
}


@pytest.fixture
def fleet(operator: Caller) -> Caller:
    """A hub of two devices."""
    for name in ("d1", "d2"):
        operator.device(name)
    return operator


def test_a_job_for_now_runs_at_once(fleet: Caller) -> None:
    scheduled = fleet.ok("PUT", "/jobs/v2/j1", {"jobId": "j1", **UPDATE})
    assert (scheduled["jobId"], scheduled["status"]) == ("j1", "queued")
    done = fleet.ok("GET", "/jobs/v2/j1")
    assert (done["status"], done["endTime"]) == ("completed", "2027-01-15T08:00:00.5000000Z")
    assert done["deviceJobStatistics"] == {
        "deviceCount": 2,
        "failedCount": 0,
        "succeededCount": 2,
        "runningCount": 0,
        "pendingCount": 0,
    }
    assert fleet.ids("tags.seen") == ["d1", "d2"]


def test_a_job_waits_for_its_time(world: World, fleet: Caller) -> None:
    start = {"startTime": "2027-01-15T09:00:00Z"}
    assert fleet.ok("PUT", "/jobs/v2/j1", {**UPDATE, **start})["status"] == "scheduled"
    world.clock.now += 3599
    assert fleet.ok("GET", "/jobs/v2/j1")["status"] == "scheduled"
    assert fleet.ids("tags.seen") == []
    world.clock.now += 1
    assert fleet.ids("tags.seen") == ["d1", "d2"]
    assert fleet.ok("GET", "/jobs/v2/j1")["status"] == "completed"


def test_jobs_that_are_due_run_in_order_of_their_times(world: World, fleet: Caller) -> None:
    for name, minute in (("a", 30), ("b", 20)):
        update = {
            "updateTwin": {"tags": {"last": name}},
            "startTime": f"2027-01-15T08:{minute}:00Z",
        }
        fleet.ok("PUT", f"/jobs/v2/{name}", {**UPDATE, **update})
    world.clock.now += 7200
    assert fleet.ok("GET", "/twins/d1")["tags"] == {"last": "a"}


def test_a_method_job_tells_of_each_device(world: World, fleet: Caller) -> None:
    with world.provision.simulate_device(world.hub, "d1", {"echo": lambda payload: payload}):
        fleet.ok("PUT", "/jobs/v2/j1", METHOD)
        rows = fleet.query("SELECT * FROM devices.jobs WHERE devices.jobs.jobId = 'j1'")
    assert [(row["deviceId"], row["status"]) for row in rows] == [
        ("d1", "completed"),
        ("d2", "failed"),
    ]
    assert rows[0]["outcome"] == {"deviceMethodResponse": {"status": 200, "payload": 1}}
    assert rows[1]["error"]["code"] == "DeviceNotOnline"
    counts = fleet.ok("GET", "/jobs/v2/j1")["deviceJobStatistics"]
    assert (counts["succeededCount"], counts["failedCount"]) == (1, 1)
    failed = "SELECT deviceId FROM devices.jobs WHERE devices.jobs.status = 'failed'"
    assert fleet.query(failed) == [{"deviceId": "d2"}]


def test_a_job_is_cancelled_before_it_runs(world: World, fleet: Caller) -> None:
    fleet.ok("PUT", "/jobs/v2/j1", {**UPDATE, "startTime": "2027-01-16T00:00:00Z"})
    assert fleet.ok("POST", "/jobs/v2/j1/cancel")["status"] == "cancelled"
    world.clock.now += 10 * 86400
    assert fleet.ok("GET", "/jobs/v2/j1")["status"] == "cancelled"
    fleet.ok("PUT", "/jobs/v2/j2", UPDATE)
    late = fleet.fails("POST", "/jobs/v2/j2/cancel")
    assert late == (405, "OperationNotAllowedInCurrentState")
    assert fleet.fails("POST", "/jobs/v2/j3/cancel") == (404, "JobNotFound")


def test_jobs_are_listed_by_type_and_status_in_pages(fleet: Caller) -> None:
    for name in ("a", "b"):
        fleet.ok("PUT", f"/jobs/v2/{name}", UPDATE)
    fleet.ok("PUT", "/jobs/v2/c", METHOD)
    fleet.ok("PUT", "/jobs/v2/d", {**UPDATE, "startTime": "2027-01-16T00:00:00Z"})

    def listed(headers: dict[str, str], **query: str) -> Any:
        return fleet("GET", "/jobs/v2/query", None, headers, **query)

    def ids(**query: str) -> list[str]:
        return [job["jobId"] for job in listed({}, **query).json]

    assert ids() == ["a", "b", "c", "d"]
    assert ids(jobType="scheduleUpdateTwin", jobStatus="completed") == ["a", "b"]
    assert ids(jobStatus="scheduled") == ["d"]
    first = listed({"x-ms-max-item-count": "3"})
    assert first.headers["x-ms-item-type"] == "JobResponse"
    rest = listed({"x-ms-continuation": first.headers["x-ms-continuation"]})
    assert [job["jobId"] for job in rest.json] == ["d"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "paint"}, "ArgumentInvalid"),
        ({"updateTwin": 1}, "ArgumentInvalid"),
        ({"updateTwin": {"tags": {"a.b": 1}}}, "ArgumentInvalid"),
        ({"queryCondition": ""}, "ArgumentNull"),
        ({"queryCondition": "a ="}, "ArgumentInvalid"),
        ({"queryCondition": "FROM devices.modules"}, "ArgumentInvalid"),
        ({"startTime": "tomorrow"}, "ArgumentInvalid"),
        ({"startTime": "2027-13-01T00:00:00Z"}, "ArgumentInvalid"),
        ({"startTime": "0001-01-01T00:00:00+05:00"}, "ArgumentInvalid"),
        ({"jobId": "other"}, "ArgumentInvalid"),
    ],
)
def test_a_job_that_could_never_run_is_refused(
    fleet: Caller, change: dict[str, object], code: str
) -> None:
    assert fleet.fails("PUT", "/jobs/v2/j1", {**UPDATE, **change}) == (400, code)
    assert fleet.fails("GET", "/jobs/v2/j1") == (404, "JobNotFound")


def test_a_job_is_scheduled_once(fleet: Caller) -> None:
    fleet.ok("PUT", "/jobs/v2/j1", UPDATE)
    assert fleet.fails("PUT", "/jobs/v2/j1", UPDATE) == (409, "JobAlreadyExists")


class Storage:
    """A blob container that the hub's identity and an administrator may use."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.account = world.provision.storage_account("store")
        self.url = f"{self.account}/box"
        self.admin = world.caller()
        world.provision.assign(self.admin.principal["id"], "Storage Blob Data Owner")
        assert self.send("PUT", f"{self.url}?restype=container").status == 201

    def send(self, method: str, url: str, body: bytes = b"") -> Response:
        token = tokens.issue(
            self.world.cloud,
            service_principal=self.admin.principal,
            resource="https://storage.azure.com",
            credential_kind="secret",
            tenant_id=directory.default_tenant(self.world.cloud),
            lifetime=3600,
        )
        headers = {
            "authorization": f"Bearer {token}",
            "x-ms-version": "2024-11-04",
            "x-ms-blob-type": "BlockBlob",
        }
        return self.world.cloud.handle(Request(method, url, headers, body))

    def lines(self, blob: str) -> list[Any]:
        text = self.send("GET", f"{self.url}/{blob}").body.decode()
        return [json.loads(line) for line in text.splitlines()]

    def job(self, kind: str, **members: object) -> dict[str, object]:
        place = {"outputBlobContainerUri": self.url, "inputBlobContainerUri": self.url}
        how = {"storageAuthenticationType": "identityBased"}
        return {"type": kind, **place, **how, **members}


@pytest.fixture
def storage(world: World) -> Storage:
    return Storage(world)


def test_the_registry_is_exported_by_the_hubs_identity(
    world: World, fleet: Caller, storage: Storage
) -> None:
    fleet.module("m1")
    refused = fleet.ok("POST", "/jobs/create", storage.job("export"))
    assert refused["status"] == "failed"
    assert "AuthorizationPermissionMismatch" in refused["failureReason"]
    assert f"--assignee {world.hub.principal_id}" in refused["failureReason"]
    world.provision.assign(world.hub.principal_id, "Storage Blob Data Contributor")
    job = fleet.ok("POST", "/jobs/create", storage.job("export"))
    assert (job["status"], job["progress"]) == ("completed", 100)
    exported = storage.lines("devices.txt")
    assert [(each["id"], each.get("moduleId")) for each in exported] == [
        ("d1", None),
        ("d1", "m1"),
        ("d2", None),
    ]
    assert exported[0]["authentication"]["symmetricKey"]["primaryKey"]
    assert fleet.ok("GET", f"/jobs/{job['jobId']}") == job
    assert len(fleet.ok("GET", "/jobs")) == 2
    fleet.ok("DELETE", f"/jobs/{job['jobId']}")
    assert fleet.fails("GET", "/jobs/none") == (404, "JobNotFound")


def test_what_was_exported_is_imported_again(world: World, fleet: Caller, storage: Storage) -> None:
    world.provision.assign(world.hub.principal_id, "Storage Blob Data Contributor")
    fleet.ok("PATCH", "/twins/d1", {"tags": {"site": "north"}})
    before = fleet.ok("GET", "/devices/d1")["authentication"]
    fleet.ok("POST", "/jobs/create", storage.job("export"))
    for name in ("d1", "d2"):
        fleet.ok("DELETE", f"/devices/{name}")
    assert fleet.ok("POST", "/jobs/create", storage.job("import"))["status"] == "completed"
    assert fleet.ok("GET", "/devices/d1")["authentication"] == before
    assert fleet.ok("GET", "/twins/d1")["tags"] == {"site": "north"}
    assert storage.lines("importErrors.log") == []


def test_lines_that_cannot_be_imported_are_told(
    world: World, fleet: Caller, storage: Storage
) -> None:
    world.provision.assign(world.hub.principal_id, "Storage Blob Data Contributor")
    text = b'{"id":"d1","importMode":"create"}\n\nnonsense\n{"id":"d3"}\n'
    assert storage.send("PUT", f"{storage.url}/devices.txt", text).status == 201
    fleet.ok("POST", "/jobs/create", storage.job("import"))
    errors = storage.lines("importErrors.log")
    assert [(each["line"], each["errorCode"]) for each in errors] == [
        (1, "DeviceAlreadyExists"),
        (3, "DeserializationError"),
    ]
    assert [each["deviceId"] for each in fleet.ok("GET", "/devices")] == ["d1", "d2", "d3"]


def test_keys_can_be_left_out_of_an_export(world: World, fleet: Caller, storage: Storage) -> None:
    world.provision.assign(world.hub.principal_id, "Storage Blob Data Contributor")
    fleet.ok("POST", "/jobs/create", storage.job("export", excludeKeysInExport=True))
    found = [each["authentication"]["symmetricKey"] for each in storage.lines("devices.txt")]
    assert found == [None, None]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"type": "paint"}, (400, "ArgumentInvalid")),
        ({"storageAuthenticationType": "keyBased"}, (400, "ArgumentInvalid")),
        ({"storageAuthenticationType": None}, (400, "ArgumentInvalid")),
        ({"outputBlobContainerUri": None}, (400, "ArgumentNull")),
        ({"outputBlobContainerUri": "https://a.test/box"}, (400, "ArgumentInvalid")),
        (
            {"outputBlobContainerUri": "https://blob.entrada.test/s/b?sig=x"},
            (400, "ArgumentInvalid"),
        ),
        ({"identity": {"userAssignedIdentity": "/none"}}, (400, "ArgumentInvalid")),
        ({"includeConfigurations": True}, (501, "FeatureNotSupported")),
    ],
)
def test_an_export_that_cannot_be_is_refused(
    fleet: Caller, storage: Storage, change: dict[str, object], refusal: tuple[int, str]
) -> None:
    body = {**storage.job("export"), **change}
    assert fleet.fails("POST", "/jobs/create", body) == refusal

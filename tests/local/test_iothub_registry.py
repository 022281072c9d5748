"""IoT Hub's identity registry: devices, modules, keys, entity tags, bulk changes, statistics."""

from __future__ import annotations

import base64
import json

import pytest
from test_iothub_world import CONTRIBUTOR, Caller, World, operator, world

from entrada.local.arm.resources import delete_resource

__all__ = ["operator", "world"]

KEY = base64.b64encode(b"k" * 32).decode()
OTHER_KEY = base64.b64encode(b"o" * 32).decode()
THUMBPRINT = "AB" * 20


def test_a_device_without_keys_gets_some(operator: Caller) -> None:
    empty = {"symmetricKey": {"primaryKey": "", "secondaryKey": ""}}
    device = operator.device("d1", authentication=empty)
    keys = device["authentication"]["symmetricKey"]
    assert [len(base64.b64decode(key)) for key in keys.values()] == [32, 32]
    assert keys["primaryKey"] != keys["secondaryKey"]
    assert operator.ok("GET", "/devices/d1") == device


def test_a_device_has_what_the_service_says_of_it(operator: Caller) -> None:
    device = operator.device("d1", status="disabled", statusReason="in repair")
    assert device["status"] == "disabled"
    assert device["statusReason"] == "in repair"
    assert device["statusUpdatedTime"] == "2027-01-15T08:00:00.5000000Z"
    assert device["connectionState"] == "Disconnected"
    assert device["lastActivityTime"] == "0001-01-01T00:00:00Z"
    assert device["cloudToDeviceMessageCount"] == 0
    assert device["capabilities"] == {"iotEdge": False}
    assert device["authentication"]["type"] == "sas"
    assert device["generationId"].isdigit()
    base64.b64decode(device["etag"], validate=True)


def test_keys_that_are_given_are_kept_and_sealed(world: World, operator: Caller) -> None:
    keys = {"primaryKey": KEY, "secondaryKey": OTHER_KEY}
    operator.device("d1", authentication={"type": "sas", "symmetricKey": keys})
    assert operator.ok("GET", "/devices/d1")["authentication"]["symmetricKey"] == keys
    stored = world.cloud.state._rows("SELECT body FROM document")
    assert not any(KEY in body or OTHER_KEY in body for (body,) in stored)


def test_an_update_without_keys_keeps_those_that_stand(operator: Caller) -> None:
    device = operator.device("d1")
    changed = operator.ok("PUT", "/devices/d1", {"deviceId": "d1"}, if_match="*")
    assert changed["authentication"] == device["authentication"]
    assert changed["generationId"] == device["generationId"]
    assert changed["etag"] != device["etag"]


@pytest.mark.parametrize(
    ("authentication", "kind"),
    [
        ({"x509Thumbprint": {"primaryThumbprint": THUMBPRINT}}, "selfSigned"),
        ({"type": "selfSigned", "x509Thumbprint": {"primaryThumbprint": "0f" * 32}}, "selfSigned"),
        ({"type": "certificateAuthority"}, "certificateAuthority"),
        ({"type": "none"}, "none"),
    ],
)
def test_a_device_with_a_certificate_has_no_keys(
    operator: Caller, authentication: dict[str, object], kind: str
) -> None:
    found = operator.device("d1", authentication=authentication)["authentication"]
    assert found["type"] == kind
    assert found["symmetricKey"] == {"primaryKey": None, "secondaryKey": None}


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("a b", {}),
        ("é", {}),
        ("d1", {"deviceId": "other"}),
        ("d1", {"status": "asleep"}),
        ("d1", {"statusReason": "x" * 129}),
        ("d1", {"capabilities": {"iotEdge": "yes"}}),
        ("d1", {"authentication": {"type": "password"}}),
        ("d1", {"authentication": {"type": "selfSigned"}}),
        ("d1", {"authentication": {"symmetricKey": {"primaryKey": KEY}}}),
        ("d1", {"authentication": {"symmetricKey": {"primaryKey": "a", "secondaryKey": "b"}}}),
        ("d1", {"authentication": {"x509Thumbprint": {"primaryThumbprint": "zz"}}}),
        ("d1", {"authentication": []}),
        ("d1", {"parentScopes": ["a", "b"]}),
    ],
)
def test_a_device_that_cannot_be_is_refused(
    operator: Caller, name: str, members: dict[str, object]
) -> None:
    path = f"/devices/{name.replace(' ', '%20')}"
    assert operator.fails("PUT", path, members) == (400, "ArgumentInvalid")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff"])
def test_a_body_that_is_no_object_is_refused(operator: Caller, body: bytes) -> None:
    assert operator.fails("PUT", "/devices/d1", body) == (400, "ArgumentInvalid")


def test_creating_twice_updating_and_deleting_what_is_not_there(operator: Caller) -> None:
    etag = operator.device("d1")["etag"]
    assert operator.fails("PUT", "/devices/d1", {}) == (409, "DeviceAlreadyExists")
    assert operator.fails("PUT", "/devices/d2", {}, if_match="*") == (404, "DeviceNotFound")
    assert operator.fails("GET", "/devices/d2") == (404, "DeviceNotFound")
    assert operator.fails("DELETE", "/devices/d2", None, if_match="*") == (404, "DeviceNotFound")
    stale = {"if_match": '"c3RhbGU="'}
    assert operator.fails("PUT", "/devices/d1", {}, **stale) == (412, "PreconditionFailed")
    assert operator.fails("DELETE", "/devices/d1", None, **stale) == (412, "PreconditionFailed")
    operator.ok("DELETE", "/devices/d1", None, if_match=f'"{etag}"')
    assert operator.fails("GET", "/devices/d1") == (404, "DeviceNotFound")


def test_a_status_that_changes_says_when(world: World, operator: Caller) -> None:
    operator.device("d1")
    world.clock.now += 60
    changed = operator.ok("PUT", "/devices/d1", {"status": "disabled"}, if_match="*")
    assert changed["statusUpdatedTime"] == "2027-01-15T08:01:00.5000000Z"
    world.clock.now += 60
    again = operator.ok("PUT", "/devices/d1", {"status": "disabled"}, if_match="*")
    assert again["statusUpdatedTime"] == changed["statusUpdatedTime"]


def test_devices_are_listed_up_to_a_number(operator: Caller) -> None:
    for name in ("b", "a", "c"):
        operator.device(name)
    assert [each["deviceId"] for each in operator.ok("GET", "/devices/")] == ["a", "b", "c"]
    listed = operator("GET", "/devices", None, {}, top="2")
    assert [each["deviceId"] for each in listed.json] == ["a", "b"]
    assert operator("GET", "/devices", None, {}, top="none").status == 400


def test_modules_belong_to_a_device(operator: Caller) -> None:
    operator.device("d1")
    module = operator.module("m1", "d1", managedBy="me")
    assert (module["deviceId"], module["moduleId"], module["managedBy"]) == ("d1", "m1", "me")
    assert "status" not in module
    assert operator.ok("GET", "/devices/d1/modules") == [module]
    assert operator.fails("PUT", "/devices/d1/modules/m1", {}) == (
        409,
        "ModuleAlreadyExistsOnDevice",
    )
    assert operator.fails("GET", "/devices/d1/modules/m2") == (404, "ModuleNotFound")
    assert operator.fails("PUT", "/devices/d2/modules/m1", {}) == (404, "DeviceNotFound")
    operator.ok("DELETE", "/devices/d1/modules/m1")
    assert operator.ok("GET", "/devices/d1/modules") == []


def test_a_device_takes_its_modules_along(operator: Caller) -> None:
    operator.device("d1")
    operator.module("m1")
    operator.ok("DELETE", "/devices/d1")
    operator.device("d1")
    assert operator.ok("GET", "/devices/d1/modules") == []


def test_a_device_has_at_most_fifty_modules(operator: Caller) -> None:
    operator.device("d1")
    for number in range(50):
        operator.module(f"m{number}")
    assert operator.fails("PUT", "/devices/d1/modules/m50", {}) == (413, "TooManyModulesOnDevice")


def test_an_edge_device_has_a_scope_and_its_own_modules(operator: Caller) -> None:
    gateway = operator.device("gateway", capabilities={"iotEdge": True})
    scope = f"ms-azure-iot-edge://gateway-{gateway['generationId']}"
    assert gateway["deviceScope"] == scope
    modules = operator.ok("GET", "/devices/gateway/modules")
    assert [each["moduleId"] for each in modules] == ["$edgeAgent", "$edgeHub"]
    leaf = operator.device("leaf", deviceScope=scope)
    assert (leaf["deviceScope"], leaf["parentScopes"]) == (scope, [scope])
    assert "deviceScope" not in operator.ok("PUT", "/devices/leaf", {}, if_match="*")


def test_bulk_changes_succeed_together(operator: Caller) -> None:
    made = operator.ok(
        "POST",
        "/devices",
        [
            {"id": "d1", "importMode": "create", "tags": {"site": "north"}},
            {"id": "d1", "moduleId": "m1", "importMode": "create"},
            {"id": "d2", "importMode": "createOrUpdate", "status": "disabled"},
            {"id": "d1", "importMode": "updateTwin", "properties": {"desired": {"on": True}}},
        ],
    )
    assert made == {"isSuccessful": True, "errors": [], "warnings": []}
    twin = operator.ok("GET", "/twins/d1")
    assert twin["tags"] == {"site": "north"}
    assert twin["properties"]["desired"]["on"] is True
    assert operator.ok("GET", "/devices/d2")["status"] == "disabled"
    tag, twin_tag = operator.ok("GET", "/devices/d2")["etag"], operator.ok("GET", "/twins/d1")
    changes = [
        {"id": "d2", "importMode": "updateIfMatchETag", "eTag": tag, "status": "enabled"},
        {
            "id": "d1",
            "importMode": "updateTwinIfMatchETag",
            "twinETag": twin_tag["etag"],
            "tags": {},
        },
        {"id": "d1", "importMode": "delete"},
    ]
    assert operator.ok("POST", "/devices", changes)["isSuccessful"]
    assert [each["deviceId"] for each in operator.ok("GET", "/devices")] == ["d2"]


def test_each_bulk_change_fails_for_itself(operator: Caller) -> None:
    operator.device("d1")
    wrong = [
        {"id": "d1", "importMode": "create"},
        {"id": "d2", "importMode": "create", "tags": {"a.b": 1}},
        {"id": "d3", "importMode": "deleteIfMatchETag", "eTag": "x"},
        {"id": "d1", "importMode": "deleteIfMatchETag", "eTag": "x"},
        {"id": "d1", "importMode": "updateIfMatchETag"},
        {"id": "d1", "importMode": "paint"},
        {"id": 1, "importMode": "create"},
        {"id": "d4", "importMode": "create"},
    ]
    answer = operator("POST", "/devices", wrong)
    assert (answer.status, answer.json["isSuccessful"]) == (400, False)
    assert [each["errorCode"] for each in answer.json["errors"]] == [
        "DeviceAlreadyExists",
        "ArgumentInvalid",
        "DeviceNotFound",
        "PreconditionFailed",
        "ArgumentNull",
        "ArgumentInvalid",
        "ArgumentInvalid",
    ]
    assert [each["deviceId"] for each in operator.ok("GET", "/devices")] == ["d1", "d4"]


@pytest.mark.parametrize("body", [{}, [], [1], [{"id": "d", "importMode": "create"}] * 101])
def test_a_bulk_operation_that_is_none_is_refused(operator: Caller, body: object) -> None:
    assert operator.fails("POST", "/devices", body) == (400, "ArgumentInvalid")


def test_statistics_count_devices(world: World, operator: Caller) -> None:
    operator.device("d1")
    operator.device("d2", status="disabled")
    assert operator.ok("GET", "/statistics/devices") == {
        "totalDeviceCount": 2,
        "enabledDeviceCount": 1,
        "disabledDeviceCount": 1,
    }
    for name in ("d1", "d2"):
        world.provision.simulate_device(world.hub, name)
    assert operator.ok("GET", "/statistics/service") == {"connectedDeviceCount": 1}


def test_a_queue_of_messages_is_empty(operator: Caller) -> None:
    operator.device("d1")
    purged = operator.ok("DELETE", "/devices/d1/commands")
    assert purged == {"totalMessagesPurged": 0, "deviceId": "d1", "moduleId": None}


def test_a_deleted_hub_takes_its_devices_along(world: World, operator: Caller) -> None:
    operator.device("d1")
    operator.module("m1")
    world.provision.simulate_device(world.hub, "d1")
    delete_resource(world.cloud, world.hub.resource_id)
    answer = operator("GET", "/devices")
    assert (answer.status, answer.headers["iothub-errorcode"]) == (404, "IotHubNotFound")
    world.hub = world.provision.iot_hub("plant")
    again = world.caller(CONTRIBUTOR)
    assert again.ok("GET", "/devices") == []
    assert world.cloud.simulated == {}
    kinds = {kind for (kind,) in world.cloud.state._rows("SELECT DISTINCT kind FROM document")}
    assert not {kind for kind in kinds if kind.startswith("iot")}


def test_a_name_is_found_by_the_host(world: World, operator: Caller) -> None:
    world.provision.iot_hub("other")
    answer = operator("GET", "/devices")
    assert (answer.status, answer.headers["iothub-errorcode"]) == (404, "IotHubNotFound")
    assert "plant" in json.dumps(answer.json)
    named = {"host": "plant.azure-devices.localhost:8445"}
    assert operator("GET", "/devices", None, named).status == 200

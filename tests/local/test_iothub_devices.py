"""Simulated devices: connection, direct methods, reported properties, digital twins."""

from __future__ import annotations

from typing import Any

import pytest
from test_iothub_world import Caller, World, operator, world

from entrada.local.resources.iothub.presence import Method, MethodAnswer

__all__ = ["operator", "world"]

OWN = "/providers/Entrada.Local/devices/d1"


def call(operator: Caller, method: str, **body: Any) -> Any:
    return operator.ok("POST", "/twins/d1/methods", {"methodName": method, **body})


def test_a_device_answers_as_it_is_played(world: World, operator: Caller) -> None:
    operator.device("d1")
    played: dict[str, Method] = {
        "fixed": (201, {"done": True}),
        "echo": lambda payload: {"heard": payload},
        "refuse": lambda _payload: (409, "busy"),
        "late": MethodAnswer(200, None, 4.5),
    }
    with world.provision.simulate_device(world.hub, "d1", played):
        assert call(operator, "fixed") == {"status": 201, "payload": {"done": True}}
        assert call(operator, "echo", payload=[1]) == {"status": 200, "payload": {"heard": [1]}}
        assert call(operator, "refuse") == {"status": 409, "payload": "busy"}
        assert call(operator, "late") == {"status": 200, "payload": None}
        assert call(operator, "fly") == {"status": 501, "payload": None}


def test_a_device_that_fails_answers_500(world: World, operator: Caller) -> None:
    def fail(_payload: object) -> None:
        raise ValueError("no fuel")

    operator.device("d1")
    with world.provision.simulate_device(world.hub, "d1", {"fly": fail}):
        answer = call(operator, "fly")
    assert answer == {"status": 500, "payload": {"message": "ValueError: no fuel"}}
    with world.provision.simulate_device(world.hub, "d1", {"fly": lambda _payload: {1, 2}}):
        assert call(operator, "fly")["status"] == 500


def test_a_device_that_is_away_or_late_or_disabled(world: World, operator: Caller) -> None:
    operator.device("d1")
    path, body = "/twins/d1/methods", {"methodName": "m", "responseTimeoutInSeconds": 5}
    assert operator.fails("POST", path, body) == (404, "DeviceNotOnline")
    message = operator.message("POST", path, body)
    assert message.startswith("Timed out waiting for device to connect.")
    assert f"PUT https://iothub.entrada.test{OWN}/simulation" in message
    with world.provision.simulate_device(world.hub, "d1", {"m": (200, None, 5.1)}):
        assert operator.fails("POST", path, body) == (504, "GatewayTimeout")
        operator.ok("PUT", "/devices/d1", {"status": "disabled"}, if_match="*")
        assert operator.ok("GET", "/devices/d1")["connectionState"] == "Disconnected"
        assert operator.fails("POST", path, body) == (404, "DeviceNotOnline")
    assert operator.fails("POST", "/twins/d2/methods", body) == (404, "DeviceNotFound")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "ArgumentNull"),
        ({"methodName": ""}, "ArgumentNull"),
        ({"methodName": 1}, "ArgumentNull"),
        ({"methodName": "m", "responseTimeoutInSeconds": 4}, "ArgumentInvalid"),
        ({"methodName": "m", "responseTimeoutInSeconds": 301}, "ArgumentInvalid"),
        ({"methodName": "m", "responseTimeoutInSeconds": "5"}, "ArgumentInvalid"),
        ({"methodName": "m", "connectTimeoutInSeconds": -1}, "ArgumentInvalid"),
    ],
)
def test_a_call_that_cannot_be_is_refused(operator: Caller, body: object, code: str) -> None:
    operator.device("d1")
    assert operator.fails("POST", "/twins/d1/methods", body) == (400, code)


def test_a_module_is_played_by_itself(world: World, operator: Caller) -> None:
    operator.device("d1")
    operator.module("m1")
    with world.provision.simulate_device("plant", "d1", {"m": (200, 1)}, module_id="m1"):
        answer = operator.ok("POST", "/twins/d1/modules/m1/methods", {"methodName": "m"})
        assert answer == {"status": 200, "payload": 1}
        assert operator.ok("GET", "/devices/d1")["connectionState"] == "Disconnected"
        assert operator.ok("GET", "/devices/d1/modules/m1")["connectionState"] == "Connected"


def test_a_device_comes_and_goes(world: World, operator: Caller) -> None:
    operator.device("d1")
    device = world.provision.simulate_device(world.hub, "d1")
    world.clock.now += 60
    other = world.provision.simulate_device(world.hub, "d1")
    device.close()
    identity = operator.ok("GET", "/devices/d1")
    assert identity["connectionState"] == "Connected"
    assert identity["connectionStateUpdatedTime"] == "2027-01-15T08:01:00.5000000Z"
    other.close()
    other.close()
    assert operator.ok("GET", "/devices/d1")["connectionState"] == "Disconnected"


def test_only_what_is_registered_can_be_played(world: World) -> None:
    with pytest.raises(LookupError, match="d1 is not registered"):
        world.provision.simulate_device(world.hub, "d1")
    with pytest.raises(LookupError, match="no IoT hub nowhere"):
        world.provision.simulate_device("nowhere", "d1")


def test_a_device_reads_and_reports(world: World, operator: Caller) -> None:
    operator.device("d1")
    with world.provision.simulate_device(world.hub, "d1") as device:
        operator.ok("PATCH", "/twins/d1", {"properties": {"desired": {"degrees": 21}}})
        assert device.desired == {"degrees": 21, "$version": 2}
        device.report({"battery": {"level": 80, "old": True}})
        device.report({"battery": {"old": None}})
        assert device.reported == {"battery": {"level": 80}, "$version": 3}
        with pytest.raises(ValueError, match=r"the key 'a\.b'"):
            device.report({"a.b": 1})
    twin = operator.ok("GET", "/twins/d1")
    reported = twin["properties"]["reported"]
    assert reported["battery"] == {"level": 80}
    assert "$lastUpdatedVersion" not in reported["$metadata"]
    assert twin["etag"] == "AAAAAAAAAAI="
    assert operator.ids("properties.reported.battery.level > 50") == ["d1"]


def test_a_device_is_played_by_request_too(world: World, operator: Caller) -> None:
    operator.device("d1")
    methods = {"reboot": {"status": 202, "payload": {"at": "once"}}, "slow": {"delaySeconds": 40}}
    shown = operator.ok("PUT", f"{OWN}/simulation", {"methods": methods})
    assert shown == {"connectionState": "Connected", "methods": ["reboot", "slow"]}
    assert operator.ok("GET", f"{OWN}/simulation") == shown
    assert call(operator, "reboot") == {"status": 202, "payload": {"at": "once"}}
    slow = operator.fails("POST", "/twins/d1/methods", {"methodName": "slow"})
    assert slow == (504, "GatewayTimeout")
    properties = operator.ok("PATCH", f"{OWN}/reported", {"battery": 5})
    assert properties["reported"]["battery"] == 5
    operator.ok("DELETE", f"{OWN}/simulation")
    assert operator.ok("GET", f"{OWN}/simulation")["connectionState"] == "Disconnected"
    assert world.cloud.simulated == {}


@pytest.mark.parametrize(
    "methods",
    [[], {"m": 1}, {"m": {"status": "200"}}, {"m": {"delaySeconds": -1}}, {"m": {"status": True}}],
)
def test_a_simulation_that_cannot_be_is_refused(operator: Caller, methods: object) -> None:
    operator.device("d1")
    body = {"methods": methods or [1]}
    assert operator.fails("PUT", f"{OWN}/simulation", body) == (400, "ArgumentInvalid")


def test_a_digital_twin_shows_properties_and_components(world: World, operator: Caller) -> None:
    operator.device("d1")
    desired = {"degrees": 21, "fan": {"__t": "c", "speed": 3}}
    operator.ok("PATCH", "/twins/d1", {"properties": {"desired": desired}})
    with world.provision.simulate_device(world.hub, "d1") as device:
        acknowledged = {"value": 20, "ac": 200, "av": 2, "ad": "ok"}
        device.report({"degrees": acknowledged, "fan": {"__t": "c", "noise": 5}})
    shown = operator.ok("GET", "/digitaltwins/d1")
    assert (shown["$dtId"], shown["degrees"], shown["fan"]["noise"]) == ("d1", 20, 5)
    assert shown["$metadata"]["$model"] == ""
    degrees = shown["$metadata"]["degrees"]
    assert (degrees["desiredValue"], degrees["desiredVersion"]) == (21, 2)
    assert (degrees["ackCode"], degrees["ackVersion"], degrees["ackDescription"]) == (200, 2, "ok")
    assert shown["fan"]["$metadata"]["speed"]["desiredValue"] == 3


def test_a_digital_twin_is_patched(operator: Caller) -> None:
    operator.device("d1")
    operations = [
        {"op": "add", "path": "/degrees", "value": 21},
        {"op": "add", "path": "/fan", "value": {"$metadata": {}, "speed": 1}},
        {"op": "replace", "path": "/fan/speed", "value": 2},
    ]
    answer = operator("PATCH", "/digitaltwins/d1", operations, {"if-match": '"AAAAAAAAAAE="'})
    assert (answer.status, answer.headers["etag"]) == (202, '"AAAAAAAAAAI="')
    desired = operator.ok("GET", "/twins/d1")["properties"]["desired"]
    assert (desired["degrees"], desired["fan"]) == (21, {"__t": "c", "speed": 2})
    operator.ok("PATCH", "/digitaltwins/d1", [{"op": "remove", "path": "/degrees"}])
    assert "degrees" not in operator.ok("GET", "/twins/d1")["properties"]["desired"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [1],
        [{"op": "move", "path": "/a"}],
        [{"op": "add", "path": "a", "value": 1}],
        [{"op": "add", "path": "/", "value": 1}],
        [{"op": "add", "path": "/a"}],
    ],
)
def test_a_patch_of_a_digital_twin_that_is_none_is_refused(operator: Caller, body: object) -> None:
    operator.device("d1")
    status, code = operator.fails("PATCH", "/digitaltwins/d1", body)
    assert status == 400
    assert code in ("InvalidDigitalTwinPatch", "ArgumentInvalid")


def test_commands_are_direct_methods(world: World, operator: Caller) -> None:
    operator.device("d1")
    played: dict[str, Method] = {
        "reboot": lambda payload: (202, payload),
        "fan*stop": (200, "stopped"),
    }
    with world.provision.simulate_device(world.hub, "d1", played):
        answer = operator("POST", "/digitaltwins/d1/commands/reboot", {"n": 1})
        assert (answer.status, answer.json) == (200, {"n": 1})
        assert answer.headers["x-ms-command-statuscode"] == "202"
        assert operator.ok("POST", "/digitaltwins/d1/components/fan/commands/stop") == "stopped"

"""Configurations: written, validated, applied to the twins they target, counted."""

from __future__ import annotations

from typing import Any

import pytest
from test_iothub_world import Caller, World, operator, world

__all__ = ["operator", "world"]


def content(**values: object) -> dict[str, Any]:
    settings = {f"properties.desired.{name}": value for name, value in values.items()}
    return {"content": {"deviceContent": settings}}


@pytest.fixture
def fleet(operator: Caller) -> Caller:
    """A hub of two devices, one of them in the north."""
    operator.device("d1")
    operator.device("d2")
    operator.ok("PATCH", "/twins/d1", {"tags": {"site": "north"}})
    return operator


def desired(caller: Caller, path: str = "d1") -> dict[str, Any]:
    section = caller.ok("GET", f"/twins/{path}")["properties"]["desired"]
    return {name: value for name, value in section.items() if not name.startswith("$")}


def test_a_configuration_is_what_was_sent_and_its_metrics(fleet: Caller) -> None:
    body = {
        "id": "green",
        **content(light="green"),
        "targetCondition": "tags.site = 'north'",
        "priority": 3,
        "labels": {"by": "me"},
        "metrics": {"queries": {"all": "SELECT deviceId FROM devices"}},
    }
    answer = fleet("PUT", "/configurations/green", body)
    assert answer.status == 201
    made = answer.json
    assert {name: made[name] for name in ("id", "content", "targetCondition", "priority")} == {
        name: body[name] for name in ("id", "content", "targetCondition", "priority")
    }
    assert made["schemaVersion"] == "1.0"
    assert made["createdTimeUtc"] == made["lastUpdatedTimeUtc"] == "2027-01-15T08:00:00.5000000Z"
    assert made["systemMetrics"]["results"] == {"targetedCount": 1, "appliedCount": 1}
    assert made["metrics"]["results"] == {"all": 2}
    assert fleet.ok("GET", "/configurations/green") == made
    assert fleet.ok("GET", "/configurations") == [made]
    for name, query in made["systemMetrics"]["queries"].items():
        assert len(fleet.query(query)) == made["systemMetrics"]["results"][name]


def test_a_configuration_reaches_devices_that_come_to_be_targeted(fleet: Caller) -> None:
    fleet.ok(
        "PUT", "/configurations/c", {**content(x={"y": 1}), "targetCondition": "tags.site='north'"}
    )
    assert (desired(fleet), desired(fleet, "d2")) == ({"x": {"y": 1}}, {})
    assert fleet.ok("GET", "/twins/d1")["configurations"] == {"c": {"status": "Applied"}}
    fleet.ok("PATCH", "/twins/d2", {"tags": {"site": "north"}})
    assert desired(fleet, "d2") == {"x": {"y": 1}}
    fleet.ok("PATCH", "/twins/d1", {"tags": {"site": "south"}})
    assert desired(fleet) == {"x": {"y": 1}}
    assert "configurations" not in fleet.ok("GET", "/twins/d1")
    fleet.ok("PUT", "/configurations/all", {**content(z=1), "targetCondition": "*"})
    fleet.device("d3")
    assert desired(fleet, "d3") == {"z": 1}


def test_what_somebody_changes_is_set_back_once(fleet: Caller) -> None:
    fleet.ok("PUT", "/configurations/c", {**content(x=1), "targetCondition": "*"})
    fleet.ok("PATCH", "/twins/d1", {"properties": {"desired": {"x": 2, "own": 3}}})
    assert desired(fleet) == {"x": 1, "own": 3}
    version = fleet.ok("GET", "/twins/d1")["version"]
    fleet.ok("PATCH", "/twins/d2", {"tags": {"other": 1}})
    assert fleet.ok("GET", "/twins/d1")["version"] == version


def test_the_highest_priority_has_the_last_word(fleet: Caller) -> None:
    high = {**content(x="high"), "targetCondition": "*", "priority": 9}
    fleet.ok("PUT", "/configurations/high", high)
    fleet.ok("PUT", "/configurations/low", {**content(x="low", y=1), "targetCondition": "*"})
    assert desired(fleet) == {"x": "high", "y": 1}
    assert fleet.ok("GET", "/twins/d1")["configurations"] == {
        "high": {"status": "Applied"},
        "low": {"status": "Targeted"},
    }
    fleet.ok("DELETE", "/configurations/high")
    fleet.ok("PATCH", "/twins/d2", {"tags": {}})
    assert desired(fleet) == {"x": "low", "y": 1}


def test_a_twin_without_room_is_only_targeted(fleet: Caller) -> None:
    full = {f"k{number}": "x" * 4000 for number in range(8)}
    fleet.ok("PATCH", "/twins/d1", {"properties": {"desired": full}})
    body = {**content(big="x" * 4000), "targetCondition": "tags.site = 'north'"}
    made = fleet.ok("PUT", "/configurations/c", body)
    assert made["systemMetrics"]["results"] == {"targetedCount": 1, "appliedCount": 0}
    assert fleet.ok("GET", "/twins/d1")["configurations"] == {"c": {"status": "Targeted"}}


def test_modules_are_configured_by_conditions_on_modules(fleet: Caller) -> None:
    fleet.module("m1")
    settings = {"moduleContent": {"properties.desired.speed": 2}}
    condition = "FROM devices.modules WHERE moduleId = 'm1'"
    made = fleet.ok("PUT", "/configurations/c", {"content": settings, "targetCondition": condition})
    assert made["systemMetrics"]["results"] == {"targetedCount": 1, "appliedCount": 1}
    assert desired(fleet, "d1/modules/m1") == {"speed": 2}
    assert desired(fleet) == {}


def test_a_deployment_reaches_the_modules_of_edge_devices(fleet: Caller) -> None:
    fleet.device("gateway", capabilities={"iotEdge": True})
    settings = {"modulesContent": {"$edgeAgent": {"properties.desired": {"schemaVersion": "1.1"}}}}
    fleet.ok("PUT", "/configurations/c", {"content": settings, "targetCondition": "*"})
    assert desired(fleet, "gateway/modules/$edgeAgent") == {"schemaVersion": "1.1"}
    assert desired(fleet, "gateway/modules/$edgeHub") == {}


def test_a_configuration_changes_but_for_its_content(fleet: Caller) -> None:
    made = fleet.ok("PUT", "/configurations/c", {**content(x=1), "targetCondition": "*"})
    assert fleet.fails("PUT", "/configurations/c", content(x=1)) == (
        409,
        "ConfigurationAlreadyExists",
    )
    other = fleet.fails("PUT", "/configurations/c", content(x=2), if_match="*")
    assert other == (400, "CannotModifyImmutableConfigurationContent")
    stale = fleet.fails("PUT", "/configurations/c", content(x=1), if_match='"c3RhbGU="')
    assert stale == (412, "PreconditionFailed")
    changed = fleet.ok("PUT", "/configurations/c", {**made, "priority": 5}, if_match=made["etag"])
    assert (changed["priority"], changed["createdTimeUtc"]) == (5, made["createdTimeUtc"])
    assert fleet.fails("PUT", "/configurations/d", content(x=1), if_match="*") == (
        404,
        "ConfigurationNotFound",
    )
    fleet.ok("DELETE", "/configurations/c", None, if_match="*")
    assert fleet.fails("GET", "/configurations/c") == (404, "ConfigurationNotFound")
    assert "configurations" not in fleet.ok("GET", "/twins/d1")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "InvalidConfigurationContent"),
        ({"content": {"deviceContent": {"x": 1}}}, "InvalidConfigurationContent"),
        ({"content": {"deviceContent": {"properties.desired": 1}}}, "InvalidConfigurationContent"),
        (
            {"content": {"deviceContent": {"properties.desired..x": 1}}},
            "InvalidConfigurationContent",
        ),
        ({"content": {"deviceContent": [1]}}, "InvalidConfigurationContent"),
        ({"content": {"modulesContent": {"m": 1}}}, "InvalidConfigurationContent"),
        ({**content(x={"a b": 1})}, "InvalidConfigurationContent"),
        ({**content(x=1), "targetCondition": "tags.a ="}, "InvalidConfigurationTargetCondition"),
        (
            {**content(x=1), "targetCondition": "FROM devices.modules"},
            "InvalidConfigurationTargetCondition",
        ),
        (
            {**content(x=1), "metrics": {"queries": {"m": "SELECT"}}},
            "InvalidConfigurationCustomMetricsQuery",
        ),
        ({**content(x=1), "priority": -1}, "ArgumentInvalid"),
        ({**content(x=1), "labels": {"a": 1}}, "ArgumentInvalid"),
        ({**content(x=1), "id": "other"}, "ArgumentInvalid"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused(
    operator: Caller, body: object, code: str
) -> None:
    assert operator.fails("PUT", "/configurations/c", body) == (400, code)


def test_queries_are_tested(operator: Caller) -> None:
    body = {
        "targetCondition": "tags.a =",
        "customMetricQueries": {"good": "SELECT deviceId FROM devices", "bad": "SELECT"},
    }
    found = operator.ok("POST", "/configurations/testQueries", body)
    assert found["targetConditionError"].startswith("Query error at position 9")
    assert list(found["customMetricQueryErrors"]) == ["bad"]
    good = operator.ok("POST", "/configurations/testQueries", {"targetCondition": "*"})
    assert good == {"targetConditionError": None, "customMetricQueryErrors": {}}


def test_a_content_is_applied_to_one_device(world: World, fleet: Caller) -> None:
    fleet.device("gateway", capabilities={"iotEdge": True})
    body = {
        "modulesContent": {
            "$edgeAgent": {"properties.desired": {"runtime": 1}},
            "camera": {"properties.desired": {"zoom": 2}},
        }
    }
    fleet.ok("POST", "/devices/gateway/applyConfigurationContent", body)
    assert desired(fleet, "gateway/modules/camera") == {"zoom": 2}
    assert desired(fleet, "gateway/modules/$edgeAgent") == {"runtime": 1}
    fleet.ok("POST", "/devices/gateway/applyConfigurationContent", body)
    failed = fleet.fails("POST", "/devices/d1/applyConfigurationContent", body)
    assert failed == (400, "ArgumentInvalid")

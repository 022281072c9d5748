"""Twins: merging and replacing, metadata and versions, entity tags, the limits of what fits."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_iothub_world import Caller, World, operator, world

from entrada.local.resources.iothub import properties

__all__ = ["operator", "world"]

START = "2027-01-15T08:00:00.5000000Z"
LATER = "2027-01-15T08:01:00.5000000Z"


def test_a_new_twin_is_empty(operator: Caller) -> None:
    device = operator.device("d1")
    twin = operator.ok("GET", "/twins/d1")
    assert twin == {
        "deviceId": "d1",
        "etag": "AAAAAAAAAAE=",
        "deviceEtag": device["etag"],
        "status": "enabled",
        "statusReason": None,
        "statusUpdateTime": device["statusUpdatedTime"],
        "connectionState": "Disconnected",
        "lastActivityTime": "0001-01-01T00:00:00Z",
        "cloudToDeviceMessageCount": 0,
        "authenticationType": "sas",
        "x509Thumbprint": {"primaryThumbprint": None, "secondaryThumbprint": None},
        "modelId": "",
        "version": 2,
        "tags": {},
        "properties": {
            "desired": {"$metadata": {"$lastUpdated": START}, "$version": 1},
            "reported": {"$metadata": {"$lastUpdated": START}, "$version": 1},
        },
        "capabilities": {"iotEdge": False},
    }


def test_a_patch_merges_and_null_removes(world: World, operator: Caller) -> None:
    operator.device("d1")
    first = {
        "tags": {"site": "north", "floor": 3},
        "properties": {"desired": {"a": {"b": 1, "c": 2}}},
    }
    operator.ok("PATCH", "/twins/d1", first)
    world.clock.now += 60
    second = {"tags": {"floor": None}, "properties": {"desired": {"a": {"b": None, "d": [1]}}}}
    twin = operator.ok("PATCH", "/twins/d1", second)
    assert twin["tags"] == {"site": "north"}
    desired = twin["properties"]["desired"]
    assert (desired["a"], desired["$version"]) == ({"c": 2, "d": [1]}, 3)
    assert desired["$metadata"] == {
        "$lastUpdated": LATER,
        "$lastUpdatedVersion": 3,
        "a": {
            "$lastUpdated": LATER,
            "$lastUpdatedVersion": 3,
            "c": {"$lastUpdated": START, "$lastUpdatedVersion": 2},
            "d": {"$lastUpdated": LATER, "$lastUpdatedVersion": 3},
        },
    }
    assert (twin["etag"], twin["version"]) == ("AAAAAAAAAAM=", 4)


def test_a_replacement_replaces_what_it_names(operator: Caller) -> None:
    operator.device("d1")
    operator.ok(
        "PATCH", "/twins/d1", {"tags": {"a": 1}, "properties": {"desired": {"x": {"y": 1}}}}
    )
    twin = operator.ok("PUT", "/twins/d1", {"properties": {"desired": {"z": 2}}})
    assert twin["tags"] == {"a": 1}
    desired = twin["properties"]["desired"]
    assert {name for name in desired if not name.startswith("$")} == {"z"}
    assert set(desired["$metadata"]) == {"$lastUpdated", "$lastUpdatedVersion", "z"}
    assert operator.ok("PUT", "/twins/d1", {"tags": {}})["tags"] == {}


def test_a_twin_may_be_sent_back_as_it_was_read(operator: Caller) -> None:
    operator.device("d1")
    twin = operator.ok("PATCH", "/twins/d1", {"properties": {"desired": {"x": 1}}})
    again = operator.ok("PUT", "/twins/d1", twin)
    assert again["properties"]["desired"]["x"] == 1
    assert again["properties"]["desired"]["$version"] == 3


def test_an_entity_tag_guards_a_twin(operator: Caller) -> None:
    operator.device("d1")
    tag = operator.ok("GET", "/twins/d1")["etag"]
    operator.ok("PATCH", "/twins/d1", {"tags": {"a": 1}}, if_match=f'"{tag}"')
    stale = operator.fails("PATCH", "/twins/d1", {"tags": {"a": 2}}, if_match=f'"{tag}"')
    assert stale == (412, "PreconditionFailed")
    operator.ok("PATCH", "/twins/d1", {"tags": {"a": 3}}, if_match="*")
    assert operator.fails("GET", "/twins/d2") == (404, "DeviceNotFound")


def test_a_module_has_a_twin_of_its_own(operator: Caller) -> None:
    operator.device("d1")
    operator.module("m1")
    twin = operator.ok("PATCH", "/twins/d1/modules/m1", {"properties": {"desired": {"x": 1}}})
    assert (twin["deviceId"], twin["moduleId"]) == ("d1", "m1")
    assert "x" not in operator.ok("GET", "/twins/d1")["properties"]["desired"]
    assert operator.fails("GET", "/twins/d1/modules/m2") == (404, "ModuleNotFound")


def nested(depth: int) -> Any:
    return {"a": nested(depth - 1)} if depth else 1


@pytest.mark.parametrize(
    "body",
    [
        {"tags": []},
        {"tags": {"a.b": 1}},
        {"tags": {"$a": 1}},
        {"tags": {"a b": 1}},
        {"tags": {"": 1}},
        {"tags": {"k" * 1025: 1}},
        {"tags": {"a": "x" * 4097}},
        {"tags": {"a": 4503599627370496}},
        {"tags": nested(12)},
        {"tags": {f"k{number}": "x" * 4000 for number in range(3)}},
        {"properties": 1},
        {"properties": {"desired": 1}},
        {"properties": {"desired": {f"k{number}": "x" * 4000 for number in range(9)}}},
        {"deviceId": "other"},
    ],
)
def test_a_twin_takes_only_what_fits(operator: Caller, body: object) -> None:
    operator.device("d1")
    assert operator.fails("PATCH", "/twins/d1", body) == (400, "ArgumentInvalid")
    assert operator.ok("GET", "/twins/d1")["version"] == 2


@pytest.mark.parametrize("text", [b'{"tags":{"a":Infinity}}', b'{"tags":{"a":NaN}}'])
def test_a_number_that_is_none_is_refused(operator: Caller, text: bytes) -> None:
    operator.device("d1")
    assert operator.fails("PATCH", "/twins/d1", text) == (400, "ArgumentInvalid")


def test_ten_levels_and_the_largest_section_fit(operator: Caller) -> None:
    operator.device("d1")
    full = {f"k{number}": "x" * 4094 for number in range(8)}
    operator.ok("PATCH", "/twins/d1", {"tags": nested(11), "properties": {"desired": full}})


KEYS = st.sampled_from(["a", "b", "c"])
TREES = st.recursive(
    st.integers(-5, 5)
    | st.booleans()
    | st.text(max_size=3)
    | st.lists(st.integers(0, 3), max_size=2),
    lambda inner: st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(KEYS, TREES, max_size=3)
PATCHES = st.dictionaries(KEYS, TREES | st.none(), max_size=3)


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396's own pseudo-code."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge_patch(result.get(name), value)
    return result


def paths(tree: Any) -> set[tuple[str, ...]]:
    """Return where something stands in a tree of objects."""
    if not isinstance(tree, dict):
        return set()
    found = {(name,) for name in tree if not name.startswith("$")}
    return found | {(name, *rest) for (name,) in found for rest in paths(tree[name])}


@settings(max_examples=150, deadline=None)
@given(OBJECTS, PATCHES)
def test_a_patch_is_that_of_the_rfc_and_metadata_has_the_same_shape(
    values: dict[str, Any], patch: dict[str, Any]
) -> None:
    section = properties.replaced(properties.new_section("t0"), values, "t1", desired=True)
    after = properties.patched(section, patch, "t2", desired=True)
    assert after["values"] == merge_patch(values, patch)
    assert paths(after["metadata"]) == paths(after["values"])
    assert section["values"] == merge_patch({}, values)


@settings(max_examples=150, deadline=None)
@given(OBJECTS, OBJECTS)
def test_a_difference_leads_from_one_to_the_other(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert properties.merged(before, properties.difference(before, after)) == after

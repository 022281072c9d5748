"""The query language: what it selects, how results are shaped and paged, what it refuses."""

from __future__ import annotations

import pytest
from test_iothub_world import Caller, operator, world

from entrada.local.resources.iothub.query import QueryError, parse, parse_condition, run
from entrada.local.state import Document

__all__ = ["operator", "world"]

FLEET = {
    "a1": {"site": "north", "floor": 1, "live": True, "name": "it's"},
    "a2": {"site": "north", "floor": 2, "live": False},
    "b1": {"site": "south", "floor": 3, "parts": [1, 2], "nest": {"x-y": 5, "group": 1}},
    "b2": {"site": "east"},
}


@pytest.fixture
def fleet(operator: Caller) -> Caller:
    """A hub of four devices with tags."""
    changes = [{"id": name, "importMode": "create", "tags": tags} for name, tags in FLEET.items()]
    operator.ok("POST", "/devices", changes)
    return operator


@pytest.mark.parametrize(
    ("condition", "selected"),
    [
        ("tags.site = 'north'", "a1 a2"),
        ('tags.site = "north"', "a1 a2"),
        ("tags.site != 'north'", "b1 b2"),
        ("tags.site <> 'north'", "b1 b2"),
        ("tags.floor < 2", "a1"),
        ("tags.floor <= 2", "a1 a2"),
        ("tags.floor > 2", "b1"),
        ("tags.floor >= 0x2", "a2 b1"),
        ("NOT tags.floor = 1", "a2 b1"),
        ("NOT NOT tags.floor = 1", "a1"),
        ("not is_defined(tags.floor)", "b2"),
        ("tags.floor = '1'", ""),
        ("tags.floor != '1'", "a1 a2 b1"),
        ("tags.floor > 'a'", ""),
        ("tags.live", "a1"),
        ("tags.live = false", "a2"),
        ("tags.live = 1", ""),
        ("tags.site IN ['south', 'east']", "b1 b2"),
        ("tags.site NIN ['south', 'east']", "a1 a2"),
        ("deviceId in ['a1', 'b9']", "a1"),
        ("IS_DEFINED(tags.parts)", "b1"),
        ("is_bool(tags.live)", "a1 a2"),
        ("is_number(tags.floor)", "a1 a2 b1"),
        ("is_string(tags.site)", "a1 a2 b1 b2"),
        ("is_array(tags.parts)", "b1"),
        ("is_object(tags.nest)", "b1"),
        ("is_primitive(tags.name)", "a1"),
        ("startswith(deviceId, 'a')", "a1 a2"),
        ("STARTS_WITH(deviceId, 'b')", "b1 b2"),
        ("ENDS_WITH(deviceId, '2')", "a2 b2"),
        ("contains(tags.site, 'ort')", "a1 a2"),
        ("startswith(tags.floor, '1')", ""),
        ("tags.name = 'it\\'s'", "a1"),
        ("tags.parts = [1, 2]", "b1"),
        ("tags.nest['x-y'] = 5", "b1"),
        ("tags.nest.[[x-y]] = 5", "b1"),
        ("tags.nest.[[group]] = 1", "b1"),
        ("devices.tags.site = 'east'", "b2"),
        ("tags.site = 'north' AND tags.floor = 2 OR tags.site = 'east'", "a2 b2"),
        ("tags.site = 'north' AND (tags.floor = 2 OR tags.site = 'east')", "a2"),
        ("tags.floor + 1 = 4 / 2", "a1"),
        ("tags.floor * 2 - 1 = 5", "b1"),
        ("tags.floor % 2 = 0", "a2"),
        ("tags.floor / 0 = 1", ""),
        ("-tags.floor < -2", "b1"),
        ("-true = -1", ""),
        ("tags.missing = undefined", ""),
        ("status = 'enabled' AND capabilities.iotEdge = false", "a1 a2 b1 b2"),
        ("lastActivityTime < '2020-01-01'", "a1 a2 b1 b2"),
        ("properties.desired.$version = 1", "a1 a2 b1 b2"),
    ],
)
def test_a_condition_selects(fleet: Caller, condition: str, selected: str) -> None:
    assert fleet.ids(condition) == selected.split()


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [("a = null", [1]), ("is_null(a)", [1]), ("a != null", [2]), ("is_defined(a)", [1, 2])],
)
def test_null_is_a_value_and_undefined_is_none(condition: str, numbers: list[int]) -> None:
    documents: list[Document] = [{"n": 1, "a": None}, {"n": 2, "a": 5}, {"n": 3}]
    query = parse(f"SELECT * FROM devices WHERE {condition}")
    assert [row["n"] for row in run(query, documents)] == numbers


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT COUNT() AS n FROM devices", [{"n": 4}]),
        ("select count() as n from devices where deviceId = 'x'", [{"n": 0}]),
        ("SELECT COUNT() FROM devices", [{"$1": 4}]),
        (
            "SELECT tags.site AS site, COUNT() AS n FROM devices GROUP BY tags.site",
            [{"site": "north", "n": 2}, {"site": "south", "n": 1}, {"site": "east", "n": 1}],
        ),
        (
            "SELECT SUM(tags.floor) AS s, AVG(tags.floor) AS a, MIN(tags.floor) AS l,"
            " MAX(tags.floor) AS h FROM devices",
            [{"s": 6, "a": 2.0, "l": 1, "h": 3}],
        ),
        ("SELECT TOP 1 deviceId FROM devices", [{"deviceId": "a1"}]),
        (
            "SELECT deviceId AS id, tags.floor FROM devices WHERE tags.site IN ['south','east']",
            [{"id": "b1", "floor": 3}, {"id": "b2"}],
        ),
        ("SELECT tags.floor > 1 AS up FROM devices WHERE deviceId = 'a1'", [{"up": False}]),
    ],
)
def test_a_selection_is_shaped(fleet: Caller, query: str, rows: list[object]) -> None:
    assert fleet.query(query) == rows


@pytest.mark.parametrize(
    ("query", "item_type"),
    [
        ("SELECT * FROM devices", "Twin"),
        ("SELECT * FROM devices.modules", "Twin"),
        ("SELECT * FROM devices.jobs", "DeviceJob"),
        ("SELECT deviceId FROM devices", "Raw"),
    ],
)
def test_a_result_says_of_what_type_it_is(fleet: Caller, query: str, item_type: str) -> None:
    answer = fleet("POST", "/devices/query", {"query": query})
    assert (answer.status, answer.headers["x-ms-item-type"]) == (200, item_type)


def test_whole_twins_are_those_that_are_read(fleet: Caller) -> None:
    assert fleet.query("SELECT * FROM devices WHERE deviceId = 'b1'") == [
        fleet.ok("GET", "/twins/b1")
    ]


def test_modules_are_asked_for_by_themselves(fleet: Caller) -> None:
    fleet.module("m1", "a1")
    fleet.module("m2", "b1")
    rows = fleet.query("SELECT deviceId, moduleId FROM devices.modules WHERE moduleId = 'm2'")
    assert rows == [{"deviceId": "b1", "moduleId": "m2"}]


def test_pages_follow_one_another(fleet: Caller) -> None:
    body, seen, headers = {"query": "SELECT * FROM devices"}, [], {"x-ms-max-item-count": "3"}
    for _ in range(2):
        answer = fleet("POST", "/devices/query", body, headers)
        seen.append([row["deviceId"] for row in answer.json])
        token = answer.headers.get("x-ms-continuation", "")
        headers = {**headers, "x-ms-continuation": token}
    assert (seen, token) == ([["a1", "a2", "b1"], ["b2"]], "")


@pytest.mark.parametrize("header", ["x", "bnVsbA==", "WzEsMl0="])
def test_a_continuation_that_is_none_is_refused(fleet: Caller, header: str) -> None:
    body = {"query": "SELECT * FROM devices"}
    failed = fleet.fails("POST", "/devices/query", body, x_ms_continuation=header)
    assert failed == (400, "ArgumentInvalid")


def test_a_continuation_belongs_to_its_query(fleet: Caller) -> None:
    first = fleet(
        "POST", "/devices/query", {"query": "SELECT * FROM devices"}, {"x-ms-max-item-count": "1"}
    )
    other = {"query": "SELECT deviceId FROM devices"}
    token = first.headers["x-ms-continuation"]
    failed = fleet.fails("POST", "/devices/query", other, x_ms_continuation=token)
    assert failed == (400, "ArgumentInvalid")


@pytest.mark.parametrize("size", ["0", "-1", "many", "1" * 20])
def test_a_page_has_a_size(fleet: Caller, size: str) -> None:
    body = {"query": "SELECT * FROM devices"}
    failed = fleet.fails("POST", "/devices/query", body, x_ms_max_item_count=size)
    assert failed == (400, "ArgumentInvalid")


@pytest.mark.parametrize(
    ("query", "position", "reason"),
    [
        ("", 1, "SELECT"),
        ("DELETE * FROM devices", 1, "SELECT"),
        ("SELECT FROM devices", 8, "a value"),
        ("SELECT * FROM", 14, "name"),
        ("SELECT * FROM sensors", 15, "devices.modules"),
        ("SELECT * FROM devices WHERE", 28, "a value"),
        ("SELECT * FROM devices WHERE a =", 32, "a value"),
        ("SELECT * FROM devices WHERE a = 'x", 33, "closing quote"),
        ("SELECT * FROM devices WHERE a = 1 b", 35, "query's end"),
        ("SELECT * FROM devices WHERE (a = 1", 35, "')'"),
        ("SELECT * FROM devices WHERE a IN ('x')", 34, "[ ]"),
        ("SELECT * FROM devices WHERE upper(a) = 'X'", 29, "STARTS_WITH"),
        ("SELECT * FROM devices WHERE is_defined(a, b)", 29, "takes 1 argument"),
        ("SELECT * FROM devices WHERE a ; b", 31, "';'"),
        ("SELECT * FROM devices ORDER BY deviceId", 23, "ORDER BY"),
        ("SELECT * FROM devices JOIN x", 23, "JOIN"),
        ("SELECT * FROM devices GROUP BY tags.a", 23, "grouped"),
        ("SELECT tags.b FROM devices GROUP BY tags.a", 28, "GROUP BY"),
        ("SELECT deviceId, COUNT() AS n FROM devices", 43, "GROUP BY"),
        ("SELECT COUNT(tags.a) AS n FROM devices", 8, "nothing"),
        ("SELECT SUM() AS n FROM devices", 8, "one property"),
        ("SELECT deviceId AS FROM devices", 20, "a name"),
        ("SELECT TOP 0 * FROM devices", 12, "from 1"),
        ("SELECT * FROM devices WHERE a = " + "9" * 40, 33, "too long"),
        ("SELECT * FROM devices WHERE a = 1e999", 33, "too large"),
    ],
)
def test_a_query_that_is_none_says_where(query: str, position: int, reason: str) -> None:
    with pytest.raises(QueryError) as error:
        parse(query)
    assert error.value.position == position
    assert reason in error.value.reason


def test_a_bad_query_is_refused_as_the_service_does(operator: Caller) -> None:
    body = {"query": "SELECT * FROM devices WHERE"}
    assert operator.fails("POST", "/devices/query", body) == (400, "ArgumentInvalid")
    message = operator.message("POST", "/devices/query", body)
    assert message == "Query error at position 28: the query's end where a value is expected."
    assert operator.fails("POST", "/devices/query", {}) == (400, "ArgumentNull")


@pytest.mark.parametrize(
    "text", ["(" * 5000, "NOT " * 5000 + "a", "[" * 5000, "a" + " AND a" * 5000]
)
def test_depth_is_limited_and_length_is_not(text: str) -> None:
    query = f"SELECT * FROM devices WHERE {text}"
    if text.startswith(("(", "[")):
        with pytest.raises(QueryError, match="nested deeper"):
            parse(query)
    else:
        assert list(run(parse(query), [{"a": True}])) == [{"a": True}]


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("*", "devices"),
        ("tags.a = 1", "devices"),
        ("FROM devices WHERE tags.a = 1", "devices"),
        ("from devices.modules where moduleId = 'm'", "devices.modules"),
    ],
)
def test_a_target_condition_is_about_something(text: str, source: str) -> None:
    assert parse_condition(text).source == source

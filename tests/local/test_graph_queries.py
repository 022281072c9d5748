"""OData's query options: filters, pages, order, selection, counting; and many requests in one."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from test_graph_world import GraphWorld, graph

from entrada._engine.effects import Request

__all__ = ["graph"]


@pytest.fixture
def crowd(graph: GraphWorld) -> GraphWorld:
    """Return a world with five users, one of them disabled and one without a department."""
    for number, name in enumerate(("Ana", "Bea", "Cleo", "Dan", "Éva O'Hara")):
        user = graph.user(f"user{number}")
        changes: dict[str, Any] = {"displayName": name, "accountEnabled": name != "Dan"}
        if number:
            changes["department"] = f"team {number}"
        graph.ok("PATCH", f"/users/{user}", changes)
    return graph


def _names(graph: GraphWorld, text: str, **options: Any) -> list[str]:
    found = graph.value("/users", filter=text, orderby="displayName", **options)
    return [each["displayName"] for each in found]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("displayName eq 'ana'", ["Ana"]),
        ("displayName eq 'Éva O''Hara'", ["Éva O'Hara"]),
        ("startswith(displayName, 'b') or startswith(displayName,'C')", ["Bea", "Cleo"]),
        ("accountEnabled eq false", ["Dan"]),
        ("department eq null", ["Ana"]),
        ("displayName in ('Ana','DAN','Zoe')", ["Ana", "Dan"]),
        ("accountEnabled eq true and (department eq 'team 1' or department eq 'team 3')", ["Bea"]),
        ("displayName ge 'c' and displayName lt 'd'", ["Cleo"]),
        ("identities/any(i:i/issuerAssignedId eq 'user1@entrada.onmicrosoft.com')", ["Bea"]),
        ("businessPhones/any(p:p eq '1')", []),
        ("createdDateTime lt 2020-01-01T00:00:00Z", []),
        ("createdDateTime ge 2020-01-01T00:00:00Z and displayName eq 'Dan'", ["Dan"]),
    ],
)
def test_filters_let_through_what_fits(crowd: GraphWorld, text: str, names: list[str]) -> None:
    assert _names(crowd, text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("displayName ne 'Ana' and accountEnabled eq true", ["Bea", "Cleo", "Éva O'Hara"]),
        ("not startswith(displayName,'A') and not (displayName eq 'Dan')", 3),
        ("endswith(displayName,'eo')", ["Cleo"]),
        ("identities/$count eq 1", 5),
    ],
)
def test_advanced_filters_ask_for_a_header(crowd: GraphWorld, text: str, names: Any) -> None:
    refused = crowd.call("GET", "/users", filter=text)
    assert refused.status == 400
    assert b"ConsistencyLevel" in refused.body
    found = _names(crowd, text, eventual=True, count="true")
    assert found == names if isinstance(names, list) else len(found) == names


@pytest.mark.parametrize(
    "text",
    [
        "colour eq 'red'",
        "displayName",
        "displayName eq",
        "displayName eq 'ana",
        "displayName like 'a'",
        "(displayName eq 'a'",
        "displayName eq 'a' displayName eq 'b'",
        "displayName eq 'a')",
        "startswith(displayName)",
        "displayName in ()",
        "any(x:x eq 'a')",
        "not " * 50 + "displayName eq 'a'",
        "(" * 60 + "displayName eq 'a'" + ")" * 60,
        "displayName eq ana",
        "; drop table",
    ],
)
def test_a_wrong_filter_is_refused(graph: GraphWorld, text: str) -> None:
    response = graph.call("GET", "/users", filter=text, eventual=True, count="true")
    assert response.status == 400
    error = json.loads(response.body)["error"]
    assert error["code"] == "Request_BadRequest"
    assert error["message"].startswith("Invalid filter clause: ")


def _follow(graph: GraphWorld, link: str) -> Any:
    headers = {"authorization": f"Bearer {graph.tokens[graph.admin]}"}
    return json.loads(graph.cloud.handle(Request("GET", link, headers)).body)


@pytest.mark.parametrize("order", ["", "displayName", "displayName desc", "department asc"])
def test_pages_together_are_everything(crowd: GraphWorld, order: str) -> None:
    options = {"orderby": order} if order else {}
    whole = [each["displayName"] for each in crowd.value("/users", **options)]
    page = crowd.ok("GET", "/users", top="2", select="displayName", **options)
    found, sizes = list(page["value"]), [len(page["value"])]
    while "@odata.nextLink" in page:
        assert urlsplit(page["@odata.nextLink"]).netloc == "graph.entrada.test"
        page = _follow(crowd, page["@odata.nextLink"])
        found += page["value"]
        sizes.append(len(page["value"]))
    assert sizes == [2, 2, 1]
    assert found == [{"displayName": name} for name in whole]


def test_a_page_goes_on_where_it_was_when_objects_go(crowd: GraphWorld) -> None:
    page = crowd.ok("GET", "/users", top="2", orderby="displayName")
    crowd.ok("DELETE", f"/users/{page['value'][1]['id']}")
    rest = _follow(crowd, page["@odata.nextLink"])["value"]
    assert [each["displayName"] for each in rest] == ["Cleo", "Dan"]


def test_a_page_has_a_hundred_unless_asked(graph: GraphWorld) -> None:
    for number in range(101):
        name = f"{number:04}"
        body = {"id": name, "displayName": "g", "tenantId": graph.tenant, "members": []}
        graph.cloud.state.put("group", name, body)
    page = graph.ok("GET", "/groups")
    assert len(page["value"]) == 100
    assert len(graph.value("/groups", top="999")) == 101
    assert len(_follow(graph, page["@odata.nextLink"])["value"]) == 1


def test_objects_are_counted(crowd: GraphWorld) -> None:
    page = crowd.ok("GET", "/users", count="true", top="1", eventual=True)
    assert page["@odata.count"] == 5
    response = crowd.call("GET", "/users/$count", eventual=True, filter="accountEnabled eq false")
    assert (response.status, response.body) == (200, b"1")
    assert crowd.error("GET", "/users/$count") == (400, "Request_UnsupportedQuery")


def test_search_finds_words_in_names(crowd: GraphWorld) -> None:
    found = crowd.value("/users", search='"displayName:hara"', eventual=True)
    assert [each["displayName"] for each in found] == ["Éva O'Hara"]
    assert crowd.error("GET", "/users", search='"displayName:hara"')[0] == 400
    assert crowd.error("GET", "/users", search="hara", eventual=True)[0] == 400


@pytest.mark.parametrize(
    "options",
    [
        {"top": "0"},
        {"top": "1000"},
        {"top": "x"},
        {"select": "colour"},
        {"orderby": "colour"},
        {"orderby": "displayName,id"},
        {"orderby": "displayName down"},
        {"expand": "manager"},
        {"skiptoken": "x"},
        {"skiptoken": "bnVsbA=="},
        {"skip": "1"},
        {"apply": "x"},
    ],
)
def test_options_that_are_not_there_are_refused(graph: GraphWorld, options: dict[str, str]) -> None:
    assert graph.error("GET", "/users", **options) == (400, "Request_BadRequest")


def _batch(graph: GraphWorld, *steps: Any) -> Any:
    body = {"requests": [{"id": str(number), **step} for number, step in enumerate(steps, 1)]}
    return graph.ok("POST", "/$batch", body)["responses"]


def test_a_batch_answers_each_request(crowd: GraphWorld) -> None:
    answers = _batch(
        crowd,
        {"method": "GET", "url": "/users?$top=1&$select=id"},
        {"method": "POST", "url": "/applications", "body": {"displayName": "b"}},
        {"method": "GET", "url": "/me"},
        {"method": "GET", "url": "/users", "dependsOn": ["3"]},
        {"method": "get", "url": "/users/$count", "headers": {"ConsistencyLevel": "eventual"}},
    )
    assert [each["status"] for each in answers] == [200, 201, 400, 424, 200]
    assert len(answers[0]["body"]["value"]) == 1
    assert answers[1]["body"]["displayName"] == "b"
    assert answers[2]["body"]["error"]["code"] == "BadRequest"


@pytest.mark.parametrize(
    "steps",
    [
        [],
        ["x"],
        [{"id": "1", "method": "GET"}],
        [{"id": "1", "method": "GET", "url": "/$batch"}],
        [{"id": "1", "method": "GET", "url": "https://elsewhere.example/"}],
        [{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["2"]}],
        [{"id": "1", "method": "GET", "url": "/me"}] * 2,
        [{"id": str(number), "method": "GET", "url": "/me"} for number in range(21)],
    ],
)
def test_a_wrong_batch_is_refused(graph: GraphWorld, steps: list[Any]) -> None:
    assert graph.error("POST", "/$batch", {"requests": steps}) == (400, "BadRequest")

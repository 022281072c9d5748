"""How a cloud comes from a request to its handler, and what it answers when that fails."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from entrada._engine.effects import Request, Response
from entrada.local import cloud as module
from entrada.local.cloud import SERVICE_NAMES, Cloud, ServiceName, routes
from entrada.local.http import Inbound, Route, RouteTable, empty_reply

SECRET = "hunter2"


def _answer(_: Cloud, inbound: Inbound) -> Response:
    return empty_reply(200)


def _route(method: str, pattern: str) -> Route:
    return Route(method, pattern, _answer)


_TABLE = (
    _route("GET", "/a/{x}"),
    _route("GET", "/a/b"),
    _route("PUT", "/{rest*}"),
    _route("*", "/a/{x}/tail/{rest*}"),
    _route("GET", "/"),
)


@pytest.mark.parametrize(
    ("method", "path", "pattern"),
    [
        ("GET", "/a/b", "/a/{x}"),
        ("GET", "/A/b/", "/a/{x}"),
        ("GET", "/a", None),
        ("GET", "/a//", None),
        ("PUT", "/a/b/c/d/e/f/g/h", "/{rest*}"),
        ("PUT", "/a/b/tail/c", "/{rest*}"),
        ("ODD", "/a/b/tail/c/d", "/a/{x}/tail/{rest*}"),
        ("GET", "/", "/"),
        ("PUT", "/", None),
        ("GET", "", None),
    ],
)
def test_the_first_route_that_matches_answers(method: str, path: str, pattern: str | None) -> None:
    found = RouteTable(_TABLE).find(method, path)
    assert (found and found[0].pattern) == pattern


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_a_table_finds_what_asking_every_route_in_turn_finds(service: ServiceName) -> None:
    """For paths made of every pattern, a little longer and a little shorter ones too."""
    table, all_routes = RouteTable(routes(service)), routes(service)
    for made in all_routes:
        plain = made.pattern.replace("*", "").replace("{", "").replace("}", "")
        for path in (plain, plain + "/", plain + "/more", plain.rpartition("/")[0], plain * 2):
            for method in {made.method.replace("*", "GET"), "GET", "PUT"}:
                slow = next(
                    (each for each in all_routes if each.match(method, path) is not None), None
                )
                found = table.find(method, path)
                assert (found[0] if found else None) is slow, (method, path)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """A cloud whose every service has one route, which writes something and then fails."""

    def fail(cloud: Cloud, inbound: Inbound) -> Response:
        cloud.state.put("thing", "half", {})
        raise KeyError(SECRET)

    table = RouteTable((Route("GET", "/fails", fail),))
    monkeypatch.setattr(module, "_table", lambda _: table)
    cloud = Cloud(clock=lambda: 1_800_000_000.0)
    yield cloud
    cloud.state.close()


@pytest.mark.parametrize("service", SERVICE_NAMES)
def test_a_failed_handler_is_a_500_in_its_service_s_shape(
    broken: Cloud, service: ServiceName, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer's id is in the log, the exception's text is nowhere, and nothing was written."""
    url = f"{getattr(broken.endpoints, service)}/fails"
    with caplog.at_level(logging.DEBUG):
        response = broken.handle(Request("GET", url))
    request_id = response.headers["x-ms-request-id"]
    assert response.status == 500
    assert request_id in caplog.text
    assert "test_answering.py" in caplog.text
    assert SECRET not in caplog.text + response.body.decode()
    if service != "iothub":  # whose operations have transactions of their own
        assert broken.state.under("thing") == []
    if service == "blob":
        assert ET.fromstring(response.body).findtext("Code") == "InternalError"
    else:
        assert request_id in json.dumps(json.loads(response.body))


def test_a_cloud_goes_on_after_a_failure(broken: Cloud) -> None:
    origin = broken.endpoints.login
    assert broken.handle(Request("GET", f"{origin}/fails")).status == 500
    assert broken.handle(Request("GET", f"{origin}/other")).status == 404


@pytest.mark.parametrize("url", ["https://[", "https://login.entrada.test[/", "http://[::1/"])
def test_a_url_that_cannot_be_read_is_refused(url: str) -> None:
    cloud = Cloud()
    assert cloud.handle(Request("GET", url)).status == 400
    cloud.state.close()


@pytest.mark.parametrize("service", SERVICE_NAMES)
@pytest.mark.parametrize("host", ["[", "a[b", "[1.2.3]", "a:port", "a:99999"])
def test_a_host_that_is_none_is_refused(service: ServiceName, host: str) -> None:
    """Also by the services that read in it which vault or hub is meant."""
    cloud = Cloud()
    url = f"{getattr(cloud.endpoints, service)}/"
    assert cloud.handle(Request("GET", url, {"Host": host})).status == 400
    cloud.state.close()


@pytest.mark.parametrize(
    "text",
    [
        "NaN",
        "[-Infinity]",
        '{"a": 1e999}',
        r'"\ud800"',
        '{"\\udfff": 1}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "9" * 5000,
        "",
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    """Python's reader takes some of these; SQLite, other clients and JSON itself do not."""
    inbound = Inbound("POST", "/", {}, {}, text.encode("utf-8", "surrogatepass"))
    try:
        content = inbound.json()
    except ValueError:
        return
    pytest.fail(f"read as {content!r:.80}")


def test_json_keeps_its_numbers_and_characters() -> None:
    inbound = Inbound("POST", "/", {}, {}, rb'{"a": [1, 1.5, -1e3, "\ud83d\ude00"]}')
    assert inbound.json() == {"a": [1, 1.5, -1000.0, "\U0001f600"]}

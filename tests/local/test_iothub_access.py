"""Who may call IoT Hub: tokens, roles, what refusals say, and what is not there at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from test_iothub_world import (
    API_VERSION,
    CONTRIBUTOR,
    IOTHUB,
    READER,
    REGISTRY,
    TWINS,
    Caller,
    World,
    code_of,
    operator,
    world,
)

from entrada._engine.effects import Request
from entrada.local import people, user_tokens
from entrada.local.arm.resources import delete_resource

__all__ = ["operator", "world"]

UNAUTHORIZED = (401, "IotHubUnauthorizedAccess")
DEVICES = "Microsoft.Devices/IotHubs/devices"


@pytest.mark.parametrize(
    "resource",
    [
        IOTHUB,
        f"{IOTHUB}/",
        "89d10474-74af-4874-99a7-c23c2f643083",
        "https://plant.azure-devices.net",
        "https://iothub.entrada.test",
    ],
)
def test_a_token_for_iot_hub_or_this_hub_is_taken(operator: Caller, resource: str) -> None:
    headers = {"authorization": f"Bearer {operator.token(resource)}"}
    assert operator("GET", "/devices", None, headers).status == 200


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        ("", "No Authorization header"),
        ("Basic eA==", "'basic' is unknown"),
        ("Bearer x.y.z", ""),
        ("SharedAccessSignature sr=plant&sig=x&se=1&skn=iothubowner", "Entra tokens only"),
    ],
)
def test_without_a_token_of_entra_nobody_comes_in(
    operator: Caller, authorization: str, reason: str
) -> None:
    answer = operator("GET", "/devices", None, {"authorization": authorization})
    assert (answer.status, code_of(answer)) == UNAUTHORIZED
    assert answer.json["Message"].startswith("ErrorCode:IotHubUnauthorizedAccess;Unauthorized")
    assert reason in answer.json["Message"]
    assert answer.headers["www-authenticate"].startswith("Bearer authorization_uri=")


@pytest.mark.parametrize(
    ("resource", "lifetime", "reason"),
    [
        ("https://management.azure.com/", 3600, "Audience validation failed"),
        ("https://other.azure-devices.net", 3600, "Audience validation failed"),
        (IOTHUB, -1, "Lifetime validation failed"),
    ],
)
def test_a_token_for_somebody_else_or_expired_is_refused_with_the_reason(
    operator: Caller, resource: str, lifetime: int, reason: str
) -> None:
    headers = {"authorization": f"Bearer {operator.token(resource, lifetime)}"}
    answer = operator("GET", "/devices", None, headers)
    assert (answer.status, code_of(answer)) == UNAUTHORIZED
    assert reason in answer.json["Message"]


def test_a_refusal_says_what_is_missing_and_how_to_get_it(world: World) -> None:
    nobody = world.caller()
    message = nobody.message("PUT", "/devices/d1", {})
    assert message.splitlines()[:4] == [
        "Unauthorized",
        f"Data action: {DEVICES}/write",
        f"Scope: {world.hub.resource_id}",
        f"Principal: {nobody.principal['id']}",
    ]
    assert f"entrada role assign --assignee {nobody.principal['id']}" in message
    decision = world.cloud.decisions[-1]
    assert (decision.service, decision.status) == ("iothub", 401)
    assert f"{DEVICES}/write" in decision.reason


def test_a_role_of_azure_itself_gives_no_data(world: World) -> None:
    assert world.caller("Owner").fails("GET", "/devices") == UNAUTHORIZED


CALLS: dict[str, tuple[str, str, Any]] = {
    "read devices": ("GET", "/devices", None),
    "write devices": ("PUT", "/devices/new", {}),
    "delete devices": ("DELETE", "/devices/d1", None),
    "bulk": ("POST", "/devices", [{"id": "b", "importMode": "create"}]),
    "read twins": ("GET", "/twins/d1", None),
    "query": ("POST", "/devices/query", {"query": "SELECT * FROM devices"}),
    "write twins": ("PATCH", "/twins/d1", {"tags": {}}),
    "call": ("POST", "/twins/d1/methods", {"methodName": "m"}),
    "statistics": ("GET", "/statistics/devices", None),
    "read jobs": ("GET", "/jobs/v2/query", None),
    "twin job": (
        "PUT",
        "/jobs/v2/t",
        {"type": "scheduleUpdateTwin", "updateTwin": {}, "queryCondition": "*"},
    ),
    "read configurations": ("GET", "/configurations", None),
    "write configurations": (
        "PUT",
        "/configurations/c",
        {"content": {"deviceContent": {"properties.desired.a": 1}}},
    ),
    "purge": ("DELETE", "/devices/d1/commands", None),
    "simulate": ("PUT", "/providers/Entrada.Local/devices/d1/simulation", {}),
}
ALLOWED = {
    READER: {
        "read devices",
        "read twins",
        "query",
        "statistics",
        "read jobs",
        "read configurations",
    },
    REGISTRY: {"read devices", "write devices", "delete devices", "bulk", "simulate"},
    TWINS: {"read twins", "query", "write twins"},
    CONTRIBUTOR: set(CALLS),
}


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("call", CALLS)
def test_a_role_allows_what_it_is_for(world: World, operator: Caller, role: str, call: str) -> None:
    operator.device("d1")
    world.provision.simulate_device(world.hub, "d1", {"m": (200, None)})
    method, path, body = CALLS[call]
    answer = world.caller(role)(method, path, body)
    assert (answer.status < 300) == (call in ALLOWED[role]), answer.json


def test_a_job_needs_what_it_does(world: World) -> None:
    custom = world.caller(TWINS)
    body = {"type": "scheduleUpdateTwin", "updateTwin": {}, "queryCondition": "*"}
    assert "jobs/write" in custom.message("PUT", "/jobs/v2/j", body)


def test_a_user_whose_sessions_were_revoked_is_challenged(world: World, operator: Caller) -> None:
    user = world.provision.user("ana")
    world.provision.assign(user.object_id, READER)
    document = people.user(world.cloud, user.object_id)
    assert document is not None
    token = user_tokens.access_token(
        world.cloud,
        user_tokens.SignIn(document, user.tenant_id, int(world.clock.now), ("pwd",), "session"),
        client_id=operator.principal["appId"],
        acr="0",
        resource=IOTHUB,
        scopes=("user_impersonation",),
        lifetime=user_tokens.CAE_LIFETIME,
        cae=True,
    )
    headers = {"authorization": f"Bearer {token}"}
    assert operator("GET", "/devices", None, headers).status == 200
    world.clock.now += 600
    people.revoke_sessions(world.cloud, user.object_id)
    answer = operator("GET", "/devices", None, headers)
    assert (answer.status, code_of(answer)) == UNAUTHORIZED
    assert 'error="insufficient_claims"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("version", ["", "v2", "2021"])
def test_a_request_without_a_version_is_refused(
    world: World, operator: Caller, version: str
) -> None:
    url = f"{world.cloud.endpoints.iothub}/devices?api-version={version}"
    headers = {"authorization": f"Bearer {operator.token()}"}
    response = world.cloud.handle(Request("GET", url, headers, b""))
    body = json.loads(response.body)
    assert response.status == 400
    assert body["Message"].startswith("ErrorCode:InvalidProtocolVersion;")
    assert API_VERSION in body["Message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("POST", "/devices/d1"),
        ("GET", "/messages/serviceBound/feedback"),
        ("POST", "/messages/devicebound"),
        ("GET", "/devices/d1/commands"),
    ],
)
def test_what_is_not_there_is_said_to_be_missing(operator: Caller, method: str, path: str) -> None:
    assert operator.fails(method, path) == (404, "GenericNotFound")
    message = operator.message(method, path)
    assert f"has no {method} {path}." in message
    assert ("It has no messages" in message) == ("/messages" in path or "/commands" in path)


def test_without_a_hub_the_answer_says_so(world: World, operator: Caller) -> None:
    delete_resource(world.cloud, world.hub.resource_id)
    assert operator.fails("GET", "/devices") == (404, "IotHubNotFound")
    assert "no IoT hub" in operator.message("GET", "/devices")

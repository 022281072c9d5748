"""Managed identity hosts: each resource gets its own identities and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from test_entra_world import NOW, World, body, granted, world

from entrada._engine.effects import Request, Response
from entrada.local import directory
from entrada.local.hosts import host_environment

__all__ = ["world"]

GROUP = "/subscriptions/s/resourceGroups/g/providers"
SITE = f"{GROUP}/Microsoft.Web/sites/shop"
MACHINE = f"{GROUP}/Microsoft.Compute/virtualMachines/shop"
APP = f"{GROUP}/Microsoft.App/containerApps/shop"
STORAGE = "https://storage.azure.com"
PLACES = [SITE, MACHINE, APP]
NOT_FOUND = {
    SITE: "No User Assigned or Delegated Managed Identity found for specified"
    " ClientId/ResourceId/PrincipalId.",
    MACHINE: "Identity not found",
}
NOT_FOUND[APP] = NOT_FOUND[SITE]


def identity_id(name: str) -> str:
    return f"{GROUP}/Microsoft.ManagedIdentity/userAssignedIdentities/{name}"


def put(world: World, resource_id: str, *users: str, system: bool = True) -> dict[str, Any]:
    """Put a resource with these identities; return the principals by name."""
    principals = {
        name: directory.create_managed_identity_principal(
            world.cloud,
            display_name=name,
            resource_id=resource_id if name == "system" else identity_id(name),
        )
        for name in (("system",) if system else ()) + users
    }
    kinds = ["SystemAssigned"] * system + ["UserAssigned"] * bool(users)
    document: dict[str, Any] = {
        "id": resource_id,
        "name": "shop",
        "type": "/".join(resource_id.split("/")[6:8]),
        "identity": {
            "type": ", ".join(kinds) or "None",
            "principalId": principals["system"]["id"] if system else None,
            "userAssignedIdentities": {
                identity_id(name): {"principalId": principals[name]["id"]} for name in users
            },
        },
    }
    world.cloud.state.put("resource", resource_id.lower(), document)
    return principals


def ask(
    world: World, place: str, headers: dict[str, str] | None = None, /, **query: str
) -> Response:
    """Ask for a token as a client in that resource does; an empty value leaves one out."""
    environment = host_environment(world.cloud, place)
    if "IDENTITY_ENDPOINT" in environment:
        url, version = environment["IDENTITY_ENDPOINT"], "2019-08-01"
        own = {"X-IDENTITY-HEADER": environment["IDENTITY_HEADER"]}
    else:
        host = environment["AZURE_POD_IDENTITY_AUTHORITY_HOST"]
        url, version = f"{host}/metadata/identity/oauth2/token", "2018-02-01"
        own = {"Metadata": "true"}
    asked = {"api-version": version, "resource": STORAGE, **query}
    text = urlencode({name: value for name, value in asked.items() if value})
    sent = {name: value for name, value in {**own, **(headers or {})}.items() if value}
    return world.cloud.handle(Request("GET", f"{url}?{text}", sent))


def message(response: Response) -> str:
    answer = body(response)
    return str(answer.get("message") or answer.get("error_description"))


@pytest.mark.parametrize("place", PLACES)
def test_a_resource_gets_its_system_assigned_identity(world: World, place: str) -> None:
    principals = put(world, place, "one")
    response = ask(world, place)
    claims = granted(world, response, STORAGE)
    assert claims["oid"] == principals["system"]["id"]
    assert (claims["xms_mirid"], claims["xms_az_rid"]) == (place, place)
    answer = body(response)
    del answer["access_token"]
    assert answer == {
        "client_id": principals["system"]["appId"],
        "expires_in": "86399",
        "expires_on": str(int(NOW) + 86399),
        "ext_expires_in": "86399",
        "not_before": str(int(NOW) - 300),
        "resource": STORAGE,
        "token_type": "Bearer",
    }


SELECTORS: dict[str, Callable[[dict[str, Any]], str]] = {
    "client_id": lambda principal: str(principal["appId"]).upper(),
    "object_id": lambda principal: str(principal["id"]),
    "principal_id": lambda principal: str(principal["id"]),
    "mi_res_id": lambda principal: str(principal["alternativeNames"][1]).lower(),
    "msi_res_id": lambda principal: str(principal["alternativeNames"][1]),
    "resource_id": lambda principal: str(principal["alternativeNames"][1]),
}


@pytest.mark.parametrize("selector", SELECTORS)
@pytest.mark.parametrize("place", [SITE, MACHINE])
def test_any_selector_finds_an_identity(world: World, place: str, selector: str) -> None:
    wanted = put(world, place, "one", "two")["two"]
    response = ask(world, place, None, **{selector: SELECTORS[selector](wanted)})
    claims = granted(world, response, STORAGE)
    assert (claims["oid"], claims["xms_mirid"]) == (wanted["id"], identity_id("two"))
    assert claims["xms_az_rid"] == place


@pytest.mark.parametrize("place", PLACES)
def test_the_only_user_assigned_identity_goes_without_saying(world: World, place: str) -> None:
    wanted = put(world, place, "one", system=False)["one"]
    assert granted(world, ask(world, place), STORAGE)["oid"] == wanted["id"]


@pytest.mark.parametrize("place", PLACES)
def test_several_user_assigned_identities_want_a_choice(world: World, place: str) -> None:
    put(world, place, "one", "two", system=False)
    response = ask(world, place)
    assert response.status == 400
    assert message(response).startswith("Multiple user assigned identities exist")


@pytest.mark.parametrize("place", PLACES)
def test_an_identity_of_another_resource_is_not_found(world: World, place: str) -> None:
    stranger = put(world, f"{place}2", "theirs")["theirs"]
    put(world, place, "one")
    response = ask(world, place, client_id=stranger["appId"])
    assert (response.status, message(response)) == (400, NOT_FOUND[place])


@pytest.mark.parametrize("place", PLACES)
def test_a_resource_without_identity_gets_nothing(world: World, place: str) -> None:
    put(world, place, system=False)
    response = ask(world, place)
    assert (response.status, message(response)) == (400, NOT_FOUND[place])


@pytest.mark.parametrize("place", PLACES)
def test_removing_an_identity_takes_effect_at_once(world: World, place: str) -> None:
    put(world, place)
    assert ask(world, place).status == 200
    put(world, place, system=False)
    assert ask(world, place).status == 400


def test_a_removed_resource_has_no_identities(world: World) -> None:
    put(world, MACHINE)
    environment = host_environment(world.cloud, MACHINE)
    world.cloud.state.delete("resource", MACHINE.lower())
    url = f"{environment['AZURE_POD_IDENTITY_AUTHORITY_HOST']}/metadata/identity/oauth2/token"
    query = f"?api-version=2018-02-01&resource={STORAGE}"
    response = world.cloud.handle(Request("GET", url + query, {"Metadata": "true"}))
    assert message(response) == "Identity not found"


REFUSALS: list[tuple[str, dict[str, str], dict[str, str], int, str]] = [
    (SITE, {"X-IDENTITY-HEADER": ""}, {}, 401, "header is missing"),
    (SITE, {"X-IDENTITY-HEADER": "0" * 64}, {}, 401, "has not the value"),
    (SITE, {"X-IDENTITY-HEADER": "\ud800"}, {}, 401, "has not the value"),
    (SITE, {}, {"api-version": "2017-01-01"}, 400, "2019-08-01"),
    (SITE, {}, {"resource": ""}, 400, "'resource' is missing"),
    (SITE, {}, {"resource": "https://nowhere.example"}, 400, "AADSTS500011"),
    (MACHINE, {"Metadata": ""}, {}, 400, "Required metadata header not specified"),
    (MACHINE, {"X-Forwarded-For": "10.0.0.1"}, {}, 400, "X-Forwarded-For"),
    (MACHINE, {}, {"api-version": ""}, 400, "'api-version' is missing"),
    (MACHINE, {}, {"api-version": "1999-01-01"}, 400, "not supported"),
    (MACHINE, {}, {"resource": ""}, 400, "'resource' is missing"),
    (MACHINE, {}, {"resource": "https://nowhere.example"}, 400, "AADSTS500011"),
]


@pytest.mark.parametrize(("place", "headers", "query", "status", "text"), REFUSALS)
def test_a_host_refuses_in_its_own_shape(
    world: World, place: str, headers: dict[str, str], query: dict[str, str], status: int, text: str
) -> None:
    put(world, place)
    response = ask(world, place, headers, **query)
    assert response.status == status
    assert text in message(response)
    answer = body(response)
    if place == SITE:
        assert answer["statusCode"] == status
        assert set(answer) == {"statusCode", "message", "correlationId"}
    else:
        assert set(answer) == {"error", "error_description"}


def test_imds_has_a_code_for_a_missing_metadata_header(world: World) -> None:
    put(world, MACHINE)
    assert body(ask(world, MACHINE, {"Metadata": ""}))["error"] == "bad_request_102"


def test_imds_answers_with_a_slash_at_the_end_and_to_no_unknown_key(world: World) -> None:
    put(world, MACHINE)
    host = host_environment(world.cloud, MACHINE)["AZURE_POD_IDENTITY_AUTHORITY_HOST"]
    query = f"?api-version=2018-02-01&resource={STORAGE}"
    for base, status in ((host, 200), (host.replace(host[-4:], "0000"), 401)):
        url = f"{base}/metadata/identity/oauth2/token/{query}"
        assert world.cloud.handle(Request("GET", url, {"Metadata": "true"})).status == status


def test_a_hosts_key_is_kept_and_belongs_to_one_protocol(world: World) -> None:
    put(world, SITE)
    first = host_environment(world.cloud, SITE)
    assert host_environment(world.cloud, SITE.upper()) == first
    assert set(first) == {"IDENTITY_ENDPOINT", "IDENTITY_HEADER"}
    hosts = world.cloud.endpoints.hosts
    url = f"{hosts}/imds/{first['IDENTITY_HEADER']}/metadata/identity/oauth2/token"
    response = world.cloud.handle(Request("GET", url, {"Metadata": "true"}))
    assert (response.status, body(response)["error"]) == (401, "unknown_source")


def test_a_resource_that_is_not_there_has_no_environment(world: World) -> None:
    with pytest.raises(LookupError):
        host_environment(world.cloud, SITE)


def test_a_refusal_never_repeats_a_hosts_key(world: World) -> None:
    for place in (SITE, MACHINE):
        put(world, place)
        ask(world, place, resource="x")
    host = host_environment(world.cloud, MACHINE)["AZURE_POD_IDENTITY_AUTHORITY_HOST"]
    other = world.cloud.handle(Request("GET", f"{host}/metadata/instance"))
    assert other.status == 404
    assert host.rpartition("/")[2] not in other.body.decode()
    keys = [key for key, _ in world.cloud.state.under("host")]
    assert len(keys) == 2
    assert not any(key in repr(world.cloud.decisions) for key in keys)

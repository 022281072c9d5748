"""Who may call the Blob service: tokens, the challenge, roles, and what refusals say."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from test_blob_world import (
    CONTRIBUTOR,
    READER,
    STORAGE,
    VERSION,
    Caller,
    World,
    failed,
    owner,
    texts,
    world,
    xml,
)

from entrada._engine.effects import Request

__all__ = ["owner", "world"]

CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"


def detail(response_body: bytes) -> str:
    return ET.fromstring(response_body).findtext("AuthenticationErrorDetail") or ""


def test_without_a_token_the_service_challenges_for_one(world: World) -> None:
    response = world.send("GET", "/box/a", b"", {"x-ms-version": VERSION})
    failed(response, 401, "NoAuthenticationInformation")
    assert response.headers["www-authenticate"] == (
        f"Bearer authorization_uri=https://login.entrada.test/{world.tenant}/oauth2/authorize"
        " resource_id=https://storage.azure.com"
    )


@pytest.mark.parametrize(
    "resource",
    [
        STORAGE,
        f"{STORAGE}/",
        "e406a681-f3d4-42a8-90b6-c2b029497af1",
        "https://orders.blob.core.windows.net",
        "https://orders.blob.core.windows.net/",
        "https://blob.entrada.test/orders",
        "https://blob.entrada.test/orders/",
    ],
)
def test_a_token_for_storage_or_this_account_is_taken(
    world: World, owner: Caller, resource: str
) -> None:
    headers = {"authorization": f"Bearer {owner.token(resource)}"}
    assert owner("GET", "", b"", headers, comp="list").status == 200


@pytest.mark.parametrize(
    ("resource", "lifetime", "reason"),
    [
        ("https://management.azure.com/", 3600, "Audience validation failed"),
        ("https://other.blob.core.windows.net", 3600, "Audience validation failed"),
        (STORAGE, -1, "Lifetime validation failed"),
    ],
)
def test_a_token_for_somebody_else_or_expired_is_challenged_with_the_reason(
    owner: Caller, resource: str, lifetime: int, reason: str
) -> None:
    headers = {"authorization": f"Bearer {owner.token(resource, lifetime)}"}
    response = owner("GET", "", b"", headers, comp="list")
    failed(response, 401, "InvalidAuthenticationInfo")
    assert reason in detail(response.body)
    assert response.headers["www-authenticate"].startswith("Bearer authorization_uri=")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "\ud800"])
def test_a_token_that_is_none_is_challenged(owner: Caller, token: str) -> None:
    response = owner("GET", "", b"", {"authorization": f"Bearer {token}"}, comp="list")
    failed(response, 401, "InvalidAuthenticationInfo")


@pytest.mark.parametrize("version", ["", "2017-07-29", "2015-02-21"])
def test_a_bearer_token_needs_a_version_that_knows_it(owner: Caller, version: str) -> None:
    response = owner("GET", "", b"", {"x-ms-version": version}, comp="list")
    failed(response, 403, "AuthenticationFailed")
    assert "x-ms-version 2017-11-09 or later" in detail(response.body)


@pytest.mark.parametrize("version", ["latest", "2024-13-01", "20241104"])
def test_a_version_that_is_no_date_is_refused(owner: Caller, version: str) -> None:
    response = owner("GET", "", b"", {"x-ms-version": version}, comp="list")
    failed(response, 400, "InvalidHeaderValue")


def test_shared_keys_and_sas_are_refused_with_what_to_do(world: World) -> None:
    headers = {"x-ms-version": VERSION, "authorization": "SharedKey orders:c2lnbmF0dXJl"}
    by_key = world.send("GET", "/box/a", b"", headers)
    by_sas = world.send("GET", "/box/a", b"", {}, sv=VERSION, sig="c2lnbmF0dXJl")
    for response in (by_key, by_sas):
        message = failed(response, 403, "KeyBasedAuthenticationNotPermitted")
        assert "The local cloud takes Microsoft Entra tokens only" in message
        assert b"c2lnbmF0dXJl" not in response.body


def test_an_unknown_scheme_is_refused(world: World) -> None:
    response = world.send("GET", "/box/a", b"", {"authorization": "Digest x"})
    failed(response, 400, "InvalidAuthenticationInfo")


def test_an_account_that_does_not_exist_is_not_found(world: World) -> None:
    url = f"{world.cloud.endpoints.blob}/nobody/box/a"
    assert "'nobody'" in failed(world.cloud.handle(Request("GET", url)), 404, "ResourceNotFound")


def test_urls_that_name_nothing_are_answered_in_xml(world: World) -> None:
    for path in ("/", "//box", "/orders//a"):
        response = world.cloud.handle(Request("GET", world.cloud.endpoints.blob + path))
        failed(response, 400, "InvalidUri")


def test_a_refusal_says_what_is_missing_where_for_whom_and_how_to_grant_it(world: World) -> None:
    caller = world.caller()
    response = caller.get("a")
    message = failed(response, 403, "AuthorizationPermissionMismatch")
    scope = f"{world.account_id}/blobServices/default/containers/box"
    sentence, *lines = message.split("\n")
    assert sentence == (
        "This request is not authorized to perform this operation using this permission."
    )
    assert lines[:3] == [
        f"Data action: {CONTAINERS}/blobs/read",
        f"Scope: {scope}",
        f"Principal: {caller.principal['id']}",
    ]
    remedy = f"To allow it: entrada role assign --assignee {caller.principal['id']} --role "
    assert any(line.startswith(remedy + f'"{READER}" --scope /') for line in lines)
    decision = world.cloud.decisions[-1]
    assert (decision.service, decision.status) == ("blob", 403)
    assert f"{CONTAINERS}/blobs/read" in decision.reason


def test_a_reader_reads_and_does_not_write(world: World, owner: Caller) -> None:
    owner.put("a")
    reader = world.caller(READER)
    assert reader.get("a").body == b"data"
    assert reader.container("GET", comp="list").status == 200
    failed(reader.put("a"), 403, "AuthorizationPermissionMismatch")
    failed(reader("DELETE", "/box/a"), 403, "AuthorizationPermissionMismatch")
    message = failed(reader.container("PUT", "new"), 403, "AuthorizationPermissionMismatch")
    assert f"\nAction: {CONTAINERS}/write\n" in message


def test_a_role_at_a_container_ends_there(world: World, owner: Caller) -> None:
    owner.put("a")
    owner.container("PUT", "other")
    reader = world.caller(READER, container="box")
    assert reader.get("a").status == 200
    response = reader.container("GET", "other", comp="list")
    failed(response, 403, "AuthorizationPermissionMismatch")
    message = failed(reader("GET", comp="list"), 403, "AuthorizationPermissionMismatch")
    assert f"\nScope: {world.account_id}\n" in message


def test_the_owner_role_of_arm_gives_no_data(world: World, owner: Caller) -> None:
    owner.put("a")
    administrator = world.caller("Owner")
    assert administrator.container("HEAD").status == 200
    failed(administrator.get("a"), 403, "AuthorizationPermissionMismatch")


def test_permission_is_asked_before_existence_is_told(world: World) -> None:
    failed(world.caller().get("nothing"), 403, "AuthorizationPermissionMismatch")
    failed(world.caller(READER).get("nothing"), 404, "ContainerNotFound")


def test_the_add_action_is_enough_for_a_new_blob_only(world: World, owner: Caller) -> None:
    definition = {
        "name": "5a4f0e9c-0000-4000-8000-000000000001",
        "properties": {
            "roleName": "Blob Adder",
            "assignableScopes": ["/"],
            "permissions": [{"dataActions": [f"{CONTAINERS}/blobs/add/action"]}],
        },
    }
    world.cloud.state.put("roleDefinition", str(definition["name"]), definition)
    adder = world.caller(READER)
    for key, assignment in world.cloud.state.under("roleAssignment"):
        if assignment["properties"]["principalId"] == adder.principal["id"]:
            assignment["properties"]["roleDefinitionId"] = definition["name"]
            world.cloud.state.put("roleAssignment", key, assignment)
    assert adder.put("a").status == 201
    failed(adder.put("a"), 403, "AuthorizationPermissionMismatch")


def test_a_copy_needs_to_read_its_source(world: World, owner: Caller) -> None:
    owner.container("PUT", "vault")
    owner.put("a")
    writer = world.caller(CONTRIBUTOR, container="vault")
    source = {"x-ms-copy-source": "https://blob.entrada.test/orders/box/a"}
    message = failed(writer("PUT", "/vault/a", b"", source), 403, "AuthorizationPermissionMismatch")
    assert "/containers/box\n" in message


def test_every_answer_echoes_version_and_client_request_id(world: World, owner: Caller) -> None:
    sent = {"x-ms-client-request-id": "my-request"}
    for response in (owner("GET", "/box/none", b"", sent), owner("GET", comp="list")):
        assert response.headers["x-ms-version"] == VERSION
        assert response.headers["date"] == "Fri, 15 Jan 2027 08:00:00 GMT"
    assert owner("GET", "", b"", sent).headers["x-ms-client-request-id"] == "my-request"
    split = owner("GET", "", b"", {"x-ms-client-request-id": "a\r\nset-cookie: b"}, comp="list")
    assert "x-ms-client-request-id" not in split.headers


def test_account_information_and_service_properties_need_account_permissions(
    world: World, owner: Caller
) -> None:
    information = {"restype": "account", "comp": "properties"}
    failed(owner("GET", **information), 403, "AuthorizationPermissionMismatch")
    administrator = world.caller("Storage Account Contributor")
    for path in ("", "/box", "/box/a"):
        response = administrator("HEAD", path, **information)
        assert (response.status, response.headers["x-ms-sku-name"]) == (200, "Standard_ZRS")
        assert response.headers["x-ms-account-kind"] == "StorageV2"
    properties = administrator("GET", restype="service", comp="properties")
    assert xml(properties).tag == "StorageServiceProperties"
    assert texts(properties, "DeleteRetentionPolicy/Enabled") == ["false"]

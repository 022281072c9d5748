"""Entra's metadata documents, as MSAL and OpenID Connect libraries read them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import jwt
import pytest
from test_entra_world import World, body, world

from entrada._engine.effects import Request

__all__ = ["world"]

CONFIGURATION = "/.well-known/openid-configuration"


def document(world: World, path: str) -> dict[str, Any]:
    response = world.get(path)
    assert response.status == 200, response.body
    return body(response)


@pytest.mark.parametrize("name", ["{id}", "entrada.onmicrosoft.com"])
def test_version_2_names_the_tenant_by_its_id(world: World, name: str) -> None:
    login, tenant = world.cloud.endpoints.login, world.tenant
    found = document(world, f"/{name.format(id=tenant)}/v2.0{CONFIGURATION}")
    assert found["issuer"] == f"{login}/{tenant}/v2.0"
    assert found["token_endpoint"] == f"{login}/{tenant}/oauth2/v2.0/token"
    assert found["jwks_uri"] == f"{login}/{tenant}/discovery/v2.0/keys"
    assert found["authorization_endpoint"].startswith(f"{login}/{tenant}/")


def test_version_1_has_entras_sts_issuer(world: World) -> None:
    login, tenant = world.cloud.endpoints.login, world.tenant
    found = document(world, f"/{tenant}{CONFIGURATION}")
    assert found["issuer"] == f"https://sts.windows.net/{tenant}/"
    assert found["token_endpoint"] == f"{login}/{tenant}/oauth2/token"


@pytest.mark.parametrize("word", ["common", "organizations", "consumers"])
def test_a_document_for_many_tenants_has_a_place_in_its_issuer(world: World, word: str) -> None:
    login = world.cloud.endpoints.login
    found = document(world, f"/{word}/v2.0{CONFIGURATION}")
    assert found["issuer"] == f"{login}/{{tenantid}}/v2.0"
    assert found["token_endpoint"] == f"{login}/{word}/oauth2/v2.0/token"


def test_urls_do_not_follow_the_host_that_was_asked(world: World) -> None:
    response = world.cloud.handle(
        Request("GET", f"https://login.entrada.test/common/v2.0{CONFIGURATION}",
                {"Host": "evil.example"})
    )  # fmt: skip
    assert b"evil" not in response.body


@pytest.mark.parametrize(
    ("tenant", "code"),
    [("nobody.example", 90002), ("no_tenant", 900023)],
)
def test_an_unknown_tenant_is_an_invalid_tenant(world: World, tenant: str, code: int) -> None:
    response = world.get(f"/{tenant}/v2.0{CONFIGURATION}")
    answer = body(response)
    assert (response.status, answer["error"]) == (400, "invalid_tenant")
    assert answer["error_codes"] == [code]


@pytest.mark.parametrize(
    "path", ["/discovery/keys", "/common/discovery/keys", "/{tenant}/discovery/keys",
             "/discovery/v2.0/keys", "/common/discovery/v2.0/keys",
             "/{tenant}/discovery/v2.0/keys"],
)  # fmt: skip
def test_every_key_document_checks_a_token(world: World, path: str) -> None:
    token = body(world.post(world.form()))["access_token"]
    found = jwt.PyJWKSet.from_dict(document(world, path.format(tenant=world.tenant)))
    key = found[jwt.get_unverified_header(token)["kid"]]
    options = jwt.types.Options(verify_exp=False, verify_nbf=False, verify_iat=False)
    claims = jwt.decode(
        token, key, ["RS256"], audience="https://management.azure.com", options=options
    )
    assert claims["tid"] == world.tenant


def test_version_2_keys_name_their_issuer_and_certificate(world: World) -> None:
    found = document(world, f"/{world.tenant}/discovery/v2.0/keys")["keys"][0]
    assert found["issuer"] == f"{world.cloud.endpoints.login}/{world.tenant}/v2.0"
    assert found["kid"] == found["x5t"]
    assert len(found["x5c"]) == 1


def instance(world: World, endpoint: str) -> Any:
    path = f"/common/discovery/instance?authorization_endpoint={quote(endpoint, safe='')}"
    return world.get(f"{path}&api-version=1.1")


@pytest.mark.parametrize("port", ["", ":443", ":8441"])
def test_instance_discovery_knows_itself_with_and_without_port(world: World, port: str) -> None:
    tenant = world.tenant
    response = instance(world, f"https://login.entrada.test{port}/{tenant}/oauth2/v2.0/authorize")
    answer = body(response)
    assert answer["tenant_discovery_endpoint"] == (
        f"{world.cloud.endpoints.login}/{tenant}/v2.0{CONFIGURATION}"
    )
    assert f"login.entrada.test{port}" in answer["metadata"][0]["aliases"]


@pytest.mark.parametrize(
    "endpoint", ["https://login.evil.example/common/x", "", "https://[", "https://x:99999999/y"]
)
def test_instance_discovery_refuses_another_authority(world: World, endpoint: str) -> None:
    response = instance(world, endpoint)
    assert (response.status, body(response)["error"]) == (400, "invalid_instance")

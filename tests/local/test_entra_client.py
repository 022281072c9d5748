"""The token endpoint as its clients use it: each wire form that real clients send."""

from __future__ import annotations

import base64
import hashlib
import json
from urllib.parse import urlencode

import jwt
import pytest
from test_entra_world import ARM, NOW, SECRET, World, base64url, body, granted, key_pair, world

from entrada.local import directory

__all__ = ["world"]


def test_a_secret_in_the_body_is_answered_with_an_app_only_v2_answer(world: World) -> None:
    response = world.post(world.form())
    claims = granted(world, response)
    answer = body(response)
    del answer["access_token"]
    assert answer == {"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599}
    assert claims["appid"] == world.app_id
    assert (claims["oid"], claims["sub"]) == (world.principal["id"],) * 2
    assert (claims["iss"], claims["ver"]) == (f"https://sts.windows.net/{world.tenant}/", "1.0")
    assert (claims["appidacr"], claims["idtyp"]) == ("1", "app")
    assert claims["exp"] == int(NOW) + 3599


@pytest.mark.parametrize("tenant", ["entrada.onmicrosoft.com", "ENTRADA.onmicrosoft.com"])
def test_a_tenant_may_be_named_by_its_domain(world: World, tenant: str) -> None:
    claims = granted(world, world.post(world.form(), f"/{tenant}/oauth2/v2.0/token"))
    assert claims["tid"] == world.tenant


def test_organizations_means_the_home_tenant_of_the_application(world: World) -> None:
    claims = granted(world, world.post(world.form(), "/organizations/oauth2/v2.0/token"))
    assert claims["tid"] == world.tenant


def test_telemetry_in_body_and_query_is_ignored(world: World) -> None:
    path = f"/{world.tenant}/oauth2/v2.0/token?client-request-id=x"
    form = world.form(**{"x-client-SKU": "msal.js.node", "client_info": "1", "claims": "{"})
    granted(world, world.post(form, path))


@pytest.mark.parametrize("quote", [True, False])
def test_http_basic_is_read_with_and_without_percent_encoding(world: World, quote: bool) -> None:
    secret = urlencode({"": SECRET})[1:] if quote else SECRET
    basic = base64.b64encode(f"{world.app_id}:{secret}".encode()).decode()
    form = world.form(client_id="", client_secret="")
    claims = granted(world, world.post(form, headers={"Authorization": f"Basic {basic}"}))
    assert claims["appidacr"] == "1"


def test_version_1_takes_a_resource_and_answers_numbers_as_strings(world: World) -> None:
    form = world.form(scope="", resource=ARM + "/")
    response = world.post(form, f"/{world.tenant}/oauth2/token")
    granted(world, response, ARM + "/")
    answer = body(response)
    del answer["access_token"]
    assert answer == {
        "token_type": "Bearer",
        "expires_in": "3599",
        "ext_expires_in": "3599",
        "expires_on": str(int(NOW) + 3599),
        "not_before": str(int(NOW) - 300),
        "resource": ARM + "/",
    }


def test_a_double_slash_before_default_keeps_the_slash_of_the_audience(world: World) -> None:
    arm = world.cloud.endpoints.arm
    granted(world, world.post(world.form(scope=f"{arm}//.default")), arm + "/")
    granted(world, world.post(world.form(scope=f"{arm}/.default")), arm)


@pytest.mark.parametrize(
    "resource",
    [
        "https://storage.azure.com",
        "https://storage.azure.com/",
        "https://myaccount.blob.core.windows.net",
        "https://vault.azure.net",
        "https://iothubs.azure.net",
        "https://ossrdbms-aad.database.windows.net",
        "https://database.windows.net",
        "https://redis.azure.com",
        "499b84ac-1321-427f-aa17-267ca6975798",
        "api://orders",
    ],
)
def test_a_resource_that_exists_is_granted_under_the_name_it_was_asked_by(
    world: World, resource: str
) -> None:
    directory.create_application(world.cloud, "orders", identifier_uris=["api://orders"])
    granted(world, world.post(world.form(scope=f"{resource}/.default")), resource)


def test_an_application_that_wants_v2_tokens_gets_its_client_id_as_audience(
    world: World,
) -> None:
    api = directory.create_application(world.cloud, "orders", requested_access_token_version=2)
    response = world.post(world.form(scope=f"api://{api['appId']}/.default"))
    claims = granted(world, response, api["appId"])
    assert (claims["azp"], claims["azpacr"], claims["ver"]) == (world.app_id, "1", "2.0")
    assert claims["iss"] == f"{world.cloud.endpoints.login}/{world.tenant}/v2.0"


def test_long_lived_tokens_say_when_to_renew(world: World) -> None:
    world.cloud.state.put("setting", "tokenLifetime", {"value": 10_000})
    answer = body(world.post(world.form()))
    assert (answer["expires_in"], answer["refresh_in"]) == (10_000, 5_000)


def test_a_certificate_assertion_as_msal_writes_it_is_accepted(world: World) -> None:
    """RS256, a padded SHA-1 thumbprint, times with fractions, no ``nbf``."""
    response = world.post(world.assertion_form(world.signed(world.claims(nbf=None))))
    assert granted(world, response)["appidacr"] == "2"


def test_a_certificate_assertion_as_azure_identity_aio_writes_it_is_accepted(
    world: World,
) -> None:
    """PS256, ``x5t#S256``, segments of header and payload padded with ``=``."""
    private, der = key_pair("robot")
    header = {
        "typ": "JWT",
        "alg": "PS256",
        "x5t#S256": base64url(hashlib.sha256(der).digest()),
    }
    segments = [base64url(json.dumps(part).encode()) for part in (header, world.claims())]
    signer = jwt.get_algorithm_by_name("PS256")
    signature = signer.sign(".".join(segments).encode(), private)
    assertion = ".".join([*segments, base64url(signature)])
    granted(world, world.post(world.assertion_form(assertion)))


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_chain_is_accepted_when_its_leaf_is_registered(world: World, wrapped: bool) -> None:
    text = base64.b64encode(key_pair("robot")[1]).decode()
    leaf = "\n".join(text[at : at + 64] for at in range(0, len(text), 64)) if wrapped else text
    assertion = world.signed(world.claims(), x5c=[leaf])
    granted(world, world.post(world.assertion_form(assertion)))


@pytest.mark.parametrize(
    "form",
    [
        "{login}/{tenant}/oauth2/v2.0/token",
        "{login}/{tenant}/oauth2/token",
        "{login}/{tenant}/v2.0",
        "{login}/entrada.onmicrosoft.com/oauth2/v2.0/token",
    ],
)
def test_an_assertion_may_be_for_any_name_of_the_token_endpoint(world: World, form: str) -> None:
    audience = form.format(login=world.cloud.endpoints.login, tenant=world.tenant)
    assertion = world.signed(world.claims(aud=audience))
    granted(world, world.post(world.assertion_form(assertion)))

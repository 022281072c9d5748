"""Workload identity federation: clusters, external issuers, Entra's own managed identities."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jwt
import pytest
from jwt.algorithms import RSAAlgorithm
from test_entra_world import NOW, World, body, granted, key_pair, world

from entrada._engine.effects import Response
from entrada.local import directory, tokens
from entrada.local.entra import cluster_issuer, register_issuer, service_account_token

__all__ = ["world"]

AUDIENCE = "api://AzureADTokenExchange"
SUBJECT = "system:serviceaccount:shop:orders"
GITHUB = "https://token.actions.githubusercontent.com"
IDENTITY = (
    "/subscriptions/s/resourceGroups/g/providers"
    "/Microsoft.ManagedIdentity/userAssignedIdentities/orders"
)


def federate(world: World, owner: str, **changes: Any) -> None:
    settings: dict[str, Any] = {
        "name": "cluster",
        "issuer": cluster_issuer(world.cloud),
        "subject": SUBJECT,
        "audiences": [AUDIENCE],
    }
    directory.add_federated_credential(world.cloud, owner, **{**settings, **changes})


def exchange(world: World, token: str, **changes: str) -> Response:
    return world.post(world.assertion_form(token, **changes))


def github_token(world: World, key: str = "github", kid: str = "one", **changes: Any) -> str:
    claims = {"iss": GITHUB, "sub": "repo:o/r:ref", "aud": AUDIENCE, "exp": NOW + 60, **changes}
    jwk = RSAAlgorithm.to_jwk(key_pair("github")[0].public_key(), as_dict=True)
    register_issuer(world.cloud, GITHUB, {"keys": [{**jwk, "kid": "one"}]})
    return jwt.encode(claims, key_pair(key)[0], algorithm="RS256", headers={"kid": kid})


def test_a_service_account_signs_in_as_an_application(world: World) -> None:
    federate(world, world.app_id)
    response = exchange(world, service_account_token(world.cloud, "shop", "orders"))
    assert granted(world, response)["appidacr"] == "2"


def test_a_service_account_signs_in_as_a_user_assigned_identity(world: World) -> None:
    principal = directory.create_managed_identity_principal(
        world.cloud, display_name="orders", resource_id=IDENTITY
    )
    federate(world, principal["id"])
    token = service_account_token(world.cloud, "shop", "orders")
    response = exchange(world, token, client_id=principal["appId"])
    claims = granted(world, response)
    assert (claims["oid"], claims["xms_mirid"]) == (principal["id"], IDENTITY)
    assert (body(response)["expires_in"], body(response)["refresh_in"]) == (86399, 43199)


def test_a_cluster_publishes_the_keys_of_its_tokens(world: World) -> None:
    token = service_account_token(world.cloud, "shop", "orders", "blue", lifetime=60)
    discovered = body(world.get("/oidc/blue/.well-known/openid-configuration"))
    assert discovered["issuer"] == cluster_issuer(world.cloud, "blue")
    path = discovered["jwks_uri"].removeprefix(world.cloud.endpoints.login)
    key = jwt.PyJWKSet.from_dict(body(world.get(path)))[jwt.get_unverified_header(token)["kid"]]
    options = jwt.types.Options(verify_exp=False, verify_nbf=False, verify_iat=False)
    claims = jwt.decode(token, key, ["RS256"], audience=AUDIENCE, options=options)
    assert (claims["sub"], claims["exp"] - claims["iat"]) == (SUBJECT, 60)


def test_only_the_default_cluster_exists_before_its_first_token(world: World) -> None:
    path = "/.well-known/openid-configuration"
    assert world.get(f"/oidc/aks-local{path}").status == 200
    assert world.get(f"/oidc/green{path}").status == 404


def test_an_external_issuer_is_trusted_once_its_keys_are_registered(world: World) -> None:
    federate(world, world.app_id, issuer=GITHUB, subject="repo:o/r:ref")
    granted(world, exchange(world, github_token(world)))


def test_a_managed_identity_may_stand_in_for_an_application(world: World) -> None:
    principal = directory.create_managed_identity_principal(
        world.cloud, display_name="orders", resource_id=IDENTITY
    )
    issuer = f"{world.cloud.endpoints.login}/{world.tenant}/v2.0"
    federate(world, world.app_id, issuer=issuer, subject=principal["id"])
    token = tokens.issue(
        world.cloud,
        service_principal=principal,
        resource=AUDIENCE,
        credential_kind="managed_identity",
        tenant_id=world.tenant,
        lifetime=3600,
    )
    granted(world, exchange(world, token))


def test_a_key_set_without_keys_is_not_registered(world: World) -> None:
    with pytest.raises(ValueError, match="Key Set"):
        register_issuer(world.cloud, GITHUB, {"keys": ["one"]})


def _none(world: World) -> Response:
    return exchange(world, service_account_token(world.cloud, "shop", "orders"))


def _issuer(world: World) -> Response:
    federate(world, world.app_id, issuer="https://elsewhere.example")
    return _none(world)


def _subject(world: World) -> Response:
    federate(world, world.app_id, subject=SUBJECT.title())
    return _none(world)


def _audience(world: World) -> Response:
    federate(world, world.app_id)
    token = service_account_token(world.cloud, "shop", "orders", audience="x")
    return exchange(world, token)


def _unknown_issuer(world: World) -> Response:
    federate(world, world.app_id, issuer=GITHUB, subject="repo:o/r:ref")
    token = github_token(world)
    world.cloud.state.delete("externalIssuer", GITHUB)
    return exchange(world, token)


def _github(**changes: Any) -> Callable[[World], Response]:
    def ask(world: World) -> Response:
        federate(world, world.app_id, issuer=GITHUB, subject="repo:o/r:ref")
        return exchange(world, github_token(world, **changes))

    return ask


CASES: dict[str, tuple[Callable[[World], Response], int, int]] = {
    "no federated credential": (_none, 70021, 401),
    "another issuer": (_issuer, 700211, 401),
    "another subject, if only by case": (_subject, 700213, 401),
    "another audience": (_audience, 700212, 401),
    "keys that are not registered": (_unknown_issuer, 50166, 400),
    "another key": (_github(key="stranger"), 700027, 401),
    "an unknown key id": (_github(kid="two"), 700027, 401),
    "an expired token": (_github(exp=NOW - 1), 700024, 401),
    "a token without end": (_github(exp="soon"), 50027, 400),
}


@pytest.mark.parametrize("name", CASES)
def test_an_external_token_is_refused_with_its_reason(world: World, name: str) -> None:
    ask, code, status = CASES[name]
    response = ask(world)
    assert (body(response)["error_codes"], response.status) == ([code], status)

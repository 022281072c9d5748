"""Who may use a vault: the challenge, tokens, roles, access policies, revocations."""

from __future__ import annotations

import base64
import json

import pytest
from test_vault_world import OFFICER, USER, VAULT, Caller, World, answered, failed, officer, world

from entrada._engine.effects import Request, Response
from entrada.local import directory, people, revocation
from entrada.local.arm import operations

__all__ = ["officer", "world"]

SECRETS = "Microsoft.KeyVault/vaults/secrets"


def challenge_of(response: Response) -> dict[str, str]:
    """Read a challenge as clients do: parameters between commas, values in quotes."""
    assert response.status == 401
    scheme, _, rest = response.headers["www-authenticate"].partition(" ")
    assert scheme == "Bearer"
    pairs = (part.strip().partition("=") for part in rest.split(","))
    return {name: value.strip('"') for name, _, value in pairs}


def test_a_request_without_token_is_told_the_authority(world: World) -> None:
    """It is how clients begin, so nobody is told of a refusal."""
    response = world.send("GET", "/kv1/secrets/a")
    failed(response, 401, "Unauthorized")
    assert challenge_of(response)["authorization"] == f"https://login.entrada.test/{world.tenant}"
    assert not world.cloud.decisions


@pytest.mark.parametrize(
    "resource", [VAULT, f"{VAULT}/", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093", "https://entrada.test"]
)
def test_a_token_is_for_key_vault(officer: Caller, world: World, resource: str) -> None:
    sent = {"authorization": f"Bearer {officer.token(resource)}"}
    assert answered(world.send("GET", "/kv1/secrets", None, sent))["value"] == []


@pytest.mark.parametrize(
    ("resource", "reason"),
    [("https://storage.azure.com", "AKV10022: Invalid audience."), ("", "JSON Web Token")],
)
def test_any_other_token_is_challenged(
    officer: Caller, world: World, resource: str, reason: str
) -> None:
    token = officer.token(resource) if resource else "nonsense"
    response = world.send("GET", "/kv1/secrets", None, {"authorization": f"Bearer {token}"})
    assert reason in failed(response, 401, "Unauthorized")
    assert "authorization" in challenge_of(response)
    assert reason in world.cloud.decisions[-1].reason


OPERATIONS = [
    ("GET", "/secrets", "readMetadata/action", ""),
    ("GET", "/secrets/a", "getSecret/action", "a"),
    ("GET", "/secrets/a/versions", "readMetadata/action", "a"),
    ("PUT", "/secrets/a", "setSecret/action", "a"),
    ("PATCH", "/secrets/a", "update/action", "a"),
    ("DELETE", "/secrets/a", "delete", "a"),
    ("POST", "/secrets/a/backup", "backup/action", "a"),
    ("POST", "/secrets/restore", "restore/action", ""),
    ("GET", "/deletedsecrets", "readMetadata/action", ""),
    ("GET", "/deletedsecrets/a", "readMetadata/action", "a"),
    ("POST", "/deletedsecrets/a/recover", "recover/action", "a"),
    ("DELETE", "/deletedsecrets/a", "purge/action", "a"),
]


@pytest.mark.parametrize(("method", "path", "action", "name"), OPERATIONS)
def test_a_refusal_says_who_may_not_do_what_where_and_what_would_allow_it(
    world: World, method: str, path: str, action: str, name: str
) -> None:
    """Before it is known whether there is such a secret."""
    stranger = world.caller()
    message = failed(stranger(method, path), 403, "Forbidden", "ForbiddenByRbac")
    scope = world.vault_id() + (f"/secrets/{name}" if name else "")
    principal = stranger.principal
    assert f"Caller: appid={principal['appId']};oid={principal['id']};iss=https://sts" in message
    assert f"Action: '{SECRETS}/{action}'" in message
    assert f"Resource: '{scope}'" in message
    assert f"entrada role assign --assignee {principal['id']} --role" in message
    decision = world.cloud.decisions[-1]
    assert (decision.service, decision.status) == ("vault", 403)
    assert "ForbiddenByRbac" in decision.reason


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("Key Vault Administrator", {"get", "list", "set", "delete", "purge"}),
        (OFFICER, {"get", "list", "set", "delete", "purge"}),
        (USER, {"get", "list"}),
        ("Key Vault Reader", {"list"}),
        ("Key Vault Contributor", set()),
        ("Owner", set()),
    ],
)
def test_roles_allow_what_they_do_in_azure(world: World, role: str, allowed: set[str]) -> None:
    caller = world.caller(role)
    tried = {
        "get": caller("GET", "/secrets/a"),
        "list": caller("GET", "/secrets"),
        "set": caller("PUT", "/secrets/b", {"value": "x"}),
        "delete": caller("DELETE", "/secrets/a"),
        "purge": caller("DELETE", "/deletedsecrets/a"),
    }
    assert {name for name, response in tried.items() if response.status != 403} == allowed


def test_a_role_at_one_secret_is_for_that_secret(world: World, officer: Caller) -> None:
    officer.set("Mine", "1")
    officer.set("other", "2")
    caller = world.caller(USER, secret="mine")
    assert caller.get("MINE")["value"] == "1"
    failed(caller("GET", "/secrets/other"), 403, "Forbidden", "ForbiddenByRbac")
    failed(caller("GET", "/secrets"), 403, "Forbidden", "ForbiddenByRbac")


def test_a_vault_may_go_by_access_policies_instead(world: World) -> None:
    caller, member = world.caller(OFFICER), world.caller()
    group = people.create_group(world.cloud, "readers", [member.principal["id"]])
    policies = [
        {"objectId": caller.principal["id"], "permissions": {"secrets": ["Get", "set"]}},
        {"objectId": group["id"], "permissions": {"secrets": ["all"]}},
    ]
    world.vault("kv1", enableRbacAuthorization=False, accessPolicies=policies)
    caller.set("a", "1")
    assert caller.get("a") == member.get("a")
    message = failed(caller("GET", "/secrets"), 403, "Forbidden", "ForbiddenByPolicy")
    assert "does not have secrets list permission" in message
    assert f"--object-id {caller.principal['id']} --secret-permissions list" in message


def test_a_revoked_principal_is_asked_for_a_newer_token(officer: Caller, world: World) -> None:
    """By claims, which only a client that declared to understand them is sent."""
    old, deaf = officer.token(cae=True), officer.token()
    moment = revocation.revoke_principal(world.cloud, officer.principal["id"])

    def send(token: str) -> Response:
        return world.send("GET", "/kv1/secrets", None, {"authorization": f"Bearer {token}"})

    challenge = challenge_of(send(old))
    assert challenge["error"] == "insufficient_claims"
    assert challenge["authorization"] == f"https://login.entrada.test/{world.tenant}"
    claims = json.loads(base64.b64decode(challenge["claims"]))
    wanted = {"essential": True, "value": str(moment)}
    assert claims == {"access_token": {"nbf": wanted}}
    assert send(deaf).status == 200
    officer.principal = directory.principal(world.cloud, officer.principal["id"]) or {}
    assert send(officer.token(cae=True)).status == 200


@pytest.mark.parametrize("gone", ["disabled", "deleted"])
def test_the_token_of_a_principal_that_is_no_more_is_refused(
    officer: Caller, world: World, gone: str
) -> None:
    token = officer.token(cae=True)
    key = officer.principal["id"]
    if gone == "deleted":
        directory.delete_principal(world.cloud, key)
    else:
        body = {**officer.principal, "accountEnabled": False}
        world.cloud.state.put("servicePrincipal", key, body)
    response = world.send("GET", "/kv1/secrets", None, {"authorization": f"Bearer {token}"})
    assert "claims" in challenge_of(response)


def reach(world: World, origin: str, path: str = "/secrets") -> Response:
    return world.cloud.handle(Request("GET", f"{origin}{path}?api-version=7.4"))


def test_a_url_without_a_name_is_for_the_only_vault(officer: Caller, world: World) -> None:
    made = officer.set("a")
    token = {"authorization": f"Bearer {officer.token()}"}
    url = f"{world.cloud.endpoints.vault}/secrets/a?api-version=7.4"
    found = answered(world.cloud.handle(Request("GET", url, token)))
    assert found["value"] == made["value"]
    world.vault("kv2")
    message = failed(world.cloud.handle(Request("GET", url, token)), 404, "VaultNotFound")
    assert "https://vault.entrada.test/{vault}" in message


def test_a_vault_that_is_not_there_is_not_another_one(world: World) -> None:
    failed(world.send("GET", "/kv9/secrets"), 404, "VaultNotFound")
    operations.delete_resource(world.cloud, world.vault_id())
    failed(world.send("GET", "/secrets"), 404, "VaultNotFound")

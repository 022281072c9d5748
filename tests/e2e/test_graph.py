"""Microsoft Graph of the local cloud through the real Azure CLI."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from azure.core.exceptions import ClientAuthenticationError

from e2e.azure_cli import AzureCli
from e2e.ways import fresh
from entrada import CertificateCredential, ClientSecretCredential
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("az")]

SCOPE = "https://graph.microsoft.com/.default"


def test_az_creates_a_principal_for_rbac(cloud: LocalCloud, az: AzureCli) -> None:
    """What ``create-for-rbac`` answers signs in and has its role."""
    sign_in(cloud, az)
    scope, name = cloud.resource_group(), fresh("ci")
    create = ("ad", "sp", "create-for-rbac", "--name", name, "--role", "Reader", "--scopes", scope)
    made = az.run(*create)
    assert made["tenant"] == cloud.tenant_id
    assert get_token(made["tenant"], made["appId"], made["password"])
    listed = az.run("role", "assignment", "list", "--scope", scope, "--assignee", made["appId"])
    assert [each["roleDefinitionName"] for each in listed] == ["Reader"]
    again = az.run(*create)
    assert again["appId"] == made["appId"]
    assert again["password"] != made["password"]
    az.run("ad", "sp", "delete", "--id", made["appId"])
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000229"):
        get_token(made["tenant"], again["appId"], again["password"])


def test_az_registers_shows_changes_and_deletes_an_application(
    cloud: LocalCloud, az: AzureCli
) -> None:
    """An application's settings, found again by id and by name, and its secrets."""
    sign_in(cloud, az)
    name = fresh("app")
    made = az.run("ad", "app", "create", "--display-name", name, "--web-redirect-uris", "https://a")
    app_id = made["appId"]
    assert az.run("ad", "app", "show", "--id", app_id)["web"]["redirectUris"] == ["https://a"]
    listed = az.run("ad", "app", "list", "--display-name", name)
    assert [each["id"] for each in listed] == [made["id"]]
    uri = f"api://{app_id}"
    az.run("ad", "app", "update", "--id", app_id, "--identifier-uris", uri)
    assert az.run("ad", "app", "show", "--id", uri)["appId"] == app_id
    principal = az.run("ad", "sp", "create", "--id", app_id)
    assert az.run("ad", "sp", "show", "--id", uri)["id"] == principal["id"]
    assert az.run("ad", "sp", "list", "--display-name", name)[0]["appId"] == app_id
    first = az.run("ad", "app", "credential", "reset", "--id", app_id)["password"]
    assert get_token(cloud.tenant_id, app_id, first)
    second = az.run("ad", "app", "credential", "reset", "--id", app_id)["password"]
    assert get_token(cloud.tenant_id, app_id, second)
    with pytest.raises(ClientAuthenticationError, match="AADSTS7000215"):
        get_token(cloud.tenant_id, app_id, first)
    az.run("ad", "app", "delete", "--id", app_id)
    assert az.run("ad", "sp", "list", "--display-name", name) == []


def test_az_lets_an_application_trust_an_issuer(
    cloud: LocalCloud, az: AzureCli, tmp_path: Path
) -> None:
    """A federated credential is created, listed, shown by name, changed and deleted."""
    sign_in(cloud, az)
    app_id = az.run("ad", "app", "create", "--display-name", fresh("app"))["appId"]
    wanted = {
        "name": "main-branch",
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:octo/app:ref:refs/heads/main",
        "audiences": ["api://AzureADTokenExchange"],
    }
    parameters = tmp_path / "credential.json"
    parameters.write_text(json.dumps(wanted))
    command = ("ad", "app", "federated-credential")
    made = az.run(*command, "create", "--id", app_id, "--parameters", str(parameters))
    assert {name: made[name] for name in wanted} == wanted
    named = ("--id", app_id, "--federated-credential-id", "main-branch")
    assert az.run(*command, "show", *named)["id"] == made["id"]
    parameters.write_text(json.dumps({"subject": "repo:octo/app:environment:prod"}))
    az.run(*command, "update", *named, "--parameters", str(parameters))
    listed = az.run(*command, "list", "--id", app_id)
    assert [each["subject"] for each in listed] == ["repo:octo/app:environment:prod"]
    az.run(*command, "delete", *named)
    assert az.run(*command, "list", "--id", app_id) == []


def test_az_makes_people_and_groups(cloud: LocalCloud, az: AzureCli) -> None:
    """A user signs in with what az gave it; a role assigned to its group is its own."""
    sign_in(cloud, az)
    name, group = fresh("ana"), fresh("crew")
    upn = f"{name}@entrada.onmicrosoft.com"
    secret = ("--password", "Str0ng-p4ssw0rd")
    create = ("ad", "user", "create", "--display-name", name, "--user-principal-name", upn)
    user = az.run(*create, *secret)
    assert az.run("ad", "user", "show", "--id", upn)["id"] == user["id"]
    assert [each["id"] for each in az.run("ad", "user", "list", "--upn", upn)] == [user["id"]]
    made = az.run("ad", "group", "create", "--display-name", group, "--mail-nickname", group)
    assert az.run("ad", "group", "list", "--display-name", group)[0]["id"] == made["id"]
    member = ("--group", made["id"], "--member-id", user["id"])
    assert az.run("ad", "group", "member", "check", *member) == {"value": False}
    az.run("ad", "group", "member", "add", *member)
    assert az.run("ad", "group", "member", "check", *member) == {"value": True}
    listed = az.run("ad", "group", "member", "list", "--group", group)
    assert [each["userPrincipalName"] for each in listed] == [upn]
    assigned = az.run(
        *("role", "assignment", "create", "--assignee", upn, "--role", "Reader"),
        *("--scope", cloud.resource_group()),
    )
    assert (assigned["principalId"], assigned["principalType"]) == (user["id"], "User")
    az.run("ad", "user", "delete", "--id", upn)
    assert az.run("ad", "group", "member", "list", "--group", group) == []


def test_az_shows_a_managed_identity(cloud: LocalCloud, az: AzureCli) -> None:
    """The service principal of an identity is found by the client id that ARM gave it."""
    sign_in(cloud, az)
    identity = cloud.user_assigned_identity(fresh("worker"))["properties"]
    found = az.run("ad", "sp", "show", "--id", identity["clientId"])
    assert found["id"] == identity["principalId"]
    assert found["servicePrincipalType"] == "ManagedIdentity"


def test_az_gives_an_application_a_certificate(
    cloud: LocalCloud, az: AzureCli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file that az writes signs in, and az finds its certificate again."""
    sign_in(cloud, az)
    monkeypatch.setenv("HOME", str(tmp_path))
    app_id = az.run("ad", "app", "create", "--display-name", fresh("app"))["appId"]
    az.run("ad", "sp", "create", "--id", app_id)
    made = az.run("ad", "app", "credential", "reset", "--id", app_id, "--create-cert")
    file = made["fileWithCertAndPrivateKey"]
    with CertificateCredential(cloud.tenant_id, app_id, file) as credential:
        assert credential.get_token(SCOPE).token
    listed = az.run("ad", "app", "credential", "list", "--id", app_id, "--cert")
    assert [each["type"] for each in listed] == ["AsymmetricX509Cert"]


def test_az_shows_who_is_signed_in(cloud: LocalCloud, az: AzureCli) -> None:
    """A person signed in by device code is shown; a service principal is no person."""
    sign_in(cloud, az)
    with pytest.raises(AssertionError, match="only valid with delegated"):
        az.run("ad", "signed-in-user", "show")
    user = cloud.user(fresh("ana"))
    cloud.assign(user.object_id, "Reader", f"/subscriptions/{cloud.subscription_id}")
    az.login_device(cloud.tenant_id, lambda code: cloud.approve_device_code(code, user.username))
    assert az.run("ad", "signed-in-user", "show")["id"] == user.object_id
    made = az.run("ad", "app", "create", "--display-name", fresh("app"))
    owned = az.run("ad", "signed-in-user", "list-owned-objects", "--type", "application")
    assert [each["id"] for each in owned] == [made["id"]]


def get_token(tenant_id: str, client_id: str, secret: str) -> str:
    """Sign in with a client secret for Graph."""
    with ClientSecretCredential(tenant_id, client_id, secret) as credential:
        return credential.get_token(SCOPE).token


def sign_in(cloud: LocalCloud, az: AzureCli) -> None:
    """Sign in a service principal that administers the directory and owns the subscription."""
    owner = cloud.service_principal("admin")
    cloud.assign(owner.object_id, "Owner", f"/subscriptions/{cloud.subscription_id}")
    cloud.assign_directory_role(owner.object_id, "Global Administrator")
    az.register(cloud.endpoints.arm)
    az.login(owner)

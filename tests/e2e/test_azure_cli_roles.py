"""``az role`` against the local cloud: who is meant, at which scope, by which role."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from e2e.azure_cli import AzureCli
from e2e.ways import fresh
from entrada.local.provision import ServicePrincipal, User
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("az")]

READER = "Storage Blob Data Reader"


def person(cloud: LocalCloud) -> tuple[User, str]:
    """Return a user, and the name by which az finds it."""
    made = cloud.user(fresh("person"))
    return made, made.username


def by_application(cloud: LocalCloud) -> tuple[ServicePrincipal, str]:
    """Return a service principal, and its application's id."""
    made = cloud.service_principal()
    return made, made.client_id


def by_object(cloud: LocalCloud) -> tuple[ServicePrincipal, str]:
    """Return a service principal, and its own id."""
    made = cloud.service_principal()
    return made, made.object_id


def by_name(cloud: LocalCloud) -> tuple[ServicePrincipal, str]:
    """Return a service principal, and a name of it that is no id."""
    made, name = cloud.service_principal(), f"api://{fresh('named')}"
    body = cloud.cloud.state.get("application", made.client_id) or {}
    cloud.cloud.state.put("application", made.client_id, {**body, "identifierUris": [name]})
    return made, name


@pytest.mark.parametrize("named", [person, by_application, by_object, by_name])
def test_an_assignee_is_found_by_any_of_its_names(
    named: Callable[[LocalCloud], tuple[User | ServicePrincipal, str]],
    cloud: LocalCloud,
    owner_az: AzureCli,
) -> None:
    """In Microsoft Graph; the assignment is listed for it and deleted by the same words."""
    principal, assignee = named(cloud)
    scope = owner_az.run("group", "create", "--name", fresh("group"), "-l", "westeurope")["id"]
    words = ("--assignee", assignee, "--role", READER, "--scope", scope)
    made = owner_az.run("role", "assignment", "create", *words)
    kind = "User" if isinstance(principal, User) else "ServicePrincipal"
    assert (made["principalId"], made["principalType"]) == (principal.object_id, kind)
    listed = owner_az.run("role", "assignment", "list", "--assignee", assignee, "--all")
    assert [(each["id"], each["roleDefinitionName"]) for each in listed] == [(made["id"], READER)]
    owner_az.run("role", "assignment", "delete", *words)
    assert owner_az.run("role", "assignment", "list", "--scope", scope) == []


def test_an_assignee_that_nobody_is_is_called_unknown(
    cloud: LocalCloud, owner_az: AzureCli
) -> None:
    """By az, which asked Graph."""
    words = ("--assignee", "nobody@example.com", "--role", READER)
    refused = owner_az.attempt(
        "role", "assignment", "create", *words, "--scope", cloud.resource_group()
    )
    assert refused.returncode == 1
    assert "Cannot find user or service principal in graph database" in refused.stderr


def test_assignments_are_listed_at_above_and_below_a_scope(
    cloud: LocalCloud, owner_az: AzureCli
) -> None:
    """At the scope itself, unless ``--include-inherited`` or ``--all`` is said."""
    principal = cloud.service_principal()
    subscription = f"/subscriptions/{cloud.subscription_id}"
    group = fresh("group")
    scope = owner_az.run("group", "create", "--name", group, "-l", "westeurope")["id"]
    scopes = {subscription: "Reader", scope: READER}
    for place, role in scopes.items():
        cloud.assign(principal.object_id, role, place)
    listing = ("role", "assignment", "list", "--assignee", principal.object_id)

    def roles(*options: str) -> list[str]:
        return sorted(owner_az.run(*listing, *options, "--query", "[].roleDefinitionName"))

    assert roles("--resource-group", group) == [READER]
    assert roles("--scope", scope, "--include-inherited", "--include-groups") == ["Reader", READER]
    assert roles() == ["Reader"]
    assert roles("--all") == ["Reader", READER]


@pytest.mark.parametrize("by", ["guid", "id"])
def test_a_role_is_named_by_its_guid_or_id_too(
    by: str, cloud: LocalCloud, owner_az: AzureCli
) -> None:
    """Az then asks nobody for its name."""
    found = owner_az.run("role", "definition", "list", "--name", READER)[0]
    scope = owner_az.run("group", "create", "--name", fresh("group"), "-l", "westeurope")["id"]
    role = found["name"] if by == "guid" else found["id"]
    words = ("--assignee", cloud.service_principal().client_id, "--role", role)
    made = owner_az.run("role", "assignment", "create", *words, "--scope", scope)
    assert made["roleDefinitionId"] == found["id"]


def test_the_same_assignment_twice_is_one(cloud: LocalCloud, owner_az: AzureCli) -> None:
    """The second time az prints the one that is there."""
    scope = owner_az.run("group", "create", "--name", fresh("group"), "-l", "westeurope")["id"]
    who = ("--assignee-object-id", cloud.service_principal().object_id)
    kind = ("--assignee-principal-type", "ServicePrincipal")
    command = ("role", "assignment", "create", *who, *kind, "--role", READER, "--scope", scope)
    assert owner_az.run(*command)["id"] == owner_az.run(*command)["id"]


def test_a_condition_is_refused_with_what_to_do(cloud: LocalCloud, owner_az: AzureCli) -> None:
    """It would have to be evaluated, which the local cloud does not."""
    words = ("--assignee", cloud.service_principal().client_id, "--role", READER)
    condition = ("--condition", "@Resource[a:name] StringEquals 'b'", "--condition-version", "2.0")
    refused = owner_az.attempt(
        "role", "assignment", "create", *words, "--scope", cloud.resource_group(), *condition
    )
    assert refused.returncode == 1
    assert "leave the condition out" in refused.stderr


def test_a_custom_role_is_made_changed_and_deleted(cloud: LocalCloud, owner_az: AzureCli) -> None:
    """And found by its name among the custom ones."""
    name = fresh("Role ")
    body = {
        "Name": name,
        "Description": "first",
        "Actions": ["Microsoft.Storage/*/read"],
        "NotActions": ["Microsoft.Storage/storageAccounts/blobServices/*"],
        "AssignableScopes": [f"/subscriptions/{cloud.subscription_id}"],
    }
    definition = ("role", "definition")
    made = owner_az.run(*definition, "create", "--role-definition", json.dumps(body))
    assert made["permissions"][0]["notActions"] == body["NotActions"]
    changed = json.dumps(body | {"Description": "second"})
    owner_az.run(*definition, "update", "--role-definition", changed)
    found = owner_az.run(*definition, "list", "--custom-role-only", "--name", name)
    assert [(each["name"], each["description"]) for each in found] == [(made["name"], "second")]
    owner_az.run(*definition, "delete", "--name", name)
    assert owner_az.run(*definition, "list", "--name", name) == []

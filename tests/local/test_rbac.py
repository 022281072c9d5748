"""The decisions of role-based access control, without HTTP."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrada.local import directory, rbac
from entrada.local.arm import operations
from entrada.local.cloud import Cloud

READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
CONTAINER = "blobServices/default/containers/c1"


@pytest.fixture
def cloud() -> Cloud:
    cloud = Cloud(clock=lambda: 1_800_000_000.0)
    directory.ensure_seed(cloud)
    operations.put_resource_group(cloud, "rg1")
    operations.put_resource(cloud, _account(cloud), {"location": "westeurope"})
    return cloud


def _account(cloud: Cloud) -> str:
    return operations.resource_id(cloud, "rg1", "Microsoft.Storage/storageAccounts", "store1")


def _principal(cloud: Cloud, name: str = "app") -> str:
    application = directory.create_application(cloud, name)
    return str(directory.create_service_principal(cloud, application["appId"])["id"])


def _scopes(cloud: Cloud) -> dict[str, str]:
    subscription = f"/subscriptions/{directory.default_subscription(cloud)}"
    return {
        "root": "/",
        "management group": f"{rbac.MANAGEMENT_GROUPS}{directory.default_tenant(cloud)}",
        "subscription": subscription,
        "group": f"{subscription}/resourceGroups/rg1",
        "resource": _account(cloud),
        "container": f"{_account(cloud)}/{CONTAINER}",
    }


@pytest.mark.parametrize(
    "level", ["root", "management group", "subscription", "group", "resource", "container"]
)
def test_an_assignment_holds_at_its_scope_and_below(cloud: Cloud, level: str) -> None:
    principal, scopes = _principal(cloud), _scopes(cloud)
    assert not rbac.decide(cloud, principal, READ, scopes["container"], data=True).allowed
    operations.assign_role(
        cloud, principal_id=principal, role="Storage Blob Data Reader", scope=scopes[level]
    )
    order = list(scopes)
    for name, scope in scopes.items():
        allowed = rbac.decide(cloud, principal, READ, scope, data=True).allowed
        assert allowed == (order.index(name) >= order.index(level)), name


def test_scopes_and_actions_are_compared_without_case(cloud: Cloud) -> None:
    principal = _principal(cloud)
    operations.assign_role(
        cloud, principal_id=principal, role="Storage Blob Data Reader", scope=_account(cloud)
    )
    scope = _scopes(cloud)["container"].upper()
    assert rbac.decide(cloud, principal.upper(), READ.lower(), scope, data=True).allowed


def test_a_name_that_starts_alike_is_another_scope(cloud: Cloud) -> None:
    principal = _principal(cloud)
    operations.assign_role(cloud, principal_id=principal, role="Owner", scope=_account(cloud))
    action = "Microsoft.Storage/storageAccounts/read"
    assert not rbac.decide(cloud, principal, action, _account(cloud) + "2").allowed


def test_actions_and_data_actions_are_two_things(cloud: Cloud) -> None:
    principal, scope = _principal(cloud), _account(cloud)
    operations.assign_role(cloud, principal_id=principal, role="Owner", scope=scope)
    assert not rbac.decide(cloud, principal, READ, scope, data=True).allowed
    assert rbac.decide(cloud, principal, READ, scope).allowed


def test_not_actions_take_away_from_their_own_role_only(cloud: Cloud) -> None:
    principal, scope = _principal(cloud), _account(cloud)
    write = "Microsoft.Authorization/roleAssignments/write"
    operations.assign_role(cloud, principal_id=principal, role="Contributor", scope=scope)
    assert rbac.decide(cloud, principal, "Microsoft.Web/sites/write", scope).allowed
    assert not rbac.decide(cloud, principal, write, scope).allowed
    operations.assign_role(
        cloud, principal_id=principal, role="User Access Administrator", scope=scope
    )
    assert rbac.decide(cloud, principal, write, scope).allowed


def test_a_member_of_a_nested_group_has_the_roles_of_the_outer_one(cloud: Cloud) -> None:
    principal = _principal(cloud)
    inner, outer = str(uuid.uuid4()), str(uuid.uuid4())
    cloud.state.put("group", inner, {"id": inner, "members": [principal, outer]})
    cloud.state.put("group", outer, {"id": outer, "members": [inner]})
    operations.assign_role(cloud, principal_id=outer, role="Reader", scope=_account(cloud))
    action = "Microsoft.Storage/storageAccounts/read"
    assert rbac.decide(cloud, principal, action, _account(cloud)).allowed
    assert not rbac.decide(cloud, _principal(cloud), action, _account(cloud)).allowed


def test_a_subscription_may_lie_in_a_management_group_below_the_root(cloud: Cloud) -> None:
    cloud.state.put("setting", "managementGroup", {"value": "team"})
    team = f"{rbac.MANAGEMENT_GROUPS}team"
    root = f"{rbac.MANAGEMENT_GROUPS}{directory.default_tenant(cloud)}"
    subscription = _scopes(cloud)["subscription"]
    assert list(rbac.scopes_from(cloud, subscription)) == [subscription, team, root, "/"]
    assert list(rbac.scopes_from(cloud, team)) == [team, root, "/"]
    assert list(rbac.scopes_from(cloud, root)) == [root, "/"]
    assert list(rbac.scopes_from(cloud, "/")) == ["/"]


def test_a_refusal_says_what_was_looked_at_and_which_command_would_help(cloud: Cloud) -> None:
    principal, scope = _principal(cloud), _scopes(cloud)["container"]
    group = _scopes(cloud)["group"]
    nothing = rbac.decide(cloud, principal, READ, scope, data=True)
    assert nothing.reason == (
        f"The principal and its groups have no role assignment at {scope} or above it."
    )
    operations.assign_role(cloud, principal_id=principal, role="Reader", scope=group)
    verdict = rbac.decide(cloud, principal, READ, scope, data=True)
    assert verdict.reason == (
        f"None of the 1 role assignments (Reader at {group}) grants the data action {READ}."
    )
    assert verdict.remedy == (
        f'entrada role assign --assignee {principal} --role "Storage Blob Data Reader" '
        f"--scope {group}"
    )


def test_a_remedy_above_a_group_names_the_scope_itself(cloud: Cloud) -> None:
    scope = _scopes(cloud)["subscription"]
    verdict = rbac.decide(cloud, _principal(cloud), "Microsoft.Web/sites/read", scope)
    assert verdict.remedy.endswith(f'--role "Reader" --scope {scope}')


def test_an_assignment_whose_role_is_gone_grants_nothing(cloud: Cloud) -> None:
    principal, scope = _principal(cloud), _account(cloud)
    assignment = operations.assign_role(cloud, principal_id=principal, role="Owner", scope=scope)
    assignment["properties"]["roleDefinitionId"] = f"/x/{uuid.uuid4()}"
    cloud.state.put("roleAssignment", assignment["id"].lower(), assignment)
    assert not rbac.decide(cloud, principal, "a/read", scope).allowed


@given(st.text(max_size=80), st.text(max_size=80), st.booleans())
def test_whoever_has_no_assignment_may_do_nothing(action: str, scope: str, data: bool) -> None:
    cloud = Cloud(clock=lambda: 0.0)
    verdict = rbac.decide(cloud, str(uuid.uuid4()), action, scope, data=data)
    cloud.state.close()
    assert not verdict.allowed

"""The local cloud's own operations in ARM: for its operator, and for nobody else."""

from __future__ import annotations

import json

import pytest
from test_arm_resources import SITE, ArmWorld, arm

from entrada.local import rbac
from entrada.local.provision import Provision
from entrada.local.seed import seed_operator, seed_principal

__all__ = ["arm"]

PROVIDER = "/providers/Entrada.Local"


def _operator(arm: ArmWorld) -> str:
    operator = seed_operator(Provision(arm.cloud))
    found = arm.cloud.state.get("servicePrincipal", operator.object_id)
    assert found is not None
    arm.tokens[operator.object_id] = arm.token(found)
    return operator.object_id


@pytest.mark.parametrize(("method", "name"), [("POST", "reset"), ("GET", "decisions")])
def test_an_owner_who_is_not_the_operator_is_refused(method: str, name: str, arm: ArmWorld) -> None:
    path = f"{arm.scope}{PROVIDER}/{name}"
    assert arm.error(method, path) == (403, "AuthorizationFailed")
    _operator(arm)
    assert arm.error(method, path) == (403, "AuthorizationFailed")
    assert arm.error(method, path, token="none")[0] == 401


def test_a_reset_leaves_the_operator_with_all_that_it_had(arm: ArmWorld) -> None:
    operator = _operator(arm)
    ci = seed_principal(Provision(arm.cloud), "ci")
    arm.ok("PUT", arm.resource("Microsoft.Web/sites", "web1"), SITE)
    assert arm.call("POST", f"{arm.scope}{PROVIDER}/reset", as_=operator).status == 204
    assert arm.ok("GET", f"{arm.scope}/resourcegroups", as_=operator)["value"] == []
    assert seed_principal(Provision(arm.cloud), "ci") == ci
    action = "Microsoft.Authorization/roleAssignments/write"
    assert rbac.decide(arm.cloud, operator, action, arm.scope).allowed
    assert arm.error("GET", arm.scope)[0] == 403  # the owner of before is nobody now


def test_decisions_say_why_in_order_and_never_show_a_token(arm: ArmWorld) -> None:
    operator = _operator(arm)
    token = arm.tokens[arm.principal("nobody")]
    for name in ("a", "b", "c"):
        arm.call("GET", f"{arm.scope}/resourcegroups/{name}", token=token)
    path = f"{arm.scope}{PROVIDER}/decisions"
    answer = arm.call("GET", path, as_=operator)
    found = json.loads(answer.body)["value"]
    assert [each["number"] for each in found] == [1, 2, 3]
    assert {each["status"] for each in found} == {403}
    assert "no role assignment" in found[0]["reason"]
    assert token not in answer.body.decode()
    later = arm.ok("GET", path, as_=operator, query="&$after=1&$top=1")["value"]
    assert [each["number"] for each in later] == [3]
    assert arm.error("GET", path, as_=operator, query="&$after=x")[0] == 400


def test_numbers_go_on_after_a_reset(arm: ArmWorld) -> None:
    operator = _operator(arm)
    arm.call("GET", arm.group, token="none")
    arm.call("POST", f"{arm.scope}{PROVIDER}/reset", as_=operator)
    arm.call("GET", arm.group, token="none")
    found = arm.ok("GET", f"{arm.scope}{PROVIDER}/decisions", as_=operator)["value"]
    assert [each["number"] for each in found] == [2]


def test_a_hosts_key_in_a_refused_address_is_not_kept(arm: ArmWorld) -> None:
    key = "ab" * 32
    hosts = arm.cloud.endpoints.hosts
    from entrada.testing import Request

    arm.cloud.handle(Request("GET", f"{hosts}/imds/{key}/nothing/here", {}, b""))
    assert key not in repr(arm.cloud.decisions)

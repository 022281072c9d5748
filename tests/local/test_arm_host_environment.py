"""The local cloud's own operation: a resource's variables, for those who may write to it."""

from __future__ import annotations

from test_arm_resources import HERE, SITE, ArmWorld, arm

from entrada.local import hosts
from entrada.local.arm import operations

__all__ = ["arm"]

OPERATION = "/providers/Entrada.Local/hostEnvironment"


def _site(arm: ArmWorld) -> str:
    site = arm.ok("PUT", arm.resource("Microsoft.Web/sites", "web1"), SITE)
    return str(site["id"])


def test_the_owner_gets_the_variables_that_the_resource_has(arm: ArmWorld) -> None:
    site = _site(arm)
    variables = arm.ok("POST", site + OPERATION)
    assert variables == hosts.host_environment(arm.cloud, site)
    assert sorted(variables) == ["IDENTITY_ENDPOINT", "IDENTITY_HEADER"]


def test_an_app_finds_its_settings_beside_its_identity(arm: ArmWorld) -> None:
    site = _site(arm)
    settings = {"AZURE_CLIENT_ID": "one", "a:b": "no variable", "IDENTITY_HEADER": "forged"}
    arm.ok("PUT", f"{site}/config/appsettings", {"properties": settings})
    found = arm.ok("POST", site + OPERATION)
    assert found == {"AZURE_CLIENT_ID": "one", **hosts.host_environment(arm.cloud, site)}


def test_a_virtual_machine_has_a_metadata_service_instead(arm: ArmWorld) -> None:
    machine = arm.ok("PUT", arm.resource("Microsoft.Compute/virtualMachines", "vm1"), HERE)
    assert list(arm.ok("POST", machine["id"] + OPERATION)) == ["AZURE_POD_IDENTITY_AUTHORITY_HOST"]


def test_who_may_only_read_a_resource_may_not_act_as_it(arm: ArmWorld) -> None:
    reader = arm.principal("reader")
    operations.assign_role(arm.cloud, principal_id=reader, role="Reader", scope=arm.group)
    refused = arm.error("POST", _site(arm) + OPERATION, as_=reader)
    assert refused == (403, "AuthorizationFailed")


def test_a_resource_that_is_not_there_has_no_variables(arm: ArmWorld) -> None:
    missing = arm.resource("Microsoft.Web/sites", "nobody") + OPERATION
    assert arm.error("POST", missing) == (404, "ResourceNotFound")
    assert arm.error("POST", arm.group + OPERATION)[0] == 400

"""Resource providers, locations and free names through ARM."""

from __future__ import annotations

import pytest
from test_arm_resources import HERE, SITE, ArmWorld, arm

__all__ = ["arm"]

CHECK = "checkNameAvailability"


def test_the_providers_are_those_of_known_types_with_versions_and_locations(arm: ArmWorld) -> None:
    """At the subscription and at the tenant, one by one and in a list."""
    for scope in (arm.scope, ""):
        listed = {each["namespace"]: each for each in arm.ok("GET", f"{scope}/providers")["value"]}
        web = arm.ok("GET", f"{scope}/providers/microsoft.web")
        assert {"Microsoft.Web", "Microsoft.Storage", "Microsoft.ManagedIdentity"} <= set(listed)
        assert listed["Microsoft.Web"]["resourceTypes"] == web["resourceTypes"]
        types = {each["resourceType"]: each for each in web["resourceTypes"]}
        assert {"sites", "serverfarms"} <= set(types)
        assert types["sites"]["apiVersions"]
        assert "West Europe" in types["sites"]["locations"]
        assert web["registrationState"] == "Registered"


def test_registering_a_provider_needs_the_right_to(arm: ArmWorld) -> None:
    path = f"{arm.scope}/providers/Microsoft.Web/register"
    assert arm.ok("POST", path)["registrationState"] == "Registered"
    assert arm.error("POST", path, as_=arm.principal("nobody")) == (403, "AuthorizationFailed")


def test_the_locations_have_names_and_display_names(arm: ArmWorld) -> None:
    listed = arm.ok("GET", f"{arm.scope}/locations")["value"]
    names = {each["name"]: each["displayName"] for each in listed}
    assert names["westeurope"] == "West Europe"
    assert len(names) == len(listed)
    assert arm.error("GET", f"{arm.scope}/locations", as_=arm.principal("nobody")) == (
        403,
        "AuthorizationFailed",
    )


@pytest.mark.parametrize(
    ("type_name", "taken", "body"),
    [
        ("Microsoft.Storage/storageAccounts", "store1", HERE),
        ("Microsoft.KeyVault/vaults", "vault1", HERE),
        ("Microsoft.Web/sites", "web1", SITE),
        ("Microsoft.Devices/IotHubs", "hub1", HERE),
    ],
)
def test_a_name_is_free_until_something_has_it(
    arm: ArmWorld, type_name: str, taken: str, body: object
) -> None:
    namespace = type_name.partition("/")[0]
    path = f"{arm.scope}/providers/{namespace}/{CHECK}"
    asked = {"name": taken, "type": type_name}
    assert arm.ok("POST", path, asked) == {"nameAvailable": True}
    arm.ok("PUT", arm.resource(type_name, taken), body)
    answer = arm.ok("POST", path, asked)
    assert (answer["nameAvailable"], answer["reason"]) == (False, "AlreadyExists")
    assert answer["message"]


def test_an_invalid_name_is_called_so(arm: ArmWorld) -> None:
    path = f"{arm.scope}/providers/Microsoft.Storage/{CHECK}"
    answer = arm.ok("POST", path, {"name": "Not_Valid"})
    assert (answer["nameAvailable"], answer["reason"]) == (False, "Invalid")
    assert "lower-case" in answer["message"]
    assert arm.error("POST", path, {}) == (400, "InvalidRequestContent")
    assert arm.ok("POST", f"{arm.scope}/providers/Contoso.Any/{CHECK}", {"name": "x"}) == {
        "nameAvailable": True
    }

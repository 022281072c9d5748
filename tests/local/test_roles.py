"""The built-in roles and what they permit."""

from __future__ import annotations

import pytest

from entrada.local.arm.ids import is_guid
from entrada.local.roles import BUILT_IN, matches, role_by_id, role_by_name, smallest_role

BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs"


def test_every_role_has_its_own_guid_and_name() -> None:
    assert len(BUILT_IN) >= 60
    assert len({role.id for role in BUILT_IN}) == len(BUILT_IN)
    assert len({role.name.lower() for role in BUILT_IN}) == len(BUILT_IN)
    assert all(is_guid(role.id) and role.id == role.id.lower() for role in BUILT_IN)
    assert all(role.description for role in BUILT_IN)


def test_every_pattern_is_an_operation_of_some_provider() -> None:
    for role in BUILT_IN:
        for permission in role.permissions:
            given = (*permission.actions, *permission.data_actions)
            assert given, role.name
            assert all(
                pattern == "*" or pattern.startswith(("*/", "Microsoft.")) for pattern in given
            )


def test_a_role_is_found_by_name_and_by_guid_in_any_case() -> None:
    role = role_by_name("storage blob data READER")
    assert role is not None
    assert role.id == "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    assert role_by_id(role.id.upper()) is role
    assert role_by_name("nobody") is None
    assert role_by_id("") is None


@pytest.mark.parametrize(
    ("pattern", "action", "covered"),
    [
        ("*", "A.B/c/read", True),
        ("*/read", "A.B/c/d/read", True),
        ("*/read", "A.B/c/d/write", False),
        ("A.B/*", "a.b/c/d/write", True),
        ("A.B/*", "A.BC/d", False),
        ("A.B/c/*/read", "A.B/c/d/e/read", True),
        ("A.B/c/*/read", "A.B/c/read", True),
        ("A.B/c/*/read", "A.B/cd/read", False),
        ("A.B/c", "AxB/c", False),
    ],
)
def test_a_wildcard_stands_for_any_text(pattern: str, action: str, covered: bool) -> None:
    assert matches(pattern, action) == covered


@pytest.mark.parametrize(
    ("name", "action", "data", "allowed"),
    [
        ("Owner", "Microsoft.Authorization/roleAssignments/write", False, True),
        ("Owner", f"{BLOBS}/read", True, False),
        ("Contributor", "Microsoft.Authorization/roleAssignments/write", False, False),
        ("Contributor", "Microsoft.Authorization/roleAssignments/read", False, True),
        ("Storage Blob Data Reader", f"{BLOBS}/write", True, False),
        ("Storage Blob Data Contributor", f"{BLOBS}/add/action", True, True),
        ("Storage Blob Data Contributor", f"{BLOBS}/tags/write", True, False),
        ("Storage Blob Data Owner", f"{BLOBS}/tags/write", True, True),
        ("Key Vault Contributor", "Microsoft.KeyVault/hsmPools/read", False, False),
        ("IoT Hub Data Reader", "Microsoft.Devices/IotHubs/twins/read", True, True),
        ("IoT Hub Twin Contributor", "Microsoft.Devices/IotHubs/devices/read", True, False),
    ],
)
def test_a_role_permits_what_azure_says(name: str, action: str, data: bool, allowed: bool) -> None:
    role = role_by_name(name)
    assert role is not None
    assert role.allows(action, data=data) == allowed


@pytest.mark.parametrize(
    ("action", "data", "name"),
    [
        (f"{BLOBS}/read", True, "Storage Blob Data Reader"),
        (f"{BLOBS}/write", True, "Storage Blob Data Contributor"),
        (f"{BLOBS}/tags/read", True, "Storage Blob Data Owner"),
        (f"{BLOBS.rpartition('/')[0]}/read", False, "Storage Blob Data Reader"),
        ("Microsoft.Storage/storageAccounts/read", False, "Reader"),
        ("Microsoft.Storage/storageAccounts/write", False, "Storage Account Contributor"),
        ("Microsoft.Resources/subscriptions/resourceGroups/read", False, "Reader"),
        ("Microsoft.Resources/subscriptions/resourceGroups/write", False, "Contributor"),
        (
            "Microsoft.Authorization/roleAssignments/write",
            False,
            "Role Based Access Control Administrator",
        ),
        ("Microsoft.Web/sites/write", False, "Website Contributor"),
        ("Microsoft.Devices/IotHubs/devices/read", True, "IoT Hub Data Reader"),
        ("Microsoft.KeyVault/vaults/secrets/getSecret/action", True, "Key Vault Secrets User"),
    ],
)
def test_the_smallest_role_for_an_action_is_the_one_a_person_would_choose(
    action: str, data: bool, name: str
) -> None:
    role = smallest_role(action, data=data)
    assert role is not None
    assert role.name == name


def test_there_is_no_role_for_a_data_action_that_azure_does_not_have() -> None:
    assert smallest_role("Contoso.Widgets/widgets/turn/action", data=True) is None

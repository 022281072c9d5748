"""What is deleted from a vault, recovered, purged, backed up and restored."""

from __future__ import annotations

import pytest
from test_vault_world import NOW, Caller, World, answered, failed, ids, officer, world

from entrada.local.arm import operations

__all__ = ["officer", "world"]

DAY = 86_400
ORIGIN = "https://kv1.vault.entrada.test"


def test_a_deleted_secret_waits_to_be_recovered(officer: Caller) -> None:
    made = officer.set("a", tags={"x": "1"})
    deleted = answered(officer("DELETE", "/secrets/a"))
    assert deleted == {
        "id": made["id"],
        "attributes": made["attributes"],
        "tags": {"x": "1"},
        "recoveryId": f"{ORIGIN}/deletedsecrets/a",
        "deletedDate": int(NOW),
        "scheduledPurgeDate": int(NOW) + 90 * DAY,
    }
    failed(officer("GET", "/secrets/a"), 404, "SecretNotFound")
    assert answered(officer("GET", "/deletedsecrets/a")) == deleted
    assert officer.pages("/deletedsecrets") == [[{**deleted, "id": f"{ORIGIN}/secrets/a"}]]
    assert answered(officer("POST", "/deletedsecrets/a/recover"))["id"] == made["id"]
    assert officer.get("a") == made
    assert officer.pages("/deletedsecrets") == [[]]


def test_the_name_of_a_deleted_secret_is_taken_until_it_is_purged(officer: Caller) -> None:
    officer.set("a")
    answered(officer("DELETE", "/secrets/a"))
    again = officer("PUT", "/secrets/A", {"value": "x"})
    message = failed(again, 409, "Conflict", "ObjectIsDeletedButRecoverable")
    assert "deleted but recoverable state" in message
    assert officer("DELETE", "/deletedsecrets/a").status == 204
    failed(officer("GET", "/deletedsecrets/a"), 404, "SecretNotFound")
    officer.set("a", "new")
    assert len(officer.pages("/secrets/a/versions")[0]) == 1


def test_the_system_purges_when_the_retention_is_over(officer: Caller, world: World) -> None:
    world.vault("kv1", softDeleteRetentionInDays=7)
    made = officer.set("a")
    assert made["attributes"]["recoveryLevel"] == "CustomizedRecoverable+Purgeable"
    assert made["attributes"]["recoverableDays"] == 7
    answered(officer("DELETE", "/secrets/a"))
    world.clock.now += 7 * DAY
    assert officer.pages("/deletedsecrets") == [[]]
    failed(officer("POST", "/deletedsecrets/a/recover"), 404, "SecretNotFound")
    officer.set("a", "new")


def test_nobody_purges_where_the_vault_is_protected(officer: Caller, world: World) -> None:
    world.vault("kv1", enablePurgeProtection=True)
    assert officer.set("a")["attributes"]["recoveryLevel"] == "Recoverable"
    answered(officer("DELETE", "/secrets/a"))
    purged = officer("DELETE", "/deletedsecrets/a")
    assert "90 days" in failed(purged, 403, "Forbidden", "PurgeProtectionEnabled")
    answered(officer("GET", "/deletedsecrets/a"))


def test_a_backup_restores_all_versions_under_their_name(officer: Caller, world: World) -> None:
    made = [officer.set("a", "one"), officer.set("a", "two")]
    backup = answered(officer("POST", "/secrets/a/backup"))
    conflict = officer("POST", "/secrets/restore", backup)
    assert "purge it" in failed(conflict, 409, "Conflict", "SecretAlreadyExists")
    world.vault("kv2")
    world.assign(officer.principal["id"], "Key Vault Secrets Officer", world.vault_id("kv2"))
    restored = answered(officer("POST", "/secrets/restore", backup, vault="kv2"))
    assert "value" not in restored
    versions = answered(officer("GET", "/secrets/a/versions", vault="kv2"))["value"]
    assert ids(versions) == ids(made)
    assert answered(officer("GET", "/secrets/a", vault="kv2"))["value"] == "two"


@pytest.mark.parametrize("value", [None, "", "nonsense", "é", "MS5hYmNk"])
def test_what_is_no_backup_is_refused(officer: Caller, value: str | None) -> None:
    failed(officer("POST", "/secrets/restore", {"value": value}), 400, "BadParameter")


def test_deleting_the_vault_removes_its_secrets(officer: Caller, world: World) -> None:
    """Deleted ones too; those of a vault whose name begins alike stay."""
    world.vault("kv11")
    world.assign(officer.principal["id"], "Key Vault Secrets Officer", world.vault_id("kv11"))
    answered(officer("PUT", "/secrets/stays", {"value": "x"}, vault="kv11"))
    officer.set("a")
    officer.set("b")
    answered(officer("DELETE", "/secrets/b"))
    operations.delete_resource(world.cloud, world.vault_id())
    world.vault("kv1")
    world.assign(officer.principal["id"], "Key Vault Secrets Officer", world.vault_id())
    assert officer.pages("/secrets") == officer.pages("/deletedsecrets") == [[]]
    assert answered(officer("GET", "/secrets/stays", vault="kv11"))["value"] == "x"


def test_deleting_the_resource_group_removes_them_as_well(officer: Caller, world: World) -> None:
    officer.set("a")
    assert "secrets/a" in world.kept()
    group = world.vault_id().split("/")[4]
    subscription = world.vault_id().split("/")[2]
    operations.delete_resource_group(world.cloud, subscription, group)
    assert "secrets/a" not in world.kept()

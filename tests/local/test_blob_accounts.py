"""What happens to blobs whose storage account is deleted through ARM."""

from __future__ import annotations

from test_blob_world import Caller, World, owner, world

from entrada.local.arm import operations

__all__ = ["owner", "world"]


def test_deleting_an_account_removes_its_containers_blobs_and_bytes(
    owner: Caller, world: World
) -> None:
    """Uncommitted blocks too; those of an account whose name begins alike stay."""
    assert owner.put("a.txt").status == 201
    assert owner.stage("b.txt", "one", b"data").status == 201
    state = world.cloud.state
    state.put("container", "orders2/box", {"kept": True})
    operations.put_resource_group(world.cloud, "Shop")
    operations.delete_resource(world.cloud, world.account_id)
    assert world.payloads() == 0
    kinds = ("container", "blob", "block")
    assert [key for kind in kinds for key, _ in state.under(kind)] == ["orders2/box"]

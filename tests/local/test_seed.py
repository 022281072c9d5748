"""Seeded principals: made once per state, with a secret that stays the same."""

from __future__ import annotations

from pathlib import Path

from entrada import ClientSecretCredential
from entrada.local import directory, rbac
from entrada.local.cloud import Cloud
from entrada.local.files import OPERATOR
from entrada.local.provision import Provision
from entrada.local.seed import seed_operator, seed_principal


def test_a_name_is_the_same_principal_at_every_start_of_a_state(tmp_path: Path) -> None:
    made = []
    for _ in range(2):
        cloud = Provision(Cloud.open(tmp_path / "state.db"))
        made.append(seed_principal(cloud, "ci"))
        cloud.cloud.state.close()
    assert made[0] == made[1]
    assert made[0].client_secret not in repr(made[0])


def test_a_seeded_principal_signs_in_with_its_secret() -> None:
    cloud = Provision(Cloud())
    seeded = seed_principal(cloud, "ci")
    credential = ClientSecretCredential(
        seeded.tenant_id,
        seeded.client_id,
        seeded.client_secret,
        authority=cloud.cloud.endpoints.login,
        transport=cloud.cloud.handle,
    )
    assert credential.get_token("https://management.azure.com/.default").token


def test_the_operator_may_manage_everything_and_read_every_blob() -> None:
    cloud = Provision(Cloud())
    operator = seed_operator(cloud)
    assert seed_operator(cloud) == operator
    found = directory.principal(cloud.cloud, operator.object_id)
    assert found is not None
    assert found["displayName"] == OPERATOR
    scope = f"/subscriptions/{cloud.subscription_id}/resourceGroups/any"
    blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"
    for action, data in (("Microsoft.Authorization/roleAssignments/write", False), (blobs, True)):
        assert rbac.decide(cloud.cloud, operator.object_id, action, scope, data=data).allowed

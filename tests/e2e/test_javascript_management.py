"""@azure/arm-msi and @azure/arm-authorization on Node.js against the local Resource Manager."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from e2e.scripts import run
from e2e.ways import SignIn, fresh
from entrada.local import rbac
from entrada.testing import LocalCloud

pytestmark = pytest.mark.e2e

ROLE = "Storage Blob Data Reader"
READ = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read"


def test_an_identity_is_made_and_given_a_role_by_javascript(
    node: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """What the clients made they find again, and the role counts."""
    owner = sign_in("client_secret")
    cloud.assign(owner.principal_id, "Owner", f"/subscriptions/{cloud.subscription_id}")
    scope = cloud.resource_group()
    place = {"group": scope.rpartition("/")[2], "name": fresh("identity"), "scope": scope}
    where = {"arm": cloud.endpoints.arm, "subscription": cloud.subscription_id}
    told = run(node, "management.mjs", cloud, owner, role=ROLE, **place, **where)
    assert told["subjects"] == ["someone"]
    assert told["assigned"] == [told["made"]]
    assert rbac.decide(cloud.cloud, told["principal_id"], READ, scope, data=True).allowed

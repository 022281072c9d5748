"""@azure/identity and @azure/storage-blob on Node.js against the local cloud."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from e2e.scripts import run
from e2e.verify import SCOPE, verified
from e2e.ways import WAYS, SignIn, fresh
from entrada.testing import LocalCloud

pytestmark = pytest.mark.e2e

ROLE = "Storage Blob Data Contributor"


@pytest.mark.parametrize("way", WAYS)
def test_a_credential_of_javascript_gets_a_token_that_verifies(
    way: str, node: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """The token is signed by the tenant's published key and names who signed in."""
    prepared = sign_in(way)
    got = run(node, "token.mjs", cloud, prepared, scope=SCOPE)
    claims = verified(cloud, got["token"])
    assert {name: claims[name] for name in prepared.claims} == prepared.claims
    assert abs(got["expires_on"] - claims["exp"]) <= 2


@pytest.mark.parametrize("way", ["client_secret", "app_service", "workload"])
def test_an_app_in_javascript_uses_storage_as_soon_as_its_role_is_assigned(
    way: str, node: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """Before that it is refused with Storage's code and the command that assigns the role."""
    prepared = sign_in(way)
    where = {"account_url": cloud.storage_account(fresh("account")), "container": "papers"}
    refused = run(node, "blob.mjs", cloud, prepared, **where)["refused"]
    assert (refused["status"], refused["code"]) == (403, "AuthorizationPermissionMismatch")
    assert f"entrada role assign --assignee {prepared.principal_id}" in refused["message"]
    cloud.assign(prepared.principal_id, ROLE)
    assert run(node, "blob.mjs", cloud, prepared, **where)["done"] == {
        "names": ["large.bin", "notes/ä b.txt", "other.txt"],
        "notes": ["notes/ä b.txt"],
        "metadata": {"kind": "note"},
        "text": "the quick brown fox",
        "range": "quick",
        "conflict": "BlobAlreadyExists",
        "blocks": [64 * 1024] * 8 + [1000],
        "same": True,
        "gone": 404,
        "exists": False,
    }

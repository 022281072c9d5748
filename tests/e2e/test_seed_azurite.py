"""A seed's containers where Azurite keeps the blobs: made there, once, and again after a reset."""

from __future__ import annotations

from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient

from e2e.azurite import MAIN
from entrada import ClientSecretCredential
from entrada.local.resources.blob.azurite import NAMED_BY
from entrada.testing import LocalCloud, World

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("azurite")]

SEED = """\
[[applications]]
name = "app"
secret = "generate"

[[storage_accounts]]
name = "seeded"
containers = ["orders"]

[[role_assignments]]
assignee = "app"
role = "Storage Blob Data Contributor"
scope = "seeded/orders"
"""


def test_a_seeded_container_takes_blobs(
    node: str, node_modules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The application that the seed gave a role may write there, and nowhere else."""
    assert node
    monkeypatch.setenv(NAMED_BY, str(node_modules / MAIN))
    seed = tmp_path / "cloud.toml"
    seed.write_text(SEED)
    with LocalCloud(blob="azurite", seed=seed) as cloud:
        for number in range(2):
            _upload(cloud, f"blob{number}")
            cloud.reset()


def _upload(cloud: LocalCloud, name: str) -> None:
    app = cloud.seeded.applications["app"]
    with (
        ClientSecretCredential(
            app.tenant_id,
            app.client_id,
            app.client_secret,
            authority=cloud.endpoints.login,
            world=World.real()._replace(env={"SSL_CERT_FILE": str(cloud.ca_file)}),
        ) as credential,
        ContainerClient(
            f"{cloud.endpoints.blob}/seeded",
            "orders",
            credential,
            connection_verify=str(cloud.ca_file),
        ) as container,
    ):
        container.upload_blob(name, b"kept")
        assert name in [blob.name for blob in container.list_blobs()]

"""What Azurite adds to the local cloud's Blob service, behind the same tokens and roles."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient

from e2e.azurite import behind_a_cloud
from e2e.peers import credential_of
from e2e.scripts import run
from e2e.ways import SignIn, fresh
from entrada import ClientSecretCredential
from entrada.local.arm import operations
from entrada.local.provision import GROUP
from entrada.local.resources.blob.azurite import Azurite
from entrada.testing import LocalCloud

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("azurite")]

CONTRIBUTOR, READER = "Storage Blob Data Contributor", "Storage Blob Data Reader"
OWNER = "Storage Blob Data Owner"


@pytest.fixture(scope="module")
def cloud(node: str, node_modules: Path) -> Iterator[LocalCloud]:
    """Run a local cloud with Azurite behind it."""
    assert node
    with behind_a_cloud(node_modules) as running:
        yield running


@pytest.fixture
def service(
    cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> Callable[[str, str], BlobServiceClient]:
    """Return a function that opens an account as an application with a role."""

    def opened(account: str, role: str) -> BlobServiceClient:
        prepared = sign_in("client_secret")
        cloud.assign(prepared.principal_id, role)
        url = cloud.storage_account(account)
        return BlobServiceClient(url, credential_of("entrada", prepared, cloud), retry_total=0)

    return opened


def test_leases_snapshots_append_blobs_and_tags(
    service: Callable[[str, str], BlobServiceClient],
) -> None:
    """None of which the embedded store has; tags need a data action that Owner has."""
    container = service(fresh("account"), OWNER).create_container("papers")
    blob = container.upload_blob("notes/ä b.txt", b"one", metadata={"a_b": "1", "a1": "2"})
    lease = blob.acquire_lease()
    with pytest.raises(HttpResponseError) as leased:
        blob.upload_blob(b"two", overwrite=True)
    assert leased.value.status_code == 412
    snapshot = blob.create_snapshot()
    blob.upload_blob(b"two", overwrite=True, lease=lease)
    lease.release()
    taken = str(snapshot["snapshot"])
    old = container.get_blob_client("notes/ä b.txt", snapshot=taken)
    assert (old.download_blob().readall(), blob.download_blob().readall()) == (b"one", b"two")
    log = container.get_blob_client("log")
    log.create_append_blob()
    for line in (b"a\n", b"b\n"):
        log.append_block(line)
    assert log.download_blob().readall() == b"a\nb\n"
    log.set_blob_tags({"kind": "log"})
    assert log.get_blob_tags() == {"kind": "log"}


def test_urls_in_answers_are_the_clouds(
    cloud: LocalCloud, service: Callable[[str, str], BlobServiceClient]
) -> None:
    """A copy names its source as the caller did; nothing names Azurite."""
    account = fresh("account")
    container = service(account, CONTRIBUTOR).create_container("papers")
    source = container.upload_blob("a.txt", b"one")
    copy = container.get_blob_client("b.txt")
    copy.start_copy_from_url(source.url)
    assert copy.get_blob_properties().copy.source == source.url
    assert source.url.startswith(f"{cloud.endpoints.blob}/{account}/")
    [listed] = container.list_blobs(name_starts_with="b", include=["copy"])
    assert listed.copy.source == source.url


@pytest.mark.parametrize("operation", ["acquire_lease", "create_snapshot", "delete_blob"])
def test_a_reader_writes_nothing(
    operation: str, service: Callable[[str, str], BlobServiceClient]
) -> None:
    """What is forwarded needs the role that it needs in Azure."""
    account = fresh("account")
    service(account, CONTRIBUTOR).create_container("papers").upload_blob("a.txt", b"one")
    blob = service(account, READER).get_blob_client("papers", "a.txt")
    assert blob.download_blob().readall() == b"one"
    with pytest.raises(HttpResponseError) as refused:
        getattr(blob, operation)()
    assert refused.value.status_code == 403
    assert str(getattr(refused.value, "error_code", "")) == "AuthorizationPermissionMismatch"


def test_accounts_see_nothing_of_each_other_nor_of_a_deleted_namesake(
    cloud: LocalCloud, service: Callable[[str, str], BlobServiceClient]
) -> None:
    """Even where a lease guards what the deleted one left."""
    first, second = fresh("account"), fresh("account")
    container = service(first, CONTRIBUTOR).create_container("papers")
    container.acquire_lease()
    assert list(service(second, CONTRIBUTOR).list_containers()) == []
    wanted = "Microsoft.Storage/storageAccounts"
    gone = operations.resource_id(cloud.cloud, GROUP, wanted, first)
    operations.delete_resource(cloud.cloud, gone)
    assert list(service(first, CONTRIBUTOR).list_containers()) == []


def test_javascript_uses_it_too(
    node: str, cloud: LocalCloud, sign_in: Callable[[str], SignIn]
) -> None:
    """The story of the embedded store, told by @azure/storage-blob."""
    prepared = sign_in("client_secret")
    where = {"account_url": cloud.storage_account(fresh("account")), "container": "papers"}
    assert run(node, "blob.mjs", cloud, prepared, **where)["refused"]["status"] == 403
    cloud.assign(prepared.principal_id, CONTRIBUTOR)
    done = run(node, "blob.mjs", cloud, prepared, **where)["done"]
    assert (done["names"], done["same"]) == (["large.bin", "notes/ä b.txt", "other.txt"], True)


def test_blobs_outlive_the_cloud_beside_its_state_file(node_modules: Path, tmp_path: Path) -> None:
    """In a folder of the state file's name, which is its owner's alone."""
    state = tmp_path / "cloud.db"
    with behind_a_cloud(node_modules, state) as first:
        one = opened(first, "keeper")
        one.create_container("papers").upload_blob("a.txt", b"one")
        one.close()
    with behind_a_cloud(node_modules, state) as second:
        again = opened(second, "keeper")
        assert again.get_blob_client("papers", "a.txt").download_blob().readall() == b"one"
        again.close()
    assert (tmp_path / "cloud.db.azurite").stat().st_mode & 0o777 == 0o700


def test_nobody_else_waits_for_azurite() -> None:
    """While it takes its time over an answer, the other services go on."""
    with LocalCloud() as cloud, socket.create_server(("127.0.0.1", 0)) as slow:
        slow.settimeout(30)
        cloud.cloud.azurite = Azurite(slow.getsockname()[1], b"key")
        service = opened(cloud, "slow")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(service.create_container, "papers")
            connection, _ = slow.accept()
            with connection, signed_in(cloud) as other:
                assert other.get_token("https://vault.azure.net/.default")
                assert not waiting.done()
            with pytest.raises(HttpResponseError, match="Azurite does not answer"):
                waiting.result()
        service.close()


def opened(cloud: LocalCloud, account: str) -> BlobServiceClient:
    """Open an account of a cloud as a new contributor."""
    url, ca_file = cloud.storage_account(account), str(cloud.ca_file)
    credential = signed_in(cloud)
    return BlobServiceClient(url, credential, connection_verify=ca_file, retry_total=0)


def signed_in(cloud: LocalCloud) -> ClientSecretCredential:
    """Return the credential of a new application that may use all storage."""
    app = cloud.service_principal()
    cloud.assign(app.object_id, CONTRIBUTOR)
    return ClientSecretCredential(
        app.tenant_id,
        app.client_id,
        app.client_secret,
        authority=cloud.endpoints.login,
        connection_verify=str(cloud.ca_file),
    )

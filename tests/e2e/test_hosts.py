"""Managed identity on every host, through every client, against the local cloud's hosts.

Azure Arc's clients follow a key file into one folder only, which the test needs for itself.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from e2e.msal_client import acquired
from e2e.peers import LIBRARIES, credential_of, settle
from e2e.scripts import run
from e2e.verify import SCOPE, verified
from e2e.ways import SignIn, fresh
from entrada.local.hosts.azure_arc import KEYS
from entrada.local.hosts.certificate import authority_pem
from entrada.local.provision import Hosted
from entrada.testing import LocalCloud

pytestmark = [
    pytest.mark.e2e,
    # azure-identity says so whenever it asks Service Fabric.
    pytest.mark.filterwarnings("ignore:.*Service Fabric.*"),
    pytest.mark.filterwarnings("ignore:Unverified HTTPS request"),
]

PLACES: dict[str, Callable[[LocalCloud], Hosted]] = {
    "azure_arc": lambda cloud: cloud.arc_machine(fresh("machine")),
    "service_fabric": lambda cloud: cloud.service_fabric_application(f"fabric/{fresh('app')}"),
    "azure_ml": lambda cloud: cloud.machine_learning_compute(f"learning/{fresh('compute')}"),
    "cloud_shell": lambda cloud: cloud.cloud_shell(fresh("console")),
}

_SYSTEM = SignIn("ManagedIdentityCredential", {}, {})


@pytest.fixture
def keys() -> Iterator[None]:
    """Have the folder of Arc's keys for the length of a test, and leave no trace of it."""
    folder = Path(KEYS)
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        pytest.skip(f"{folder} cannot be made ({error.strerror}; run as root)")
    if not os.access(folder, os.W_OK):
        pytest.skip(f"{folder} is not writable (run as root)")
    yield
    for each in made:
        if not any(each.iterdir()):
            each.rmdir()


@pytest.fixture
def hosted(
    place: str,
    cloud: LocalCloud,
    surroundings: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Hosted:
    """Make this process a resource's."""
    if place == "azure_arc":
        request.getfixturevalue("keys")
    made = PLACES[place](cloud)
    for name, value in made.environment.items():
        surroundings.setenv(name, value)
    return made


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("place", PLACES)
def test_managed_identity_gets_a_token_that_verifies(
    library: str, cloud: LocalCloud, hosted: Hosted
) -> None:
    """The token is signed by the tenant's published key and names the resource's identity."""
    _check(_claims(library, _SYSTEM, cloud), hosted)


# In a Cloud Shell MSAL asks port 50342, whatever MSI_ENDPOINT says.
@pytest.mark.parametrize("place", [name for name in PLACES if name != "cloud_shell"])
def test_managed_identity_of_msal_gets_a_token_that_verifies(
    cloud: LocalCloud, hosted: Hosted
) -> None:
    """So does the library below azure-identity."""
    _check(verified(cloud, acquired(cloud, _SYSTEM)["access_token"]), hosted)


@pytest.mark.parametrize("place", PLACES)
def test_managed_identity_of_javascript_gets_a_token_that_verifies(
    node: str,
    cloud: LocalCloud,
    hosted: Hosted,
    surroundings: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """So does @azure/identity, which pins nothing: Node.js has to trust Service Fabric's issuer."""
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(cloud.ca_file.read_text() + authority_pem(cloud.cloud))
    surroundings.setenv("NODE_EXTRA_CA_CERTS", str(trusted))
    got = run(node, "token.mjs", cloud, _SYSTEM, scope=SCOPE)
    _check(verified(cloud, got["token"]), hosted)


@pytest.mark.usefixtures("surroundings")
@pytest.mark.parametrize("library", ["azure.identity", "entrada", "entrada.aio"])
def test_a_pod_signs_in_through_its_clusters_proxy(
    library: str, cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The exchange goes by the proxy, with its own authority and name, and names the pod."""
    pod = cloud.workload(fresh("pod"))
    file = tmp_path / "token"
    file.write_text(pod.token)
    environment = {**pod.environment(str(file)), **cloud.token_proxy_environment()}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    arguments = {"enable_azure_proxy": True}
    claims = _claims(library, SignIn("WorkloadIdentityCredential", arguments, {}), cloud)
    assert claims["oid"] == pod.object_id
    assert any(line.startswith("fabric POST /kubernetes/") for line in cloud.cloud.requests)


def _check(claims: Mapping[str, object], hosted: Hosted) -> None:
    assert claims["oid"] == hosted.principal_id
    assert claims["xms_az_rid"] == hosted.resource_id


def _claims(library: str, sign_in: SignIn, cloud: LocalCloud) -> dict[str, object]:
    async def token() -> str:
        credential = credential_of(library, sign_in, cloud)
        try:
            return str((await settle(credential.get_token(SCOPE))).token)
        finally:
            await settle(credential.close())

    return verified(cloud, asyncio.run(token()))

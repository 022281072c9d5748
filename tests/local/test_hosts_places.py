"""Our credentials against the local cloud's hosts beyond App Service and IMDS, in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jwt
import pytest

from entrada import (
    AuthenticationRejectedError,
    CredentialUnavailableError,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)
from entrada.local.cloud import Cloud
from entrada.local.hosts.azure_arc import KEYS
from entrada.local.provision import Hosted, Provision
from entrada.testing import FakeClock, Request, World

SCOPE = "https://storage.azure.com/.default"
PLACES = ("arc_machine", "service_fabric_application", "machine_learning_compute", "cloud_shell")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cloud(tmp_path: Path, clock: FakeClock) -> Provision:
    made = Provision(Cloud(clock=clock.now))
    made.cloud.state.put("setting", "arcKeys", {"value": str(tmp_path)})
    return made


def world(cloud: Provision, env: dict[str, str], clock: FakeClock) -> World:
    """Return a world in which the folder of Arc's keys is the one that the cloud writes to."""
    folder = cloud.cloud.state.get("setting", "arcKeys")
    assert folder is not None

    def read(path: str, limit: int) -> bytes:
        return World.real().read_secret(path.replace(KEYS, folder["value"]), limit)

    return World.fake(env, clock=clock)._replace(read_secret=read)


def place(cloud: Provision, kind: str, name: str = "here", **options: Any) -> Hosted:
    """Make a resource; kinds of children get a parent."""
    child = kind in ("service_fabric_application", "machine_learning_compute")
    made: Hosted = getattr(cloud, kind)(f"above/{name}" if child else name, **options)
    return made


def claims(cloud: Provision, hosted: Hosted, clock: FakeClock, **options: Any) -> dict[str, Any]:
    credential = ManagedIdentityCredential(
        world=world(cloud, hosted.environment, clock), transport=cloud.cloud.handle, **options
    )
    token = credential.get_token(SCOPE)
    found: dict[str, Any] = jwt.decode(token.token, options={"verify_signature": False})
    assert token.expires_on == found["exp"]
    return found


@pytest.mark.parametrize("kind", PLACES)
def test_a_resource_gets_a_token_of_its_own_identity(
    cloud: Provision, clock: FakeClock, kind: str
) -> None:
    place(cloud, kind, "other")
    hosted = place(cloud, kind)
    found = claims(cloud, hosted, clock)
    assert (found["oid"], found["xms_az_rid"]) == (hosted.principal_id, hosted.resource_id)


@pytest.mark.parametrize("kind", PLACES)
def test_a_resource_without_identity_gets_none(
    cloud: Provision, clock: FakeClock, kind: str
) -> None:
    hosted = place(cloud, kind, system_assigned=False)
    with pytest.raises(CredentialUnavailableError) as caught:
        claims(cloud, hosted, clock)
    assert caught.value.code == "identity_not_found"


@pytest.mark.parametrize("kind", ["arc_machine", "machine_learning_compute"])
@pytest.mark.parametrize("selector", ["client_id", "object_id", "resource_id"])
def test_a_user_assigned_identity_is_chosen(
    cloud: Provision, clock: FakeClock, kind: str, selector: str
) -> None:
    identity = cloud.user_assigned_identity("mine")
    properties = identity["properties"]
    chosen = {
        "client_id": properties["clientId"],
        "object_id": properties["principalId"],
        "resource_id": identity["id"],
    }
    hosted = place(cloud, kind, user_assigned=[identity["id"]])
    found = claims(cloud, hosted, clock, identity_config={selector: chosen[selector]})
    assert found["oid"] == properties["principalId"]


@pytest.mark.parametrize("kind", PLACES)
def test_no_secret_is_in_what_the_cloud_shows(
    cloud: Provision, clock: FakeClock, kind: str
) -> None:
    hosted = place(cloud, kind, system_assigned=False)
    with pytest.raises(CredentialUnavailableError):
        claims(cloud, hosted, clock)
    [(key, _)] = cloud.cloud.state.under("host")
    shown = f"{list(cloud.cloud.requests)} {list(cloud.cloud.decisions)}"
    assert "oauth2/token" in shown or "/MSI/auth" in shown
    assert key not in shown


def test_arcs_key_serves_once_and_leaves_no_file(
    cloud: Provision, clock: FakeClock, tmp_path: Path
) -> None:
    hosted = place(cloud, "arc_machine")
    url = f"{hosted.environment['IDENTITY_ENDPOINT']}?api-version=2020-06-01&resource=https://storage.azure.com"
    first = cloud.cloud.handle(Request("GET", url, {"Metadata": "true"}))
    assert first.status == 401
    path = first.headers["www-authenticate"].removeprefix("Basic realm=")
    key = (tmp_path / Path(path).name).read_text()
    headers = {"Metadata": "true", "Authorization": f"Basic {key}"}
    assert [cloud.cloud.handle(Request("GET", url, headers)).status for _ in range(2)] == [200, 401]
    assert list(tmp_path.iterdir()) == []


def test_arcs_keys_expire(cloud: Provision, clock: FakeClock, tmp_path: Path) -> None:
    hosted = place(cloud, "arc_machine")
    url = f"{hosted.environment['IDENTITY_ENDPOINT']}?api-version=2020-06-01&resource=https://storage.azure.com"
    ask = Request("GET", url, {"Metadata": "true"})
    cloud.cloud.handle(ask)
    [file] = tmp_path.iterdir()
    headers = {"Metadata": "true", "Authorization": f"Basic {file.read_text()}"}
    clock.advance(301)
    cloud.cloud.handle(ask)
    assert not file.exists()
    assert cloud.cloud.handle(Request("GET", url, headers)).status == 401


def test_a_folder_that_cannot_be_written_is_said_with_the_remedy(
    cloud: Provision, clock: FakeClock, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    cloud.cloud.state.put("setting", "arcKeys", {"value": str(tmp_path / "file")})
    hosted = place(cloud, "arc_machine")
    with pytest.raises(Exception, match=r"still answers HTTP 500"):
        claims(cloud, hosted, clock)
    assert "sudo install -d" in cloud.cloud.decisions[-1].reason


@pytest.mark.parametrize("kind", PLACES)
def test_a_secret_that_nobody_has_is_refused(cloud: Provision, clock: FakeClock, kind: str) -> None:
    hosted = place(cloud, kind)
    [(key, _)] = cloud.cloud.state.under("host")
    cloud.cloud.state.delete("host", key)
    with pytest.raises(AuthenticationRejectedError):
        claims(cloud, hosted, clock)


def test_the_token_proxy_hands_on_token_requests_and_nothing_else(
    cloud: Provision, clock: FakeClock
) -> None:
    pod = cloud.workload("pod")
    env = {
        **pod.environment("/token"),
        **cloud.token_proxy_environment(),
        "AZURE_AUTHORITY_HOST": "https://login.invalid",
    }
    around = World.fake(env, clock=clock, files={"/token": pod.token.encode()})
    credential = WorkloadIdentityCredential(
        enable_azure_proxy=True, world=around, transport=cloud.cloud.handle
    )
    token = credential.get_token(SCOPE).token
    found = jwt.decode(token, options={"verify_signature": False})
    assert found["oid"] == pod.object_id
    url = f"{cloud.cloud.endpoints.fabric}/kubernetes/common/discovery/instance"
    assert cloud.cloud.handle(Request("POST", url)).status == 404

"""``entrada identity``: enable, create and list managed identities."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from admin_cloud import GROUP, admin_cloud, as_operator
from command_line import entrada

from entrada.local.arm.operations import get_resource
from entrada.testing import LocalCloud

Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with admin_cloud() as cloud:
        yield cloud


@pytest.fixture
def run(cloud: LocalCloud, tmp_path: Path) -> Run:
    """Run a command of the operator's."""
    return lambda *words: entrada(tmp_path, "identity", *words, extra=as_operator(cloud))


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("webapp", "web_app"),
        ("functionapp", "function_app"),
        ("vm", "virtual_machine"),
        ("containerapp", "container_app"),
    ],
)
def test_a_host_gets_its_own_identity_once(
    kind: str, make: str, cloud: LocalCloud, run: Run
) -> None:
    host = getattr(cloud, make)(f"my-{kind}", group=GROUP, system_assigned=False)
    before = get_resource(cloud.cloud, host.resource_id)
    words = ("enable", f"MY-{kind}", "--type", kind, "-g", GROUP)
    dry = run(*words, "--dry-run")
    assert dry.stdout.startswith(f"PATCH {cloud.endpoints.arm}{host.resource_id}?")
    assert get_resource(cloud.cloud, host.resource_id) == before
    done = run(*words)
    assert done.returncode == 0, done.stderr
    given = get_resource(cloud.cloud, host.resource_id)["identity"]
    assert given["type"] == "SystemAssigned"
    assert given["principalId"] in done.stdout
    assert f"entrada role assign --assignee {host.resource_id} " in done.stderr
    again = run(*words, "--json")
    assert json.loads(again.stdout) == given
    assert again.stderr == f"my-{kind} has it already.\n"


def test_a_user_assigned_identity_joins_what_is_there(cloud: LocalCloud, run: Run) -> None:
    host = cloud.web_app("joined", group=GROUP)
    made = json.loads(run("create", "deployer", "-g", GROUP, "--json").stdout)
    done = run("enable", "joined", "--user-assigned", "deployer")
    assert done.returncode == 0, done.stderr
    given = get_resource(cloud.cloud, host.resource_id)["identity"]
    assert given["type"].replace(" ", "") == "SystemAssigned,UserAssigned"
    assert given["principalId"] == host.principal_id
    (attached,) = given["userAssignedIdentities"].values()
    assert attached["principalId"] == made["properties"]["principalId"]
    assert attached["principalId"] in done.stdout
    again = run("enable", "joined", "--user-assigned", made["id"])
    assert again.stderr.startswith("joined has it already.")


def test_an_identity_is_created_once_where_its_group_is(cloud: LocalCloud, run: Run) -> None:
    words = ("create", "once", "-g", GROUP)
    dry = run(*words, "--dry-run", "--json")
    assert json.loads(dry.stdout)["method"] == "PUT"
    first, again = run(*words), run(*words)
    assert (first.returncode, first.stdout) == (0, again.stdout)
    rows = dict(line.split("  ", 1) for line in first.stdout.splitlines())
    body = get_resource(cloud.cloud, rows["id"].strip())
    assert body["properties"]["principalId"] == rows["principal id"].strip()


def test_all_identities_are_listed(cloud: LocalCloud, run: Run) -> None:
    host = cloud.web_app("listed", group=GROUP)
    run("create", "standing", "-g", GROUP)
    cloud.web_app("without", group=GROUP, system_assigned=False)
    found = {each["name"]: each for each in json.loads(run("list", "--json").stdout)}
    assert found["listed"]["principal_id"] == host.principal_id
    assert found["standing"]["client_id"]
    assert "without" not in found
    table = run("list", "-g", GROUP).stdout
    assert "Microsoft.Web/sites" in table
    assert "user-assigned" in table


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("enable", "a-web-app"), "did you mean the-web-app?"),
        (("enable", "the-web-app", "--user-assigned", "nobody"), "no such resource: nobody"),
        (("enable", "the-web-app", "-g", "msdocs"), "there is no resource group 'msdocs'"),
        (("create", "x", "-g", "msdocs-sdk-auth-examples"), f"did you mean {GROUP}?"),
        (("list", "-g", "elsewhere"), f"the groups are: {GROUP}"),
    ],
)
def test_what_is_not_there_ends_with_3(
    words: tuple[str, ...], told: str, cloud: LocalCloud, run: Run
) -> None:
    cloud.web_app("the-web-app", group=GROUP, system_assigned=False)
    done = run(*words)
    assert (done.returncode, done.stdout) == (3, "")
    assert told in done.stderr


def test_what_is_no_resource_id_ends_with_2(run: Run) -> None:
    done = run("enable", "/subscriptions/x")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not the ARM id of a resource" in done.stderr

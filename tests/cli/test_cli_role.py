"""``entrada role assign``: the command that a refusal tells you to run, run as told."""

from __future__ import annotations

import json
import shlex
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import entrada

from entrada.local import rbac
from entrada.local.seed import seed_operator
from entrada.testing import LocalCloud

ACTION = "Microsoft.Storage/storageAccounts/blobServices/containers/read"


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with LocalCloud() as cloud:
        cloud.resource_group("rg")
        yield cloud


def _as_operator(cloud: LocalCloud) -> dict[str, str]:
    arm = {"ENTRADA_LOCAL_ARM": cloud.endpoints.arm}
    return {**cloud.environment(), **seed_operator(cloud).environment(), **arm}


def test_the_remedy_of_a_refusal_works_as_printed_and_again(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    app = cloud.service_principal("app").object_id
    scope = cloud.resource_group("rg")
    remedy = rbac.decide(cloud.cloud, app, ACTION, scope).remedy
    program, *words = shlex.split(remedy)
    assert program == "entrada"
    first = entrada(tmp_path, *words, extra=_as_operator(cloud))
    assert (first.returncode, first.stderr) == (0, "")
    assert rbac.decide(cloud.cloud, app, ACTION, scope).allowed
    again = entrada(tmp_path, *words, "--json", extra=_as_operator(cloud))
    assert again.returncode == 0
    assert json.loads(again.stdout)["id"] == first.stdout.strip()


def test_a_role_can_be_named_by_its_guid(cloud: LocalCloud, tmp_path: Path) -> None:
    app = cloud.service_principal("app").object_id
    words = (
        "--role",
        "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "--scope",
        cloud.resource_group("rg"),
    )
    done = entrada(tmp_path, "role", "assign", "--assignee", app, *words, extra=_as_operator(cloud))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("role", "group", "told"),
    [("Reeder", "rg", "no role named 'Reeder'"), ("Reader", "nobody", "ResourceGroupNotFound")],
)
def test_a_role_or_scope_that_is_not_there_ends_with_3(
    role: str, group: str, told: str, cloud: LocalCloud, tmp_path: Path
) -> None:
    scope = f"/subscriptions/{cloud.subscription_id}/resourceGroups/{group}"
    app = cloud.service_principal("app").object_id
    words = ("--assignee", app, "--role", role, "--scope", scope)
    done = entrada(tmp_path, "role", "assign", *words, extra=_as_operator(cloud))
    assert (done.returncode, done.stdout) == (3, "")
    assert told in done.stderr


def test_who_may_not_assign_roles_is_told_so(cloud: LocalCloud, tmp_path: Path) -> None:
    nobody = cloud.service_principal("nobody")
    extra = {**_as_operator(cloud), **nobody.environment()}
    scope = cloud.resource_group("rg")
    words = ("--assignee", nobody.object_id, "--role", "Owner", "--scope", scope)
    done = entrada(tmp_path, "role", "assign", *words, extra=extra)
    assert (done.returncode, done.stdout) == (1, "")
    assert "AuthorizationFailed" in done.stderr


def test_a_token_of_a_cloud_that_is_not_known_goes_nowhere(
    cloud: LocalCloud, tmp_path: Path
) -> None:
    extra = {**_as_operator(cloud), "ENTRADA_LOCAL_ARM": ""}
    words = ("--assignee", str(uuid.uuid4()), "--role", "Reader", "--scope", "/x")
    done = entrada(tmp_path, "role", "assign", *words, extra=extra)
    assert done.returncode == 2
    assert "ENTRADA_LOCAL_ARM" in done.stderr


@pytest.mark.parametrize(
    ("assignee", "scope"),
    [("me@contoso.com", "/x"), ("aaaaaaaa-bbbb-cccc-7777-888888888888", "rg")],
)
def test_what_is_no_object_id_or_arm_id_ends_with_2(
    assignee: str, scope: str, tmp_path: Path
) -> None:
    words = ("--assignee", assignee, "--role", "Reader", "--scope", scope)
    assert entrada(tmp_path, "role", "assign", *words).returncode == 2

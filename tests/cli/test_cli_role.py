"""``entrada role``: who has which role; the command that a refusal tells you to run, as told."""

from __future__ import annotations

import json
import shlex
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from admin_cloud import GROUP, admin_cloud, as_operator
from command_line import entrada

from entrada.local import people, rbac
from entrada.testing import LocalCloud

ACTION = "Microsoft.Storage/storageAccounts/blobServices/containers/read"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
Run: TypeAlias = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with admin_cloud() as cloud:
        yield cloud


@pytest.fixture
def run(cloud: LocalCloud, tmp_path: Path) -> Run:
    """Run a command of the operator's."""
    return lambda *words: entrada(tmp_path, "role", *words, extra=as_operator(cloud))


def _group(cloud: LocalCloud, name: str = GROUP) -> str:
    return f"/subscriptions/{cloud.subscription_id}/resourceGroups/{name}"


def _roles(cloud: LocalCloud, principal_id: str, scope: str) -> list[str]:
    return [
        rbac.role_definition(cloud.cloud, each["properties"]["roleDefinitionId"]).name  # type: ignore[union-attr]
        for each in rbac.assignments_of(cloud.cloud, principal_id, scope)
    ]


def test_the_remedy_of_a_refusal_works_as_printed_and_again(cloud: LocalCloud, run: Run) -> None:
    app = cloud.service_principal("app").object_id
    remedy = rbac.decide(cloud.cloud, app, ACTION, _group(cloud)).remedy
    program, role, *words = shlex.split(remedy)
    assert (program, role) == ("entrada", "role")
    first = run(*words)
    assert (first.returncode, first.stderr) == (0, "")
    assert rbac.decide(cloud.cloud, app, ACTION, _group(cloud)).allowed
    again = run(*words, "--json")
    assert (again.returncode, again.stderr) == (0, "It was assigned already.\n")
    assert json.loads(again.stdout)["id"] == first.stdout.strip()


def _who(cloud: LocalCloud) -> dict[str, tuple[str, str]]:
    """Return what a principal can be called, and its object id, by the way of calling it."""
    app = cloud.service_principal("an app")
    user = cloud.user("bea")
    web = cloud.web_app("msdocs-web-app", group=GROUP)
    group = people.create_group(cloud.cloud, "the readers")
    return {
        "object id": (app.object_id, app.object_id),
        "client id": (cloud.service_principal("by client").client_id, ""),
        "user name": (user.username, user.object_id),
        "display name": ("msdocs-web-app", web.principal_id),
        "group's name": ("the readers", str(group["id"])),
        "ARM id": (web.resource_id, web.principal_id),
    }


@pytest.fixture(scope="module")
def who(cloud: LocalCloud) -> dict[str, tuple[str, str]]:
    return _who(cloud)


@pytest.mark.parametrize(
    "way", ["object id", "client id", "user name", "display name", "group's name", "ARM id"]
)
def test_a_principal_goes_by_many_names(
    way: str, who: dict[str, tuple[str, str]], cloud: LocalCloud, run: Run
) -> None:
    named, object_id = who[way]
    words = ("--assignee", named, "--role", "reader", "--resource-group", GROUP)
    done = run("assign", *words, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    properties = json.loads(done.stdout)["properties"]
    assert properties["roleDefinitionId"].endswith(READER)
    assert properties["scope"] == _group(cloud)
    if object_id:
        assert properties["principalId"] == object_id
    gone = run("remove", *words)
    assert (gone.returncode, gone.stderr) == (0, "")
    assert _roles(cloud, properties["principalId"], _group(cloud)) == []


def test_a_name_of_several_principals_is_not_guessed_at(cloud: LocalCloud, run: Run) -> None:
    twins = {cloud.service_principal("twin").object_id for _ in range(2)}
    done = run("assign", "--assignee", "twin", "--role", "Reader", "-g", GROUP)
    assert (done.returncode, done.stdout) == (1, "")
    assert all(each in done.stderr for each in twins)


@pytest.mark.parametrize("role", [READER, READER.upper(), "Reader", "READER"])
def test_a_role_goes_by_name_in_any_case_or_guid(role: str, cloud: LocalCloud, run: Run) -> None:
    app = cloud.service_principal("app").object_id
    done = run("assign", "--assignee", app, "--role", role, "--scope", _group(cloud))
    assert (done.returncode, done.stderr) == (0, "")
    assert _roles(cloud, app, _group(cloud)) == ["Reader"]


@pytest.mark.parametrize(
    ("who", "role", "group", "told"),
    [
        ("app", "Reeder", GROUP, "did you mean 'Reader'?"),
        ("app", str(uuid.UUID(int=1)), GROUP, "there is no role 00000000-"),
        ("app", "Reader", "msdocs-sdk-auth-exampel", f"did you mean {GROUP}?"),
        ("nobody@contoso.com", "Reader", GROUP, "nobody named 'nobody@contoso.com'"),
        (str(uuid.UUID(int=1)), "Reader", GROUP, "nobody named '00000000-"),
    ],
)
def test_what_is_not_there_ends_with_3_and_the_nearest_name(
    who: str, role: str, group: str, told: str, cloud: LocalCloud, run: Run
) -> None:
    app = cloud.service_principal("here").object_id if who == "app" else who
    done = run("assign", "--assignee", app, "--role", role, "--resource-group", group)
    assert (done.returncode, done.stdout) == (3, "")
    assert told in done.stderr


def test_a_dry_run_prints_the_request_and_changes_nothing(cloud: LocalCloud, run: Run) -> None:
    app = cloud.service_principal("app").object_id
    words = ("--assignee", app, "--role", "Reader", "-g", GROUP)
    done = run("assign", *words, "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    first, *_, body = done.stdout.partition("\n\n")
    assert first.startswith(f"PUT {cloud.endpoints.arm}{_group(cloud)}/providers/")
    assert json.loads(body)["properties"]["principalId"] == app
    assert _roles(cloud, app, _group(cloud)) == []
    assert run("assign", *words).returncode == 0
    shown = run("remove", *words, "--dry-run")
    assert shown.stdout.startswith("DELETE ")
    assert _roles(cloud, app, _group(cloud)) == ["Reader"]


def test_a_list_shows_names_and_who_holds_a_role_by_a_group(cloud: LocalCloud, run: Run) -> None:
    app = cloud.service_principal("a member")
    group = people.create_group(cloud.cloud, "operators", [app.object_id])
    run("assign", "--assignee", str(group["id"]), "--role", "Contributor", "-g", GROUP)
    listed = run("list", "--assignee", app.client_id)
    assert (listed.returncode, listed.stderr) == (0, "")
    header, row = listed.stdout.splitlines()
    assert header.split() == ["PRINCIPAL", "TYPE", "ROLE", "SCOPE"]
    assert row.split() == ["operators", "Group", "Contributor", _group(cloud)]
    whole = json.loads(run("list", "--role", "Contributor", "-g", GROUP, "--json").stdout)
    assert [each["properties"]["principalId"] for each in whole] == [group["id"]]


def test_what_is_held_further_up_is_told_of_and_stays(cloud: LocalCloud, run: Run) -> None:
    app = cloud.service_principal("above").object_id
    subscription = f"/subscriptions/{cloud.subscription_id}"
    run("assign", "--assignee", app, "--role", "Reader", "--scope", subscription)
    done = run("remove", "--assignee", app, "--role", "Reader", "-g", GROUP)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"Reader is not assigned at {_group(cloud)}." in done.stderr
    assert f"It is held at {subscription}." in done.stderr
    assert _roles(cloud, app, _group(cloud)) == ["Reader"]


def test_definitions_are_searched_in_name_and_description(run: Run) -> None:
    done = run("definitions", "blob")
    header, *rows = done.stdout.splitlines()
    assert header.split() == ["ROLE", "DESCRIPTION"]
    assert any(row.startswith("Storage Blob Data Owner ") for row in rows)
    names = [
        each["properties"]["roleName"] for each in json.loads(run("definitions", "--json").stdout)
    ]
    assert names == sorted(names)
    assert len(names) > len(rows)


def test_who_may_not_assign_roles_is_told_so(cloud: LocalCloud, tmp_path: Path) -> None:
    nobody = cloud.service_principal("nobody")
    extra = {**as_operator(cloud), **nobody.environment()}
    extra["AZURE_SUBSCRIPTION_ID"] = cloud.subscription_id
    words = ("--assignee", nobody.object_id, "--role", "Owner", "-g", GROUP)
    done = entrada(tmp_path, "role", "assign", *words, extra=extra)
    assert (done.returncode, done.stdout) == (1, "")
    assert "AuthorizationFailed" in done.stderr


@pytest.mark.parametrize("missing", ["ENTRADA_LOCAL_ARM", "ENTRADA_LOCAL_GRAPH"])
def test_a_token_of_a_cloud_that_is_not_known_goes_nowhere(
    missing: str, cloud: LocalCloud, tmp_path: Path
) -> None:
    extra = {**as_operator(cloud), missing: ""}
    words = ("--assignee", str(uuid.uuid4()), "--role", "Reader", "--scope", "/x")
    done = entrada(tmp_path, "role", "assign", *words, extra=extra)
    assert done.returncode == 2
    assert missing in done.stderr


@pytest.mark.parametrize(
    "place", [("--scope", "rg"), ("--scope", "/x", "-g", "rg"), (), ("--resource-group",)]
)
def test_a_place_that_cannot_be_meant_ends_with_2(place: tuple[str, ...], tmp_path: Path) -> None:
    words = ("--assignee", str(uuid.uuid4()), "--role", "Reader", *place)
    assert entrada(tmp_path, "role", "assign", *words).returncode == 2

"""``entrada role assign``: what a refusal of the local cloud tells you to run."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any

import click

from entrada._credentials.default import DefaultAzureCredential
from entrada._drivers.wire import Wire
from entrada._engine.world import World
from entrada._wire.clouds import CLOUDS, cloud_of
from entrada.cli import exits
from entrada.cli.arm import AUTHORIZATION, Arm, ArmFailure
from entrada.cli.command import Command
from entrada.cli.output import Failure

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def _guid(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if _GUID.fullmatch(value):
        return value
    raise click.BadParameter("an object id (a GUID) is expected.", ctx, param)


def _scope(ctx: click.Context, param: click.Parameter, value: str) -> str:
    if value.startswith("/"):
        return value.rstrip("/")
    raise click.BadParameter("an ARM id is expected; it starts with a slash.", ctx, param)


@click.command(
    "assign",
    cls=Command,
    examples=[
        (
            "entrada role assign --assignee aaaaaaaa-bbbb-cccc-7777-888888888888 "
            '--role "Storage Blob Data Contributor" '
            "--scope /subscriptions/SUBSCRIPTION/resourceGroups/msdocs-sdk-auth-example",
            "Let a managed identity read, write and delete the blobs of a resource group.",
        )
    ],
    exit_codes={exits.NOT_FOUND: "There is no such role or scope.", exits.SIGN_IN: ""},
)
@click.option(
    "--assignee", required=True, metavar="OBJECT_ID", callback=_guid, help="Who gets the role."
)
@click.option("--role", required=True, metavar="NAME", help="The role's name or GUID.")
@click.option(
    "--scope",
    required=True,
    metavar="ARM_ID",
    callback=_scope,
    help="Where: a subscription, resource group or resource.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the assignment as ARM answers it.")
def command(assignee: str, role: str, scope: str, as_json: bool) -> None:
    """Assign a role to a principal (user, group, service principal, managed identity) at a scope.

    It signs in as DefaultAzureCredential does. An assignment that is there already is left alone.
    In Azure a new one can take some minutes until every service knows it.
    """
    with _arm() as arm:
        role_id = _role_id(arm, role, scope)
        properties = {"roleDefinitionId": role_id, "principalId": assignee}
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        try:
            made = arm.put(path, AUTHORIZATION, {"properties": properties})
        except ArmFailure as error:
            if error.code != "RoleAssignmentExists":
                raise
            made = _existing(arm, assignee, role_id, scope)
            click.echo("It was assigned already.", err=True)
    click.echo(json.dumps(made, indent=2) if as_json else made["id"])


@contextmanager
def _arm() -> Iterator[Arm]:
    """Open the Resource Manager of the cloud whose authority the environment names."""
    env = World.real().env
    endpoint, scope = _manager(env)
    with closing(Wire(env)) as wire, DefaultAzureCredential() as credential:
        yield Arm(endpoint, credential, wire, scope)


def _manager(env: Mapping[str, str]) -> tuple[str, str]:
    """Return the endpoint and its tokens' scope; one cloud's token never goes to another's."""
    authority = env.get("AZURE_AUTHORITY_HOST") or CLOUDS[0].authority_host
    cloud = cloud_of(authority)
    if cloud is not None:
        return cloud.arm, f"{cloud.arm}/.default"
    endpoint = env.get("ENTRADA_LOCAL_ARM")
    if not endpoint:
        raise Failure(
            f"AZURE_AUTHORITY_HOST names {authority}, and ENTRADA_LOCAL_ARM is not set.",
            'eval "$(entrada local env)" sets both',
            exits.USAGE,
        )
    return endpoint, f"{CLOUDS[0].arm}/.default"


def _role_id(arm: Arm, role: str, scope: str) -> str:
    path = f"{scope}/providers/Microsoft.Authorization/roleDefinitions"
    if _GUID.fullmatch(role):
        return str(arm.get(f"{path}/{role}", AUTHORIZATION)["id"])
    name = role.replace("'", "''")
    found = arm.get(path, AUTHORIZATION, filter=f"roleName eq '{name}'")["value"]
    if not found:
        hint = "az role definition list --query [].roleName lists the names"
        raise Failure(f"there is no role named {role!r} at {scope}.", hint, exits.NOT_FOUND)
    return str(found[0]["id"])


def _existing(arm: Arm, assignee: str, role_id: str, scope: str) -> Any:
    path = f"{scope}/providers/Microsoft.Authorization/roleAssignments"
    held = arm.get(path, AUTHORIZATION, filter=f"principalId eq '{assignee}'")["value"]
    guid = role_id.rpartition("/")[2].lower()
    for each in held:
        properties = each["properties"]
        same_role = properties["roleDefinitionId"].lower().endswith(guid)
        if same_role and properties["scope"].lower() == scope.lower():
            return each
    raise Failure("the role is assigned already, but the assignment cannot be read.")

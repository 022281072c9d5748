"""The chapters, in order: each does something for real, checks it, and tells it in a few lines."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from entrada.cli.arm import AUTHORIZATION, WEB
from entrada.cli.story.scene import ACCOUNT, GROUP, ROLE, WEB_APP, Scene, expect
from entrada.cli.story.screen import Screen
from entrada.cli.story.visit import Visit, visit
from entrada.local.hosts import host_environment

_REFUSED = 3
_WIDTH = 68


class Chapter(NamedTuple):
    """A heading, and what happens below it."""

    title: str
    happen: Callable[[Scene, Screen], None]


def prepare(scene: Scene, screen: Screen) -> None:
    """Create the resources by Resource Manager's own requests, as the operator."""
    scene.create_group()
    scene.create_storage()
    scene.create_app()
    expect(scene.blob_url.startswith("https://"), "the storage account has no blob endpoint")
    ends = scene.cloud.endpoints
    screen.say(f"Entra {ends.login}   Resource Manager {ends.arm}")
    screen.say(f"resource group {GROUP}: storage account {ACCOUNT}, web app {WEB_APP}")


def enable_identity(scene: Scene, screen: Screen) -> None:
    """Enable the web app's system-assigned identity."""
    site = scene.arm.patch(scene.app_id, WEB, {"identity": {"type": "SystemAssigned"}})
    given = site.get("identity") or {}
    names = ("principalId", "tenantId", "type", "userAssignedIdentities")
    shown: dict[str, Any] = {name: given.get(name) for name in names}
    expect(given.get("type") == "SystemAssigned", f"the web app's identity is {given}")
    expect(shown["tenantId"] == scene.cloud.tenant_id, "the identity is of another tenant")
    scene.app_principal = str(shown["principalId"])
    screen.say(f"PATCH {scene.app_id}")
    screen.say(json.dumps(shown, indent=2))


def list_roles(scene: Scene, screen: Screen) -> None:
    """List the roles that can be assigned, by name, and pick one."""
    path = f"{scene.group_id}/providers/Microsoft.Authorization/roleDefinitions"
    found = scene.arm.get(path, AUTHORIZATION)["value"]
    roles = sorted(
        (each["properties"]["roleName"], each["properties"]["description"], each["id"])
        for each in found
    )
    chosen = [role_id for name, _, role_id in roles if name == ROLE]
    expect(len(chosen) == 1, f"there is no role named {ROLE}")
    scene.role_id = chosen[0]
    about = [(name, text) for name, text, _ in roles if name.startswith("Storage Blob")]
    screen.say(f"{len(roles)} roles can be assigned; those for blobs:")
    screen.table(("roleName", "description"), [(name, _short(text)) for name, text in about])


def run_refused(scene: Scene, screen: Screen) -> None:
    """Run the program as the web app, which may do nothing yet."""
    screen.say(scene.program.read_text(encoding="utf-8").partition("\n")[0].strip('"'))
    made = visit(
        scene, "web app, without a role", host_environment(scene.cloud.cloud, scene.app_id)
    )
    screen.say(made.said)
    expect(made.code == _REFUSED, f"it was not refused: exit code {made.code}")
    _expect_credential(made, "ManagedIdentityCredential")
    for what in ("Action: ", "Scope: ", scene.app_principal, "entrada role assign"):
        expect(what in made.said, f"the refusal does not tell {what!r}")


def assign_role(scene: Scene, screen: Screen) -> None:
    """Assign the role to the web app's identity at the resource group."""
    assignment = scene.assign(scene.app_principal)
    screen.say(f"PUT {assignment}")
    screen.say(f"{scene.app_principal} is now {ROLE} at {GROUP}")


def run_in_app(scene: Scene, screen: Screen) -> None:
    """Run the program as the web app again."""
    identity = host_environment(scene.cloud.cloud, scene.app_id)
    made = _succeed(scene, screen, "web app", identity, "ManagedIdentityCredential")
    expect("created container" in made.said, "it did not create the container")


def run_on_laptop(scene: Scene, screen: Screen) -> None:
    """Run the program with a service principal in the environment."""
    principal = scene.cloud.service_principal("laptop")
    scene.assign(principal.object_id)
    identity = {**_authority(scene), **principal.environment()}
    _succeed(scene, screen, "laptop", identity, "EnvironmentCredential")


def run_in_pod(scene: Scene, screen: Screen) -> None:
    """Run the program with a service account's token in a file, as AKS mounts it."""
    workload = scene.cloud.workload("pod")
    scene.assign(workload.object_id)
    path = scene.folder / "azure-identity-token"
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(workload.token)
    identity = {**_authority(scene), **workload.environment(str(path))}
    _succeed(scene, screen, "pod", identity, "WorkloadIdentityCredential")


CHAPTERS: Sequence[Chapter] = (
    Chapter("A cloud on this machine, with a web app and a storage account", prepare),
    Chapter("Enable a system-assigned identity on the web app", enable_identity),
    Chapter("See which roles there are", list_roles),
    Chapter("Run the program as the web app, which has no role yet", run_refused),
    Chapter(f"Assign {ROLE} at the resource group", assign_role),
    Chapter("Run the program as the web app again", run_in_app),
    Chapter("Run the same file on a laptop, as a service principal", run_on_laptop),
    Chapter("Run the same file in a pod, with a federated token file", run_in_pod),
)


def _succeed(
    scene: Scene, screen: Screen, place: str, identity: dict[str, str], credential: str
) -> Visit:
    """Run the program where it shall succeed, signed in by the credential that is named."""
    screen.say("its identity: " + ", ".join(sorted(identity)))
    made = visit(scene, place, identity)
    screen.say(made.said)
    expect(made.code == 0, f"it ended with exit code {made.code}")
    _expect_credential(made, credential)
    for what in ("uploaded ", "listed: ", "downloaded "):
        expect(what in made.said, f"it did not say {what!r}")
    expect(made.token_requests == 1, f"it made {made.token_requests} token requests, not one")
    return made


def _expect_credential(made: Visit, name: str) -> None:
    expect(made.credential == name, f"{made.credential} won, not {name}")


def _authority(scene: Scene) -> dict[str, str]:
    return {"AZURE_AUTHORITY_HOST": scene.cloud.endpoints.login}


def _short(text: str) -> str:
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1].rstrip() + "…"

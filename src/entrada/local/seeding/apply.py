"""Applying a seed to a cloud: everything, or nothing at all where one entry cannot be.

What is there already stays and is brought in line; what the seed does not name is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from entrada.local import people
from entrada.local.arm import operations
from entrada.local.files import OPERATOR
from entrada.local.provision import GROUP, Hosted, Provision, ServicePrincipal, User
from entrada.local.seed import seed_operator
from entrada.local.seeding import kept, principals
from entrada.local.seeding.names import SUBSCRIPTION, find, is_outside, resource_of
from entrada.local.seeding.schema import PRINCIPALS, RESOURCES
from entrada.local.seeding.seed import Entry, Seed, SeedError

if TYPE_CHECKING:
    from entrada.local.state import Document

_USER_CLIENT = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
"""The Azure CLI's client id, by which users of the environment sign in: every tenant has it."""

_RESOURCE_TYPES: Mapping[str, str] = {
    "storage_accounts": "Microsoft.Storage/storageAccounts",
    "key_vaults": "Microsoft.KeyVault/vaults",
    "iot_hubs": "Microsoft.Devices/IotHubs",
}


@dataclass(slots=True)
class Seeded:
    """What a seed made, by the names in its file.

    ``groups`` are object ids; ``resources`` are the ARM ids of storage accounts, vaults and hubs.
    """

    users: dict[str, User] = field(default_factory=dict)
    applications: dict[str, ServicePrincipal] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    resource_groups: dict[str, str] = field(default_factory=dict)
    identities: dict[str, Document] = field(default_factory=dict, repr=False)
    hosts: dict[str, Hosted] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)

    def environments(self) -> dict[str, dict[str, str]]:
        """Return the variables that each application with a secret, and each user, signs in with.

        A user's name comes without what follows an ``@``.
        """
        apps = {name: app.environment() for name, app in self.applications.items()}
        found = {name: each for name, each in apps.items() if each["AZURE_CLIENT_SECRET"]}
        for name, user in self.users.items():
            found.setdefault(name.partition("@")[0], _environment(user))
        return found


def _environment(user: User) -> dict[str, str]:
    return {
        "AZURE_TENANT_ID": user.tenant_id,
        "AZURE_CLIENT_ID": _USER_CLIENT,
        "AZURE_USERNAME": user.username,
        "AZURE_PASSWORD": user.password,
    }


def apply_seed(cloud: Provision, wanted: Seed) -> Seeded:
    """Make what a seed wants, in one transaction; raise :class:`SeedError` and change nothing."""
    with cloud.cloud.state.transaction():
        kept.keep_seed(cloud.cloud.state, wanted)
        return _Application(cloud, wanted).everything()


_Apply: TypeAlias = "Callable[[_Application, Entry], Any]"


class _Application:
    """One pass over a seed, in the order in which its sections need each other."""

    def __init__(self, provision: Provision, wanted: Seed) -> None:
        self._provision = provision
        self._cloud = provision.cloud
        self._seed = wanted
        self._made = Seeded()
        self._principal_ids: dict[tuple[str, str], str] = {}
        self._scopes: dict[tuple[str, str], str] = {}

    def everything(self) -> Seeded:
        # It loads all data services, which a cloud without a seed loads when they are asked.
        from entrada.local.seeding import contents

        for section, apply in _ORDER:
            for entry in self._seed.of(section):
                try:
                    apply(self, entry)
                except contents.REFUSALS as error:
                    what = f"[[{section}]] {entry.name}".rstrip()
                    raise SeedError(self._seed.file, entry.line, f"{what}: {error}") from error
        return self._made

    def user(self, entry: Entry) -> None:
        user = principals.apply_user(self._cloud, entry)
        self._made.users[entry.name] = user
        self._principal_ids["users", entry.name] = user.object_id

    def application(self, entry: Entry) -> None:
        app = principals.apply_application(self._cloud, entry)
        self._made.applications[entry.name] = app
        self._principal_ids["applications", entry.name] = app.object_id

    def group(self, entry: Entry) -> None:
        object_id = principals.apply_group(self._cloud, entry)
        self._made.groups[entry.name] = object_id
        self._principal_ids["groups", entry.name] = object_id

    def members(self, entry: Entry) -> None:
        for name in entry.texts("members"):
            member = self._principal(name)
            people.add_member(self._cloud, self._made.groups[entry.name], member)

    def resource_group(self, entry: Entry) -> None:
        location = entry.text("location", "westeurope")
        made = operations.put_resource_group(self._cloud, entry.name, location)
        self._made.resource_groups[entry.name] = made["id"]
        self._scopes["resource_groups", entry.name] = made["id"]

    def identity(self, entry: Entry) -> None:
        made = self._provision.user_assigned_identity(entry.name, group=self._group(entry))
        self._made.identities[entry.name] = made
        principal_id = str(made["properties"]["principalId"])
        principals.add_federated_credentials(self._cloud, principal_id, entry)
        self._principal_ids["identities", entry.name] = principal_id
        self._scopes["identities", entry.name] = made["id"]

    def host(self, entry: Entry) -> None:
        make: Callable[..., Hosted] = getattr(self._provision, entry.text("kind"))
        host = make(
            entry.name,
            group=self._group(entry),
            system_assigned=entry.flag("system_assigned", default=True),
            user_assigned=[
                self._scopes["identities", found.name]
                for name in entry.texts("identities")
                for found in find(self._seed, ("identities",), name)
            ],
        )
        self._made.hosts[entry.name] = host
        self._principal_ids["hosts", entry.name] = host.principal_id
        self._scopes["hosts", entry.name] = host.resource_id

    def resource(self, entry: Entry) -> None:
        group, type_name = self._group(entry), _RESOURCE_TYPES[entry.section]
        resource_id = operations.resource_id(self._cloud, group, type_name, entry.name)
        found = self._cloud.state.get("resource", resource_id.lower())
        if found is None:
            self._provision.resource_group(group)
            found = operations.put_resource(self._cloud, resource_id, {})
        self._made.resources[entry.name] = resource_id
        self._scopes[entry.section, entry.name] = resource_id
        from entrada.local.seeding import contents

        contents.fill(self._cloud, entry, found)

    def role_assignment(self, entry: Entry) -> None:
        principal_id = self._principal(entry.text("assignee"))
        scope = self._scope(entry.text("scope"))
        self._provision.assign(principal_id, entry.text("role"), scope)

    def _group(self, entry: Entry) -> str:
        return entry.text("resource_group", GROUP)

    def _principal(self, name: str) -> str:
        if not is_outside(name):
            (found,) = find(self._seed, PRINCIPALS, name)
            principal_id = self._principal_ids[found.section, found.name]
            if not principal_id:
                raise ValueError(f'the host "{name}" has no identity of its own')
            return principal_id
        if name == OPERATOR:
            return seed_operator(self._provision).object_id
        return name.lower()

    def _scope(self, name: str) -> str:
        if name.startswith("/"):
            return name
        if name == SUBSCRIPTION:
            return f"/subscriptions/{self._provision.subscription_id}"
        resource, container = resource_of(self._seed, name)
        (found,) = find(self._seed, RESOURCES, resource)
        scope = self._scopes[found.section, found.name]
        below = f"/blobServices/default/containers/{container}" if container else ""
        return scope + below


_ORDER: tuple[tuple[str, _Apply], ...] = (
    ("users", _Application.user),
    ("applications", _Application.application),
    ("groups", _Application.group),
    ("resource_groups", _Application.resource_group),
    ("identities", _Application.identity),
    ("hosts", _Application.host),
    ("storage_accounts", _Application.resource),
    ("key_vaults", _Application.resource),
    ("iot_hubs", _Application.resource),
    ("groups", _Application.members),
    ("role_assignments", _Application.role_assignment),
)

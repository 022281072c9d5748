"""What the local cloud knows of single resource types, as a table.

A type that has no row is kept as it is sent. Knows no HTTP. Names, defaults and read-only
properties are those of the Azure resource providers' REST references.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from entrada.local import directory
from entrada.local.arm import site_config
from entrada.local.arm.associated import list_associated
from entrada.local.arm.errors import ArmError
from entrada.local.arm.ids import key
from entrada.local.resources.vault_names import vault_url

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.state import Document

ReadOnly: TypeAlias = "Callable[[Cloud, Document, Document], Document]"
"""Cloud, the resource, its read-only properties so far -> its read-only properties."""

Action: TypeAlias = "Callable[[Cloud, Document], Document]"
"""Cloud, the resource -> the answer; raises ArmError where the local cloud refuses."""

USER_ASSIGNED_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One row: what a resource of this type looks like beyond what was sent.

    ``status`` answers a creation; ``defaults`` are top-level members, ``properties`` defaults of
    the properties; ``taken`` is the error code and text where names are unique in the cloud;
    ``actions`` maps the names of POST actions in lower case to what they answer; ``default``
    returns the properties of a child of such a parent and name that nobody wrote, or ``None`` where
    it is not there until somebody does; ``provisioned`` says that the properties tell the state of
    provisioning; ``keeps_children`` that children of types without a row are kept as they are sent,
    which they are not where a service of the local cloud has them; ``deleted`` removes what a
    service keeps for a resource that is deleted.
    """

    name: str
    api_version: str
    status: int = 201
    defaults: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] = field(default_factory=dict)
    read_only: ReadOnly = lambda _cloud, _resource, _before: {}
    valid_name: re.Pattern[str] | None = None
    invalid_name: tuple[str, str] = ("InvalidResourceName", "The resource name '{}' is invalid.")
    taken: tuple[str, str] | None = None
    actions: Mapping[str, Action] = field(default_factory=dict)
    default: Callable[[Document, str], Document | None] = lambda _parent, _name: None
    provisioned: bool = True
    keeps_children: bool = True
    deleted: Callable[[Cloud, Document], None] = lambda _cloud, _resource: None


def _storage(cloud: Cloud, resource: Document, _before: Document) -> Document:
    return {
        "primaryEndpoints": {"blob": f"{cloud.endpoints.blob}/{resource['name']}/"},
        "primaryLocation": resource["location"],
        "statusOfPrimary": "available",
    }


def _vault(cloud: Cloud, resource: Document, _before: Document) -> Document:
    uri = f"{vault_url(cloud, resource['name'])}/"
    return {"vaultUri": uri, "tenantId": directory.default_tenant(cloud)}


def _forget_vault(cloud: Cloud, resource: Document) -> None:
    from entrada.local.resources.keyvault.secrets import forget_vault

    forget_vault(cloud, resource)


def _forget_account(cloud: Cloud, resource: Document) -> None:
    from entrada.local.resources.blob.entries import forget_account

    forget_account(cloud.state, resource["name"])


def _iot_hub(cloud: Cloud, _resource: Document, _before: Document) -> Document:
    return {"hostName": urlsplit(cloud.endpoints.iothub).netloc, "state": "Active"}


def _forget_hub(cloud: Cloud, resource: Document) -> None:
    from entrada.local.resources.iothub.provisioning import forget_hub

    forget_hub(cloud, resource)


def _site(cloud: Cloud, resource: Document, _before: Document) -> Document:
    host = f"{resource['name'].lower()}.azurewebsites.net"
    plan_id = str(resource["properties"].get("serverFarmId"))
    plan = cloud.state.get("resource", key(plan_id)) or {}
    return {
        "state": "Running",
        "defaultHostName": host,
        "hostNames": [host],
        "sku": (plan.get("sku") or {}).get("tier"),
    }


def _machine(_cloud: Cloud, _resource: Document, before: Document) -> Document:
    return {"vmId": before.get("vmId") or str(uuid.uuid4())}


def _plan(_cloud: Cloud, _resource: Document, _before: Document) -> Document:
    return {"status": "Ready"}


def _container_app(_cloud: Cloud, _resource: Document, _before: Document) -> Document:
    return {"runningStatus": "Running"}


def _identity(cloud: Cloud, resource: Document, before: Document) -> Document:
    if "principalId" in before:
        return {name: before[name] for name in ("principalId", "clientId", "tenantId")}
    principal = directory.create_managed_identity_principal(
        cloud, display_name=resource["name"], resource_id=resource["id"]
    )
    return {
        "principalId": principal["id"],
        "clientId": principal["appId"],
        "tenantId": principal["tenantId"],
    }


def _itself(_cloud: Cloud, resource: Document) -> Document:
    return resource


def _no_secrets(_cloud: Cloud, _app: Document) -> Document:
    return {"value": []}


def _no_keys(_cloud: Cloud, _account: Document) -> Document:
    raise ArmError(
        403,
        "KeyBasedAuthenticationNotPermitted",
        "The local cloud's storage accounts have no keys and take Microsoft Entra tokens only. "
        "With az add --auth-mode login; in code pass a credential to the client.",
    )


RESOURCE_TYPES: tuple[ResourceType, ...] = (
    ResourceType(
        "Microsoft.Storage/storageAccounts",
        "2024-01-01",
        status=200,
        defaults={"kind": "StorageV2", "sku": {"name": "Standard_LRS", "tier": "Standard"}},
        properties={"accessTier": "Hot", "allowSharedKeyAccess": False},
        read_only=_storage,
        valid_name=re.compile("[a-z0-9]{3,24}"),
        invalid_name=(
            "AccountNameInvalid",
            (
                "{} is not a valid storage account name. Storage account name must be between 3 "
                "and 24 characters in length and use numbers and lower-case letters only."
            ),
        ),
        taken=("StorageAccountAlreadyTaken", "The storage account named {} is already taken."),
        keeps_children=False,
        actions={"listkeys": _no_keys, "regeneratekey": _no_keys, "listaccountsas": _no_keys},
        deleted=_forget_account,
    ),
    ResourceType(
        "Microsoft.KeyVault/vaults",
        "2023-07-01",
        status=200,
        properties={"sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True},
        read_only=_vault,
        valid_name=re.compile("[A-Za-z](?:-?[A-Za-z0-9]){2,23}"),
        keeps_children=False,
        taken=("VaultAlreadyExists", "The vault name '{}' is already in use."),
        deleted=_forget_vault,
    ),
    ResourceType(
        "Microsoft.Devices/IotHubs",
        "2023-06-30",
        defaults={
            "sku": {"name": "S1", "tier": "Standard", "capacity": 1},
            # az reads the kind of identity of a hub that has none.
            "identity": {"type": "None"},
        },
        read_only=_iot_hub,
        valid_name=re.compile("[A-Za-z0-9](?:-?[A-Za-z0-9]){2,49}"),
        keeps_children=False,
        taken=("Conflict", "The IoT hub name '{}' is not available."),
        deleted=_forget_hub,
    ),
    ResourceType(
        "Microsoft.Web/sites",
        "2024-04-01",
        status=200,
        defaults={"kind": "app"},
        properties={"enabled": True, "serverFarmId": None},
        read_only=_site,
        taken=("Conflict", "Website with given name {} already exists."),
    ),
    ResourceType(
        "Microsoft.Web/sites/config",
        "2024-04-01",
        status=200,
        default=site_config.default,
        actions={"list": _itself},
        provisioned=False,
    ),
    ResourceType(
        "Microsoft.Web/serverfarms",
        "2024-04-01",
        status=200,
        defaults={"kind": "app", "sku": {"name": "F1", "tier": "Free", "capacity": 1}},
        read_only=_plan,
    ),
    ResourceType(
        "Microsoft.App/containerApps",
        "2025-01-01",
        properties={"configuration": {}, "template": {}},
        read_only=_container_app,
        actions={"listsecrets": _no_secrets},
    ),
    ResourceType("Microsoft.Compute/virtualMachines", "2024-11-01", read_only=_machine),
    ResourceType(
        USER_ASSIGNED_IDENTITY,
        "2023-01-31",
        read_only=_identity,
        actions={"listassociatedresources": list_associated},
    ),
)
_BY_NAME = {row.name.lower(): row for row in RESOURCE_TYPES}


def resource_type(name: str) -> ResourceType | None:
    """Return the row of a type, in any case, or ``None``."""
    return _BY_NAME.get(name.lower())

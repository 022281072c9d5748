"""What tests and demos ask a local cloud for: principals, apps that run somewhere, storage.

Everything here also goes by ARM and Entra's own requests; these are the short ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from entrada.local import directory
from entrada.local.arm import operations
from entrada.local.entra.issuers import cluster_issuer, service_account_token
from entrada.local.hosts import host_environment
from entrada.local.state import Document

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud

GROUP = "rg-local"


@dataclass(frozen=True, slots=True)
class ServicePrincipal:
    """An application's identity in the tenant, with a client secret."""

    tenant_id: str
    client_id: str
    object_id: str
    client_secret: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """Return the variables that EnvironmentCredential reads."""
        return {
            "AZURE_TENANT_ID": self.tenant_id,
            "AZURE_CLIENT_ID": self.client_id,
            "AZURE_CLIENT_SECRET": self.client_secret,
        }


@dataclass(frozen=True, slots=True)
class Workload:
    """A pod whose service account is federated with an application."""

    tenant_id: str
    client_id: str
    object_id: str
    token: str = field(repr=False)

    def environment(self, token_file: str) -> dict[str, str]:
        """Return the variables that AKS sets, the token being in ``token_file``."""
        return {
            "AZURE_TENANT_ID": self.tenant_id,
            "AZURE_CLIENT_ID": self.client_id,
            "AZURE_FEDERATED_TOKEN_FILE": token_file,
        }


@dataclass(frozen=True, slots=True)
class Hosted:
    """A resource that runs code: a web app, function app, container app or virtual machine."""

    resource_id: str
    identity: Document
    environment: dict[str, str] = field(repr=False)
    """The variables that its process finds, and other processes do not."""

    @property
    def principal_id(self) -> str:
        """The object id of its system-assigned identity; ``""`` where it has none."""
        return str(self.identity.get("principalId") or "")


class Provision:
    """Makes things in a cloud; each call is idempotent for the same name."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    @property
    def tenant_id(self) -> str:
        """The default tenant's id."""
        return directory.default_tenant(self.cloud)

    @property
    def subscription_id(self) -> str:
        """The default subscription's id."""
        return directory.default_subscription(self.cloud)

    def service_principal(self, name: str = "app") -> ServicePrincipal:
        """Register a new application with a secret, and its service principal."""
        application = directory.create_application(self.cloud, name)
        client_id = application["appId"]
        principal = directory.create_service_principal(self.cloud, client_id)
        secret = directory.add_password(self.cloud, client_id, display_name="local")
        return ServicePrincipal(self.tenant_id, client_id, principal["id"], secret)

    def workload(self, name: str = "pod", *, namespace: str = "default") -> Workload:
        """Register an application that trusts a Kubernetes service account, and a token of it."""
        application = directory.create_application(self.cloud, name)
        client_id = application["appId"]
        principal = directory.create_service_principal(self.cloud, client_id)
        directory.add_federated_credential(
            self.cloud,
            client_id,
            name=name,
            issuer=cluster_issuer(self.cloud),
            subject=f"system:serviceaccount:{namespace}:{name}",
            audiences=["api://AzureADTokenExchange"],
        )
        token = service_account_token(self.cloud, namespace, name)
        return Workload(self.tenant_id, client_id, principal["id"], token)

    def resource_group(self, name: str = GROUP) -> str:
        """Create a resource group and return its ARM id."""
        return str(operations.put_resource_group(self.cloud, name)["id"])

    def web_app(self, name: str, **options: Any) -> Hosted:
        """Create a web app with a system-assigned identity, unless told otherwise."""
        return self._hosted("Microsoft.Web/sites", name, {"kind": "app"}, **options)

    def function_app(self, name: str, **options: Any) -> Hosted:
        """Create a function app."""
        return self._hosted("Microsoft.Web/sites", name, {"kind": "functionapp"}, **options)

    def container_app(self, name: str, **options: Any) -> Hosted:
        """Create a container app."""
        return self._hosted("Microsoft.App/containerApps", name, {}, **options)

    def virtual_machine(self, name: str, **options: Any) -> Hosted:
        """Create a virtual machine."""
        return self._hosted("Microsoft.Compute/virtualMachines", name, {}, **options)

    def user_assigned_identity(self, name: str, *, group: str = GROUP) -> Document:
        """Create a user-assigned identity and return it as ARM does."""
        return self._resource(group, "Microsoft.ManagedIdentity/userAssignedIdentities", name, {})

    def storage_account(self, name: str, *, group: str = GROUP) -> str:
        """Create a storage account and return its blob endpoint, without a trailing slash."""
        account = self._resource(group, "Microsoft.Storage/storageAccounts", name, {})
        return str(account["properties"]["primaryEndpoints"]["blob"]).rstrip("/")

    def assign(self, principal_id: str, role: str, scope: str | None = None) -> Document:
        """Assign a role (name or GUID) at a scope, by default the resource group."""
        return operations.assign_role(
            self.cloud, principal_id=principal_id, role=role, scope=scope or self.resource_group()
        )

    def _hosted(
        self,
        type_name: str,
        name: str,
        body: Document,
        *,
        group: str = GROUP,
        system_assigned: bool = True,
        user_assigned: Sequence[str] = (),
    ) -> Hosted:
        kinds = ["SystemAssigned"] * system_assigned + ["UserAssigned"] * bool(user_assigned)
        identity: Document = {"type": ", ".join(kinds) or "None"}
        if user_assigned:
            identity["userAssignedIdentities"] = {each: {} for each in user_assigned}
        made = self._resource(group, type_name, name, {**body, "identity": identity})
        environment = host_environment(self.cloud, made["id"])
        return Hosted(made["id"], made.get("identity") or {}, environment)

    def _resource(self, group: str, type_name: str, name: str, body: Document) -> Document:
        self.resource_group(group)
        resource_id = operations.resource_id(self.cloud, group, type_name, name)
        return operations.put_resource(
            self.cloud, resource_id, {"location": "westeurope", "properties": {}, **body}
        )

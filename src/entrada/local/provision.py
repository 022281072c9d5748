"""What tests and demos ask a local cloud for: principals, apps that run somewhere, storage.

Everything here also goes by ARM and Entra's own requests; these are the short ways.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entrada.local import directory, directory_roles, people
from entrada.local.arm import operations
from entrada.local.entra import consent, device, registrations
from entrada.local.entra.authorize import complete
from entrada.local.entra.issuers import cluster_issuer, service_account_token
from entrada.local.hosts import host_environment, token_proxy_environment
from entrada.local.provisioned import Hosted, ServicePrincipal, User, Workload
from entrada.local.state import Document

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.resources.iothub.presence import Method
    from entrada.local.resources.iothub.provisioning import IotHub
    from entrada.local.resources.iothub.simulation import SimulatedDevice

__all__ = ["GROUP", "Hosted", "Provision", "ServicePrincipal", "User", "Workload"]

GROUP = "rg-local"


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

    def user(
        self, name: str = "ana", *, password: str | None = None, mfa_required: bool = False
    ) -> User:
        """Create a user; one that is there already gets the password, or a new random one."""
        secret = password or secrets.token_urlsafe(12)
        upn = name if "@" in name else f"{name}@{directory.TENANT_DOMAIN}"
        body = people.find_user(self.cloud, upn)
        if body is None:
            body = people.create_user(self.cloud, upn, password=secret)
        else:
            people.set_password(self.cloud, body["id"], secret)
        people.update_user(self.cloud, body["id"], mfaRequired=mfa_required)
        home = people.home_tenant(self.cloud, body)
        return User(home, body["id"], body["userPrincipalName"], secret)

    def public_client(
        self, name: str = "desktop", *redirect_uris: str, consented: bool = True
    ) -> str:
        """Register an app without a secret that people sign in to; return its client id.

        It answers at loopback addresses, and at ``redirect_uris``.
        """
        app_id = str(directory.create_application(self.cloud, name)["appId"])
        directory.create_service_principal(self.cloud, app_id)
        uris = ("http://localhost", "http://127.0.0.1", *redirect_uris)
        registrations.set_sign_in(
            self.cloud, app_id, redirect_uris={"publicClient": uris}, public=True
        )
        self._consent(app_id, consented=consented)
        return app_id

    def web_client(
        self, name: str, *redirect_uris: str, consented: bool = True, id_tokens: bool = True
    ) -> ServicePrincipal:
        """Register a web app with a secret that people sign in to."""
        made = self.service_principal(name)
        registrations.set_sign_in(
            self.cloud, made.client_id, redirect_uris={"web": redirect_uris}, id_tokens=id_tokens
        )
        self._consent(made.client_id, consented=consented)
        return made

    def api(
        self, name: str = "api", *scopes: str, consented: bool = True, token_version: int = 2
    ) -> ServicePrincipal:
        """Register an API with delegated permissions; its URI is ``api://{client id}``."""
        app_id = str(
            directory.create_application(
                self.cloud, name, requested_access_token_version=token_version
            )["appId"]
        )
        principal = directory.create_service_principal(self.cloud, app_id)
        secret = directory.add_password(self.cloud, app_id, display_name="local")
        registrations.set_sign_in(self.cloud, app_id, scopes=scopes or ("access_as_user",))
        self._consent(app_id, consented=consented)
        return ServicePrincipal(self.tenant_id, app_id, principal["id"], secret)

    def approve_device_code(self, user_code: str, user: str) -> None:
        """Let a device in as a user (principal name or object id), as its user would."""
        device.approve_device_code(self.cloud, user_code, user)

    def authorize(self, url: str, user: str) -> str:
        """Return where an authorization request leads a user who signs in and agrees to all.

        Only for answers by redirect: with ``response_mode`` form_post there is no such place.
        """
        return complete(self.cloud, url, user).headers["location"]

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
        """Create a resource group where it is missing and return its ARM id."""
        try:
            found = operations.get_resource_group(self.cloud, self.subscription_id, name)
        except operations.ArmError:
            found = operations.put_resource_group(self.cloud, name)
        return str(found["id"])

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

    def arc_machine(self, name: str, **options: Any) -> Hosted:
        """Create a machine outside Azure that Azure Arc has connected."""
        return self._hosted("Microsoft.HybridCompute/machines", name, {}, **options)

    def service_fabric_application(self, name: str, **options: Any) -> Hosted:
        """Create an application of Service Fabric; ``name`` is ``cluster/application``."""
        return self._child("Microsoft.ServiceFabric/managedClusters/applications", name, options)

    def machine_learning_compute(self, name: str, **options: Any) -> Hosted:
        """Create a compute of Azure Machine Learning; ``name`` is ``workspace/compute``."""
        return self._child("Microsoft.MachineLearningServices/workspaces/computes", name, options)

    def cloud_shell(self, name: str = "default", **options: Any) -> Hosted:
        """Open a Cloud Shell, whose own identity plays its user."""
        return self._hosted("Microsoft.Portal/consoles", name, {}, **options)

    def token_proxy_environment(self) -> dict[str, str]:
        """Return the variables that AKS identity binding adds to those of a :class:`Workload`."""
        return token_proxy_environment(self.cloud)

    def user_assigned_identity(self, name: str, *, group: str = GROUP) -> Document:
        """Create a user-assigned identity and return it as ARM does."""
        return self._resource(group, "Microsoft.ManagedIdentity/userAssignedIdentities", name, {})

    def storage_account(self, name: str, *, group: str = GROUP) -> str:
        """Create a storage account and return its blob endpoint, without a trailing slash."""
        account = self._resource(group, "Microsoft.Storage/storageAccounts", name, {})
        return str(account["properties"]["primaryEndpoints"]["blob"]).rstrip("/")

    def key_vault(self, name: str, *, group: str = GROUP) -> str:
        """Create a key vault and return its URL, without a slash at its end."""
        vault = self._resource(group, "Microsoft.KeyVault/vaults", name, {})
        return str(vault["properties"]["vaultUri"]).rstrip("/")

    def iot_hub(self, name: str, *, group: str = GROUP) -> IotHub:
        """Create an IoT hub, with a system-assigned identity, and return its host and ARM id."""
        from entrada.local.resources.iothub.provisioning import IotHub

        body: Document = {"identity": {"type": "SystemAssigned"}}
        return IotHub.of(self._resource(group, "Microsoft.Devices/IotHubs", name, body))

    def simulate_device(
        self,
        hub: IotHub | str,
        device_id: str,
        methods: Mapping[str, Method] | None = None,
        *,
        module_id: str | None = None,
    ) -> SimulatedDevice:
        """Play a registered device (or module) of a hub: connected until it is closed.

        A direct method has a fixed answer, ``(status, payload)``, or is a function of the payload.
        """
        from entrada.local.resources.iothub.provisioning import simulate_device

        name = hub if isinstance(hub, str) else hub.name
        return simulate_device(self.cloud, name, device_id, methods or {}, module_id)

    def assign(self, principal_id: str, role: str, scope: str | None = None) -> Document:
        """Assign a role (name or GUID) at a scope, by default the resource group."""
        return operations.assign_role(
            self.cloud, principal_id=principal_id, role=role, scope=scope or self.resource_group()
        )

    def assign_directory_role(self, principal_id: str, role: str) -> Document:
        """Assign a directory role, like ``Application Administrator``, which Graph asks for."""
        return directory_roles.assign(self.cloud, principal_id, role)

    def _consent(self, app_id: str, *, consented: bool) -> None:
        if consented:
            consent.grant_everything(self.cloud, app_id)

    def _child(self, type_name: str, name: str, options: dict[str, Any]) -> Hosted:
        parent_type, parent = type_name.rpartition("/")[0], name.partition("/")[0]
        self._resource(options.get("group", GROUP), parent_type, parent, {})
        return self._hosted(type_name, name, {}, **options)

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

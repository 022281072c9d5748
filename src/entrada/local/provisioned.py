"""What :class:`Provision` makes: principals, and resources that run code."""

from __future__ import annotations

from dataclasses import dataclass, field

from entrada.local.state import Document


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
class User:
    """A person in the tenant, with a password."""

    tenant_id: str
    object_id: str
    username: str
    password: str = field(repr=False)


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

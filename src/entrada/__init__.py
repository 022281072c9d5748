"""Microsoft Entra and Azure authentication: credentials that any Azure SDK client takes.

The names are azure-identity's, so a change of import is the migration. ``entrada.aio`` has the
same names for asyncio. Each name loads its own module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrada._credentials.azure_cli import AzureCliCredential
    from entrada._credentials.certificate import CertificateCredential
    from entrada._credentials.chained import ChainedTokenCredential
    from entrada._credentials.client_assertion import ClientAssertionCredential
    from entrada._credentials.client_secret import ClientSecretCredential
    from entrada._credentials.default import DefaultAzureCredential
    from entrada._credentials.environment import EnvironmentCredential
    from entrada._credentials.managed_identity import ManagedIdentityCredential
    from entrada._credentials.provider import get_bearer_token_provider
    from entrada._credentials.workload_identity import WorkloadIdentityCredential
    from entrada._wire.clouds import AzureAuthorityHosts, KnownAuthorities
    from entrada.errors import (
        Attempt,
        AuthenticationError,
        AuthenticationRejectedError,
        AuthenticationRequiredError,
        AuthorityUnreachableError,
        ConfigurationError,
        CredentialUnavailableError,
    )

__version__ = "0.1.0"

_HOMES = {
    "Attempt": "errors",
    "AuthenticationError": "errors",
    "AuthenticationRejectedError": "errors",
    "AuthenticationRequiredError": "errors",
    "AuthorityUnreachableError": "errors",
    "AzureAuthorityHosts": "_wire.clouds",
    "AzureCliCredential": "_credentials.azure_cli",
    "CertificateCredential": "_credentials.certificate",
    "ChainedTokenCredential": "_credentials.chained",
    "ClientAssertionCredential": "_credentials.client_assertion",
    "ClientSecretCredential": "_credentials.client_secret",
    "ConfigurationError": "errors",
    "CredentialUnavailableError": "errors",
    "DefaultAzureCredential": "_credentials.default",
    "EnvironmentCredential": "_credentials.environment",
    "KnownAuthorities": "_wire.clouds",
    "ManagedIdentityCredential": "_credentials.managed_identity",
    "WorkloadIdentityCredential": "_credentials.workload_identity",
    "get_bearer_token_provider": "_credentials.provider",
}

__all__ = [
    "Attempt",
    "AuthenticationError",
    "AuthenticationRejectedError",
    "AuthenticationRequiredError",
    "AuthorityUnreachableError",
    "AzureAuthorityHosts",
    "AzureCliCredential",
    "CertificateCredential",
    "ChainedTokenCredential",
    "ClientAssertionCredential",
    "ClientSecretCredential",
    "ConfigurationError",
    "CredentialUnavailableError",
    "DefaultAzureCredential",
    "EnvironmentCredential",
    "KnownAuthorities",
    "ManagedIdentityCredential",
    "WorkloadIdentityCredential",
    "get_bearer_token_provider",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'entrada' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"entrada.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""Microsoft Entra and Azure authentication: credentials that any Azure SDK client takes.

The names are azure-identity's, so a change of import is the migration. ``entrada.aio`` has the
same names for asyncio. Each name loads its own module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from entrada._chain.expected import Identity
    from entrada._credentials.authorization_code import AuthorizationCodeCredential
    from entrada._credentials.azure_cli import AzureCliCredential
    from entrada._credentials.azure_developer_cli import AzureDeveloperCliCredential
    from entrada._credentials.azure_pipelines import AzurePipelinesCredential
    from entrada._credentials.azure_powershell import AzurePowerShellCredential
    from entrada._credentials.certificate import CertificateCredential
    from entrada._credentials.chained import ChainedTokenCredential
    from entrada._credentials.client_assertion import ClientAssertionCredential
    from entrada._credentials.client_secret import ClientSecretCredential
    from entrada._credentials.default import DefaultAzureCredential
    from entrada._credentials.device_code import DeviceCodeCredential
    from entrada._credentials.environment import EnvironmentCredential
    from entrada._credentials.federated import FederatedCredential
    from entrada._credentials.github_actions import GitHubActionsCredential
    from entrada._credentials.interactive_browser import InteractiveBrowserCredential
    from entrada._credentials.managed_identity import ManagedIdentityCredential
    from entrada._credentials.on_behalf_of import OnBehalfOfCredential
    from entrada._credentials.persistence import TokenCachePersistenceOptions
    from entrada._credentials.provider import get_bearer_token_provider
    from entrada._credentials.shared_token_cache import SharedTokenCacheCredential
    from entrada._credentials.static_token import StaticTokenCredential
    from entrada._credentials.username_password import UsernamePasswordCredential
    from entrada._credentials.vscode import VisualStudioCodeCredential
    from entrada._credentials.workload_identity import WorkloadIdentityCredential
    from entrada._wire.account import AuthenticationRecord
    from entrada._wire.clouds import AzureAuthorityHosts, KnownAuthorities
    from entrada.auth_file import from_auth_file
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
    "AuthenticationRecord": "_wire.account",
    "AuthenticationRejectedError": "errors",
    "AuthenticationRequiredError": "errors",
    "AuthorityUnreachableError": "errors",
    "AuthorizationCodeCredential": "_credentials.authorization_code",
    "AzureAuthorityHosts": "_wire.clouds",
    "AzureCliCredential": "_credentials.azure_cli",
    "AzureDeveloperCliCredential": "_credentials.azure_developer_cli",
    "AzurePipelinesCredential": "_credentials.azure_pipelines",
    "AzurePowerShellCredential": "_credentials.azure_powershell",
    "CertificateCredential": "_credentials.certificate",
    "ChainedTokenCredential": "_credentials.chained",
    "ClientAssertionCredential": "_credentials.client_assertion",
    "ClientSecretCredential": "_credentials.client_secret",
    "ConfigurationError": "errors",
    "CredentialUnavailableError": "errors",
    "DefaultAzureCredential": "_credentials.default",
    "DeviceCodeCredential": "_credentials.device_code",
    "EnvironmentCredential": "_credentials.environment",
    "FederatedCredential": "_credentials.federated",
    "GitHubActionsCredential": "_credentials.github_actions",
    "Identity": "_chain.expected",
    "InteractiveBrowserCredential": "_credentials.interactive_browser",
    "KnownAuthorities": "_wire.clouds",
    "ManagedIdentityCredential": "_credentials.managed_identity",
    "OnBehalfOfCredential": "_credentials.on_behalf_of",
    "SharedTokenCacheCredential": "_credentials.shared_token_cache",
    "StaticTokenCredential": "_credentials.static_token",
    "TokenCachePersistenceOptions": "_credentials.persistence",
    "UsernamePasswordCredential": "_credentials.username_password",
    "VisualStudioCodeCredential": "_credentials.vscode",
    "WorkloadIdentityCredential": "_credentials.workload_identity",
    "from_auth_file": "auth_file",
    "get_bearer_token_provider": "_credentials.provider",
}

__all__ = [
    "Attempt",
    "AuthenticationError",
    "AuthenticationRecord",
    "AuthenticationRejectedError",
    "AuthenticationRequiredError",
    "AuthorityUnreachableError",
    "AuthorizationCodeCredential",
    "AzureAuthorityHosts",
    "AzureCliCredential",
    "AzureDeveloperCliCredential",
    "AzurePipelinesCredential",
    "AzurePowerShellCredential",
    "CertificateCredential",
    "ChainedTokenCredential",
    "ClientAssertionCredential",
    "ClientSecretCredential",
    "ConfigurationError",
    "CredentialUnavailableError",
    "DefaultAzureCredential",
    "DeviceCodeCredential",
    "EnvironmentCredential",
    "FederatedCredential",
    "GitHubActionsCredential",
    "Identity",
    "InteractiveBrowserCredential",
    "KnownAuthorities",
    "ManagedIdentityCredential",
    "OnBehalfOfCredential",
    "SharedTokenCacheCredential",
    "StaticTokenCredential",
    "TokenCachePersistenceOptions",
    "UsernamePasswordCredential",
    "VisualStudioCodeCredential",
    "WorkloadIdentityCredential",
    "from_auth_file",
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

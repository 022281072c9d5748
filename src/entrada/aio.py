"""The credentials of :mod:`entrada` for asyncio, under the same names."""

from entrada._credentials.authorization_code import (
    AsyncAuthorizationCodeCredential as AuthorizationCodeCredential,
)
from entrada._credentials.azure_cli import AsyncAzureCliCredential as AzureCliCredential
from entrada._credentials.azure_developer_cli import (
    AsyncAzureDeveloperCliCredential as AzureDeveloperCliCredential,
)
from entrada._credentials.azure_pipelines import (
    AsyncAzurePipelinesCredential as AzurePipelinesCredential,
)
from entrada._credentials.azure_powershell import (
    AsyncAzurePowerShellCredential as AzurePowerShellCredential,
)
from entrada._credentials.certificate import AsyncCertificateCredential as CertificateCredential
from entrada._credentials.chained import AsyncChainedTokenCredential as ChainedTokenCredential
from entrada._credentials.client_assertion import (
    AsyncClientAssertionCredential as ClientAssertionCredential,
)
from entrada._credentials.client_secret import AsyncClientSecretCredential as ClientSecretCredential
from entrada._credentials.default import AsyncDefaultAzureCredential as DefaultAzureCredential
from entrada._credentials.device_code import AsyncDeviceCodeCredential as DeviceCodeCredential
from entrada._credentials.environment import AsyncEnvironmentCredential as EnvironmentCredential
from entrada._credentials.federated import AsyncFederatedCredential as FederatedCredential
from entrada._credentials.github_actions import (
    AsyncGitHubActionsCredential as GitHubActionsCredential,
)
from entrada._credentials.interactive_browser import (
    AsyncInteractiveBrowserCredential as InteractiveBrowserCredential,
)
from entrada._credentials.managed_identity import (
    AsyncManagedIdentityCredential as ManagedIdentityCredential,
)
from entrada._credentials.on_behalf_of import AsyncOnBehalfOfCredential as OnBehalfOfCredential
from entrada._credentials.provider import (
    get_async_bearer_token_provider as get_bearer_token_provider,
)
from entrada._credentials.shared_token_cache import (
    AsyncSharedTokenCacheCredential as SharedTokenCacheCredential,
)
from entrada._credentials.static_token import AsyncStaticTokenCredential as StaticTokenCredential
from entrada._credentials.username_password import (
    AsyncUsernamePasswordCredential as UsernamePasswordCredential,
)
from entrada._credentials.vscode import (
    AsyncVisualStudioCodeCredential as VisualStudioCodeCredential,
)
from entrada._credentials.workload_identity import (
    AsyncWorkloadIdentityCredential as WorkloadIdentityCredential,
)
from entrada.auth_file import async_from_auth_file as from_auth_file

__all__ = [
    "AuthorizationCodeCredential",
    "AzureCliCredential",
    "AzureDeveloperCliCredential",
    "AzurePipelinesCredential",
    "AzurePowerShellCredential",
    "CertificateCredential",
    "ChainedTokenCredential",
    "ClientAssertionCredential",
    "ClientSecretCredential",
    "DefaultAzureCredential",
    "DeviceCodeCredential",
    "EnvironmentCredential",
    "FederatedCredential",
    "GitHubActionsCredential",
    "InteractiveBrowserCredential",
    "ManagedIdentityCredential",
    "OnBehalfOfCredential",
    "SharedTokenCacheCredential",
    "StaticTokenCredential",
    "UsernamePasswordCredential",
    "VisualStudioCodeCredential",
    "WorkloadIdentityCredential",
    "from_auth_file",
    "get_bearer_token_provider",
]

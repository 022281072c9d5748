"""The credentials of :mod:`entrada` for asyncio, under the same names."""

from entrada._credentials.azure_cli import AsyncAzureCliCredential as AzureCliCredential
from entrada._credentials.certificate import AsyncCertificateCredential as CertificateCredential
from entrada._credentials.chained import AsyncChainedTokenCredential as ChainedTokenCredential
from entrada._credentials.client_assertion import (
    AsyncClientAssertionCredential as ClientAssertionCredential,
)
from entrada._credentials.client_secret import AsyncClientSecretCredential as ClientSecretCredential
from entrada._credentials.default import AsyncDefaultAzureCredential as DefaultAzureCredential
from entrada._credentials.environment import AsyncEnvironmentCredential as EnvironmentCredential
from entrada._credentials.managed_identity import (
    AsyncManagedIdentityCredential as ManagedIdentityCredential,
)
from entrada._credentials.provider import (
    get_async_bearer_token_provider as get_bearer_token_provider,
)
from entrada._credentials.workload_identity import (
    AsyncWorkloadIdentityCredential as WorkloadIdentityCredential,
)

__all__ = [
    "AzureCliCredential",
    "CertificateCredential",
    "ChainedTokenCredential",
    "ClientAssertionCredential",
    "ClientSecretCredential",
    "DefaultAzureCredential",
    "EnvironmentCredential",
    "ManagedIdentityCredential",
    "WorkloadIdentityCredential",
    "get_bearer_token_provider",
]

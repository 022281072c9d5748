"""What a type checker has to accept: our credentials in the clients of Azure's own packages."""

from __future__ import annotations

from typing import assert_type

from azure.core.credentials import (
    AccessToken,
    AccessTokenInfo,
    SupportsTokenInfo,
    TokenCredential,
)
from azure.core.credentials_async import AsyncSupportsTokenInfo, AsyncTokenCredential
from azure.core.exceptions import ClientAuthenticationError
from azure.storage.blob import BlobServiceClient
from azure.storage.blob.aio import BlobServiceClient as AsyncBlobServiceClient

import entrada
from entrada import aio

_URL = "https://account.blob.core.windows.net"
_SCOPE = "https://storage.azure.com/.default"

CREDENTIALS: list[TokenCredential] = [
    entrada.AzureCliCredential(),
    entrada.CertificateCredential("t", "c", "/c.pem", password="p"),
    entrada.ChainedTokenCredential(entrada.AzureCliCredential()),
    entrada.ClientAssertionCredential("t", "c", lambda: "assertion"),
    entrada.ClientSecretCredential("t", "c", "s", additionally_allowed_tenants=["*"]),
    entrada.DefaultAzureCredential(exclude_cli_credential=True),
    entrada.EnvironmentCredential(),
    entrada.ManagedIdentityCredential(client_id="c"),
    entrada.WorkloadIdentityCredential(),
]
WITH_INFO: list[SupportsTokenInfo] = [entrada.DefaultAzureCredential()]
ASYNC_CREDENTIALS: list[AsyncTokenCredential] = [
    aio.AzureCliCredential(),
    aio.CertificateCredential("t", "c", certificate_data=b"pem"),
    aio.ChainedTokenCredential(aio.AzureCliCredential(), entrada.AzureCliCredential()),
    aio.ClientAssertionCredential("t", "c", lambda: "assertion"),
    aio.ClientSecretCredential("t", "c", "s"),
    aio.DefaultAzureCredential(),
    aio.EnvironmentCredential(),
    aio.ManagedIdentityCredential(identity_config={"object_id": "o"}),
    aio.WorkloadIdentityCredential(token_file_path="/token"),
]
ASYNC_WITH_INFO: list[AsyncSupportsTokenInfo] = [aio.DefaultAzureCredential()]


def sync_client() -> BlobServiceClient:
    """Give a credential to a client, and catch our error by azure-core's name."""
    with entrada.DefaultAzureCredential() as credential:
        assert_type(credential, entrada.DefaultAzureCredential)
        assert_type(credential.get_token(_SCOPE, claims=None, enable_cae=True), AccessToken)
        assert_type(credential.get_token_info(_SCOPE, options={"tenant_id": "t"}), AccessTokenInfo)
        try:
            return BlobServiceClient(_URL, credential=credential)
        except entrada.AuthenticationError as error:
            assert_type(error.hint, str | None)
            assert_type(error.attempts, tuple[entrada.Attempt, ...])
            raise
        except ClientAuthenticationError:
            raise


async def async_client() -> AsyncBlobServiceClient:
    """Give an async credential to an async client."""
    async with aio.DefaultAzureCredential() as credential:
        assert_type(await credential.get_token(_SCOPE), AccessToken)
        assert_type(await credential.get_token_info(_SCOPE), AccessTokenInfo)
        return AsyncBlobServiceClient(_URL, credential=credential)


def provider() -> str:
    """Get a token's text from a provider."""
    return entrada.get_bearer_token_provider(entrada.AzureCliCredential(), _SCOPE)()


async def async_provider() -> str:
    """Await a token's text from an async provider."""
    return await aio.get_bearer_token_provider(aio.AzureCliCredential(), _SCOPE)()


def misuse() -> None:
    """A type checker finds a misspelt or missing argument."""
    entrada.ClientSecretCredential("t", "c")  # type: ignore[call-arg]
    entrada.ClientSecretCredential("t", "c", "s", authorty="x")  # type: ignore[call-arg]
    entrada.AzureCliCredential(process_timeout="10")  # type: ignore[arg-type]

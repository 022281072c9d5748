"""A service principal that trusts a service connection of Azure Pipelines."""

from __future__ import annotations

from typing import Unpack

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.federated import Federated
from entrada._credentials.options import AuthorityOptions
from entrada._sources.azure_pipelines import AzurePipelines as Source


class AzurePipelines(Federated):
    """The recipe of AzurePipelinesCredential."""

    name = "AzurePipelinesCredential"

    def __init__(
        self,
        *,
        tenant_id: str,
        client_id: str,
        service_connection_id: str,
        system_access_token: str,
        **options: Unpack[AuthorityOptions],
    ) -> None:
        source = Source(service_connection_id, system_access_token)
        super().__init__(tenant_id, client_id, source, **options)


class AzurePipelinesCredential(SyncFace, AzurePipelines):
    """Signs an Azure Pipelines job in by a service connection with workload identity federation.

    ``service_connection_id`` is ``resourceId`` in the address of the connection's page,
    ``system_access_token`` the job's ``$(System.AccessToken)``. Raises ConfigurationError for
    arguments that cannot be right, CredentialUnavailableError outside of a job.
    """


class AsyncAzurePipelinesCredential(AsyncFace, AzurePipelines):
    """Signs an Azure Pipelines job in by a service connection, for asyncio."""

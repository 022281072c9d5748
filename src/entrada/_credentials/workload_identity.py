"""A workload of Kubernetes (or anything else) with a federated token in a file."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any, Unpack

from entrada._credentials.application import Application
from entrada._credentials.evidence import workload_settings
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions
from entrada._engine.effects import Flow
from entrada._engine.world import World
from entrada._hosts.token_proxy import token_proxy
from entrada._wire.proof import AssertionProof, read_file
from entrada._wire.tenants import check_path, check_tenant
from entrada.errors import CredentialUnavailableError
from entrada.types import Ask, Token


class WorkloadIdentity(Application):
    """The recipe of WorkloadIdentityCredential."""

    name = "WorkloadIdentityCredential"

    def __init__(
        self,
        *,
        tenant_id: str | None = None,
        client_id: str | None = None,
        token_file_path: str | PathLike[str] | None = None,
        enable_azure_proxy: bool = False,
        **options: Unpack[AuthorityOptions],
    ) -> None:
        world = options.get("world") or World.real()
        given: dict[str, Any] = {
            "tenant_id": tenant_id,
            "client_id": client_id,
            "token_file_path": token_file_path,
        }
        found = workload_settings(given, world)
        meaning = "the path of a file with a federated token"
        self._path = check_path(found["token_file_path"], "token_file_path", meaning)
        proof = AssertionProof(lambda: read_token_file(world, self._path), self._path)
        tenant = check_tenant(found["tenant_id"], "tenant_id" if tenant_id else "AZURE_TENANT_ID")
        super().__init__(tenant, found["client_id"], proof, options)
        self._proxy = token_proxy(world) if enable_azure_proxy else None

    def flow(self, ask: Ask) -> Flow[Token]:
        """Exchange the federated token, through the cluster's proxy where that is wanted."""
        exchange = super().flow(ask)
        if self._proxy is not None:
            exchange = self._proxy.through(exchange, self.world)
        return (yield from exchange)

    def describe(self) -> dict[str, object]:
        """Return tenant, client id, authority and the token file's path."""
        return {**super().describe(), "token_file_path": self._path}

    def reference(self) -> Mapping[str, Any]:
        """Return the keywords, by which it pickles: the token stays in its file."""
        proxied = self._proxy is not None
        return {**self._options, **self.describe(), "enable_azure_proxy": proxied}


def read_token_file(world: World, path: str) -> str:
    """Return a federated token; raise CredentialUnavailableError for an empty file.

    It is read for each exchange: the kubelet replaces it long before it expires.
    """
    token = read_file(world, path, "federated token").decode("utf-8", "replace").strip()
    if not token:
        raise CredentialUnavailableError(
            f"The federated token file {path} is empty.",
            code="federated_token_empty",
            hint="The kubelet has not written it yet, or the volume is not projected.",
        )
    return token


class WorkloadIdentityCredential(SyncFace, WorkloadIdentity):
    """Signs a workload in with the federated token that its platform keeps in a file.

    ``tenant_id``, ``client_id`` and ``token_file_path`` default to ``AZURE_TENANT_ID``,
    ``AZURE_CLIENT_ID`` and ``AZURE_FEDERATED_TOKEN_FILE``, which AKS sets. With
    ``enable_azure_proxy`` the exchange goes through the cluster's proxy that AKS identity binding
    describes in ``AZURE_KUBERNETES_TOKEN_PROXY`` and its companions, if it does. Raises
    ConfigurationError where something is missing.
    """


class AsyncWorkloadIdentityCredential(AsyncFace, WorkloadIdentity):
    """Signs a workload in with a federated token file, for asyncio."""

"""A service principal that trusts a GitHub Actions job."""

from __future__ import annotations

from typing import Unpack

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.federated import Federated
from entrada._credentials.options import AuthorityOptions
from entrada._engine.world import World
from entrada._sources.github import GitHub
from entrada._wire.tenants import check_tenant
from entrada.errors import ConfigurationError

_TENANT, _CLIENT = "AZURE_TENANT_ID", "AZURE_CLIENT_ID"


class GitHubActions(Federated):
    """The recipe of GitHubActionsCredential."""

    name = "GitHubActionsCredential"

    def __init__(
        self,
        *,
        tenant_id: str | None = None,
        client_id: str | None = None,
        audience: str | None = None,
        **options: Unpack[AuthorityOptions],
    ) -> None:
        env = (options.get("world") or World.real()).env
        tenant = tenant_id or env.get(_TENANT)
        client = client_id or env.get(_CLIENT)
        rows = (("tenant_id", _TENANT, tenant), ("client_id", _CLIENT, client))
        missing = [f"{argument} ({variable})" for argument, variable, value in rows if not value]
        if missing or not client:
            raise ConfigurationError(
                f"{self.name} lacks {', '.join(missing)}.",
                code="github_actions_incomplete",
                hint="They are no secrets: set them in the workflow's env:, from the repository's "
                "variables.",
            )
        checked = check_tenant(tenant, "tenant_id" if tenant_id else _TENANT)
        super().__init__(checked, client, GitHub(audience), **options)


class GitHubActionsCredential(SyncFace, GitHubActions):
    """Signs a GitHub Actions job in by federation, for as long as the job runs.

    ``tenant_id`` and ``client_id`` default to ``AZURE_TENANT_ID`` and ``AZURE_CLIENT_ID``;
    ``audience`` is what the federated credential expects (default: ``api://AzureADTokenExchange``,
    in a sovereign cloud its own). The job needs ``permissions: id-token: write``.
    """


class AsyncGitHubActionsCredential(AsyncFace, GitHubActions):
    """Signs a GitHub Actions job in by federation, for asyncio."""

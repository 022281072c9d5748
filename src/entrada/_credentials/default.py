"""The credential for code that runs unchanged on a laptop, in CI and in Azure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from entrada._chain.plan import wanted_rows
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions, check_options
from entrada._credentials.recipe import Recipe

if TYPE_CHECKING:
    from entrada._cache.ages import Entry
    from entrada._chain.chain import Chain
    from entrada._engine.effects import Flow, Transport
    from entrada.errors import Attempt
    from entrada.types import Ask


class DefaultOptions(AuthorityOptions, total=False):
    """Keywords of DefaultAzureCredential. A client id defaults to ``AZURE_CLIENT_ID``.

    The last six name links that azure-identity has and this chain lacks: only ``True`` fits.
    """

    managed_identity_client_id: str | None
    workload_identity_client_id: str | None
    workload_identity_tenant_id: str | None
    process_timeout: float
    require_envvar: bool
    exclude_environment_credential: bool | None
    exclude_workload_identity_credential: bool | None
    exclude_managed_identity_credential: bool | None
    exclude_cli_credential: bool | None
    exclude_shared_token_cache_credential: bool | None
    exclude_visual_studio_code_credential: bool | None
    exclude_developer_cli_credential: bool | None
    exclude_powershell_credential: bool | None
    exclude_interactive_browser_credential: bool | None
    exclude_broker_credential: bool | None


class DefaultAzure(Recipe):
    """The recipe of DefaultAzureCredential: which links, and the chain over them."""

    name = "DefaultAzureCredential"

    def __init__(self, **options: Unpack[DefaultOptions]) -> None:
        check_options(self.name, options, DefaultOptions)
        super().__init__(options)
        flags: dict[str, Any] = {
            name.removeprefix("exclude_").removesuffix("_credential"): value
            for name, value in options.items()
            if name.startswith("exclude_")
        }
        self._rows = wanted_rows(
            self.world.env, flags, required=bool(options.get("require_envvar"))
        )

    @property
    def last_attempts(self) -> tuple[Attempt, ...]:
        """What became of each link when the chain was last walked."""
        return self._chain().last_attempts if "chain" in self._parts else ()

    def describe(self) -> dict[str, object]:
        """Return the links' names."""
        return {"links": [row.name for row in self._rows]}

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return the fresh token of the link that won, or ``None``."""
        chain: Chain | None = self._parts.get("chain")
        return chain.ready(scopes, tenant, cae) if chain is not None else None

    def acquire(self, ask: Ask) -> Flow[Entry]:
        """Return the token of the first link that has one, later of that link alone."""
        return (yield from self._chain().acquire(ask))

    def transports(self) -> list[Transport]:
        """Return the links' transports."""
        links = self._chain().links if "chain" in self._parts else ()
        return [transport for link in links for transport in link.recipe.transports()]

    def _chain(self) -> Chain:
        return self.part("chain", self._build)

    def _build(self) -> Chain:
        from entrada._chain.chain import Chain
        from entrada._chain.links import Settings, build_links

        options, env = self._options, self.world.env
        client_id = options.get("managed_identity_client_id", env.get("AZURE_CLIENT_ID"))
        settings = Settings(
            world=self.world,
            options={**options, "world": self.world},
            managed_identity_client_id=client_id,
            workload_identity_client_id=options.get("workload_identity_client_id", client_id),
            workload_identity_tenant_id=options.get("workload_identity_tenant_id"),
            process_timeout=options.get("process_timeout", 10),
        )
        links = build_links(self._rows, settings, asynchronous=self.asynchronous)
        return Chain(self.name, links, self.world, sticky=True)


class DefaultAzureCredential(SyncFace, DefaultAzure):
    """Signs in with whatever the place it runs in has to offer, in this order.

    1. ``EnvironmentCredential``: a service principal in environment variables
    2. ``WorkloadIdentityCredential``: a federated token file, as on AKS
    3. ``ManagedIdentityCredential``: the identity of the Azure resource
    4. ``AzureCliCredential``: whoever ran ``az login``

    The first that has something to sign in with decides; later calls ask only that one.
    ``AZURE_TOKEN_CREDENTIALS`` (``prod``, ``dev`` or one name) and ``exclude_*_credential``
    choose among them. A failed call's error has the attempts of all links.
    """


class AsyncDefaultAzureCredential(AsyncFace, DefaultAzure):
    """Signs in with whatever the place it runs in has to offer, for asyncio."""

"""The credential for code that runs unchanged on a laptop, in CI and in Azure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Unpack

from entrada._chain.plan import Choice, wanted_rows
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions, check_options
from entrada._credentials.recipe import Recipe
from entrada.errors import ConfigurationError

if TYPE_CHECKING:
    from entrada._cache.ages import Entry
    from entrada._chain.chain import Chain
    from entrada._chain.expected import Identity
    from entrada._chain.explain import Plan
    from entrada._chain.links import Settings
    from entrada._engine.effects import Flow, Transport
    from entrada._engine.world import World
    from entrada.errors import Attempt
    from entrada.types import Ask


class DefaultOptions(AuthorityOptions, total=False):
    """Keywords of DefaultAzureCredential.

    Client ids and tenants default to ``AZURE_CLIENT_ID`` and ``AZURE_TENANT_ID``.
    ``process_timeout`` and ``deadline`` are in seconds: for one program, and for a token in all.
    """

    profile: Literal["prod", "dev"] | None
    expect: Identity | None
    deadline: float | None
    managed_identity_client_id: str | None
    workload_identity_client_id: str | None
    workload_identity_tenant_id: str | None
    shared_cache_username: str | None
    shared_cache_tenant_id: str | None
    visual_studio_code_tenant_id: str | None
    interactive_browser_client_id: str | None
    interactive_browser_tenant_id: str | None
    broker_client_id: str | None
    broker_tenant_id: str | None
    process_timeout: float
    require_envvar: bool
    exclude_environment_credential: bool | None
    exclude_workload_identity_credential: bool | None
    exclude_managed_identity_credential: bool | None
    exclude_shared_token_cache_credential: bool | None
    exclude_visual_studio_code_credential: bool | None
    exclude_cli_credential: bool | None
    exclude_powershell_credential: bool | None
    exclude_developer_cli_credential: bool | None
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
        _check_links(options, self.world)
        required = bool(options.get("require_envvar"))
        self._choice = Choice(flags, options.get("profile"), required, self.asynchronous)
        self._rows = wanted_rows(self.world.env, self._choice)
        self._expected = _expected(options.get("expect"))
        self._deadline = _deadline(options.get("deadline"))

    @property
    def last_attempts(self) -> tuple[Attempt, ...]:
        """What became of each link when the chain was last walked."""
        return self._chain().last_attempts if "chain" in self._parts else ()

    def explain(self) -> Plan:
        """Return which links are asked in which order, and what of each is found here.

        It looks at variables and files and sends nothing; ``str()`` of it is for people.
        """
        from entrada._chain.explain import explain
        from entrada._chain.plan import judge

        return explain(self.name, judge(self.world.env, self._choice), self._settings())

    def describe(self) -> dict[str, object]:
        """Return the links' names."""
        return {"links": [row.name for row in self._rows]}

    def reference(self) -> Mapping[str, Any]:
        """Return the keywords: what signs in is what is found wherever it is made anew."""
        return self._options

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return the fresh token of the link that won, or ``None``."""
        chain: Chain | None = self._parts.get("chain")
        return chain.ready(scopes, tenant, cae) if chain is not None else None

    def acquire(self, ask: Ask) -> Flow[Entry]:
        """Return the token of the first link that has one, later of that link alone."""
        return (yield from self._chain().acquire(ask))

    def transports(self) -> list[Transport]:
        """Return the links' transports."""
        return [transport for recipe in self.nested() for transport in recipe.transports()]

    def members(self) -> list[Any]:
        """Return what the links hold of others."""
        return [member for recipe in self.nested() for member in recipe.members()]

    def nested(self) -> list[Recipe]:
        """Return the links."""
        links = self._chain().links if "chain" in self._parts else ()
        return [link.recipe for link in links]

    def _chain(self) -> Chain:
        return self.part("chain", self._build)

    def _build(self) -> Chain:
        from entrada._chain.chain import Chain
        from entrada._chain.links import build_links

        links = build_links(
            self._rows, self._settings(), self._expected, asynchronous=self.asynchronous
        )
        return Chain(self.name, links, self.world, sticky=True, deadline=self._deadline)

    def _settings(self) -> Settings:
        from entrada._chain.links import Settings

        return Settings(self.world, {**self._options, "world": self.world})


def _check_links(options: DefaultOptions, world: World) -> None:
    """Raise ConfigurationError for what a link would refuse, whether or not it is ever asked."""
    authority = options.get("authority")
    if authority:
        from entrada._wire.authority import authority_of

        authority_of(authority, world)
    allowed = options.get("additionally_allowed_tenants")
    tenant = options.get("visual_studio_code_tenant_id")
    if allowed or tenant:
        from entrada._wire.tenants import Tenants, check_tenant

        Tenants.of("", allowed)
        if tenant:
            check_tenant(tenant, "visual_studio_code_tenant_id")


def _expected(expect: object) -> Identity | None:
    if expect is None:
        return None
    from entrada._chain.expected import check_identity

    return check_identity(expect)


def _deadline(seconds: float | None) -> float | None:
    if seconds is None or seconds > 0:
        return seconds
    raise ConfigurationError(
        f"deadline has to be a number of seconds above 0, not {seconds!r}.",
        code="bad_deadline",
        hint="Leave it out to give each link the time that it needs.",
    )


class DefaultAzureCredential(SyncFace, DefaultAzure):
    """Signs in with whatever the place it runs in has to offer, in this order.

    1. ``EnvironmentCredential``: a service principal in environment variables
    2. ``WorkloadIdentityCredential``: a federated token file, as on AKS
    3. ``ManagedIdentityCredential``: the identity of the Azure resource
    4. ``SharedTokenCacheCredential``: whoever signed in to a tool that shares its token cache
    5. ``VisualStudioCodeCredential``: whoever signed in to Azure there
    6. ``AzureCliCredential``, ``AzurePowerShellCredential``, ``AzureDeveloperCliCredential``:
       whoever ran ``az login``, ``Connect-AzAccount`` or ``azd auth login``
    7. ``InteractiveBrowserCredential``: only with ``exclude_interactive_browser_credential=False``
    8. ``BrokerCredential``: whoever is signed in to Windows

    The first that has something to sign in with decides; later calls ask only that one.
    ``AZURE_TOKEN_CREDENTIALS`` (``prod``, ``dev`` or one name) and ``exclude_*_credential``
    choose among them; ``profile="prod"`` (the first three) or ``"dev"`` holds whatever they say.
    ``expect=Identity(...)`` refuses tokens of anybody else, ``deadline`` is how many seconds a
    token may take in all. A failed call's error has the attempts of all links.
    """


class AsyncDefaultAzureCredential(AsyncFace, DefaultAzure):
    """Signs in with whatever the place it runs in has to offer, for asyncio.

    It has neither the browser's link nor the broker's.
    """

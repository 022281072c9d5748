"""How each row of the default chain becomes a link.

What a link needs loads when the chain gets to it and finds evidence of it: production starts
without what a developer's machine needs, a developer's machine without what production does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from entrada._chain.chain import Link, lenient
from entrada._chain.plan import VARIABLE, Row
from entrada._credentials.chosen import Chosen
from entrada._credentials.environment import Environment
from entrada._credentials.evidence import (
    check_broker,
    check_shared_cache,
    check_vscode,
    shared_cache,
    workload_settings,
)
from entrada._credentials.managed_identity import ManagedIdentity
from entrada._credentials.options import AuthorityOptions, CommonOptions
from entrada._credentials.recipe import Recipe
from entrada._engine.world import World
from entrada._tools.program import AZ, AZD, PWSH, Program
from entrada.errors import ConfigurationError, CredentialUnavailableError
from entrada.types import Ask

if TYPE_CHECKING:
    from entrada._chain.expected import Identity

_MISSING = object()


class Settings(NamedTuple):
    """What DefaultAzureCredential was told about its links."""

    world: World
    options: Mapping[str, Any]
    federation: bool = True
    """Whether a federated token may be used: not where its own link is left out."""

    def value(self, keyword: str, variable: str = "") -> Any:
        """Return a keyword's value; where it was not given the environment variable's."""
        found = self.options.get(keyword, _MISSING)
        return (self.world.env.get(variable) or None) if found is _MISSING else found

    @property
    def managed_identity_client_id(self) -> str | None:
        """The client id of a user-assigned managed identity."""
        return self.value("managed_identity_client_id", "AZURE_CLIENT_ID") or None

    @property
    def surroundings(self) -> Any:
        """The options of a link that takes no others: world and store."""
        names = ("world", "store", "cache_persistence_options")
        return {name: self.options[name] for name in names if name in self.options}

    def of(self, kind: type) -> Any:
        """Return the options that a kind of credential takes."""
        return {name: self.options[name] for name in self.options if name in kind.__annotations__}


class _Deferred(Chosen):
    """Stands for a recipe that ``make`` loads when the chain gets to it.

    ``make`` raises CredentialUnavailableError where there is nothing for it to sign in with.
    """

    def __init__(self, name: str, world: World, make: Callable[[Ask], Recipe]) -> None:
        super().__init__({"world": world})
        self.name = name
        self._make = make

    def choose(self, ask: Ask) -> Recipe:
        """Return the recipe."""
        return self._make(ask)


def _environment(settings: Settings) -> Link:
    return Link("", Environment(**settings.of(AuthorityOptions)))


def _workload_identity(settings: Settings) -> Link:
    client_id = settings.options.get(
        "workload_identity_client_id", settings.managed_identity_client_id
    )
    given = {
        "client_id": client_id,
        "tenant_id": settings.value("workload_identity_tenant_id"),
    }

    def make(_ask: Ask) -> Recipe:
        try:
            workload_settings(given, settings.world)
            from entrada._credentials.workload_identity import WorkloadIdentity

            return WorkloadIdentity(**given, **settings.of(AuthorityOptions))
        except ConfigurationError as why:
            raise CredentialUnavailableError(why.message, code=why.code, hint=why.hint) from None

    return Link("", _Deferred("WorkloadIdentityCredential", settings.world, make))


def _managed_identity(settings: Settings) -> Link:
    recipe = ManagedIdentity(
        client_id=settings.managed_identity_client_id, **settings.of(CommonOptions)
    )
    recipe.federation = settings.federation
    only = settings.world.env.get(VARIABLE, "").strip().lower() == recipe.name.lower()
    # Named as the only one it shall be waited for with patience, as on a machine that starts.
    return Link("", recipe if only else recipe.linked())


def _shared_token_cache(settings: Settings) -> Link:
    def make(ask: Ask) -> Recipe:
        check_shared_cache(shared_cache(settings.world, ask.cae), settings.world)
        from entrada._credentials.shared_token_cache import SharedTokenCache

        return SharedTokenCache(
            settings.value("shared_cache_username", "AZURE_USERNAME"),
            tenant_id=settings.value("shared_cache_tenant_id", "AZURE_TENANT_ID"),
            **settings.of(AuthorityOptions),
        )

    return Link("", _Deferred("SharedTokenCacheCredential", settings.world, make), lenient)


def _visual_studio_code(settings: Settings) -> Link:
    def make(_ask: Ask) -> Recipe:
        check_vscode(settings.world)
        from entrada._credentials.vscode import VisualStudioCode

        tenant = settings.value("visual_studio_code_tenant_id")
        return VisualStudioCode(tenant_id=tenant, world=settings.world)

    return Link("", _Deferred("VisualStudioCodeCredential", settings.world, make), lenient)


def _tool(program: Program, module: str, kind: str) -> Callable[[Settings], Link]:
    def build(settings: Settings) -> Link:
        def make(_ask: Ask) -> Recipe:
            program.found(settings.world)
            recipe = getattr(import_module(f"entrada._credentials.{module}"), kind)
            timeout = settings.options.get("process_timeout", 10)
            made: Recipe = recipe(process_timeout=timeout, **settings.surroundings)
            return made

        return Link("", _Deferred(program.credential, settings.world, make), lenient)

    return build


def _interactive_browser(settings: Settings) -> Link:
    from entrada._credentials.interactive_browser import InteractiveBrowser
    from entrada._credentials.user import DEVELOPER_CLIENT_ID

    recipe = InteractiveBrowser(
        tenant_id=settings.value("interactive_browser_tenant_id", "AZURE_TENANT_ID"),
        client_id=settings.value("interactive_browser_client_id") or DEVELOPER_CLIENT_ID,
        **settings.of(AuthorityOptions),
    )
    return Link("", recipe)


def _broker(settings: Settings) -> Link:
    def make(_ask: Ask) -> Recipe:
        check_broker(settings.world)
        from entrada._credentials.broker import Broker

        tenant = settings.value("broker_tenant_id", "AZURE_TENANT_ID")
        return Broker(tenant, settings.value("broker_client_id"), {"world": settings.world})

    return Link("", _Deferred("BrokerCredential", settings.world, make), lenient)


_BUILDERS: Mapping[str, Callable[[Settings], Link]] = {
    "environment": _environment,
    "workload_identity": _workload_identity,
    "managed_identity": _managed_identity,
    "shared_token_cache": _shared_token_cache,
    "visual_studio_code": _visual_studio_code,
    "cli": _tool(AZ, "azure_cli", "AzureCli"),
    "powershell": _tool(PWSH, "azure_powershell", "AzurePowerShell"),
    "developer_cli": _tool(AZD, "azure_developer_cli", "AzureDeveloperCli"),
    "interactive_browser": _interactive_browser,
    "broker": _broker,
}


def build_links(
    rows: Sequence[Row], settings: Settings, expected: Identity | None, *, asynchronous: bool
) -> list[Link]:
    """Build the links of the chosen rows, in order; their tokens are of ``expected`` alone."""
    chosen = {row.key for row in rows}
    settings = settings._replace(federation="workload_identity" in chosen)
    links = []
    for row in rows:
        link = _BUILDERS[row.key](settings)
        link.recipe.asynchronous = asynchronous
        if expected is not None:
            from entrada._chain.expected import only

            link.recipe.guard = only(expected, row.name)
        links.append(link._replace(name=row.name))
    return links

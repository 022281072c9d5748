"""How each row of the default chain becomes a link.

What a developer's machine alone needs loads with its link: production starts without it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

from entrada._chain.chain import Link, lenient
from entrada._chain.expected import Identity, only
from entrada._chain.plan import VARIABLE, Row
from entrada._credentials.environment import Environment
from entrada._credentials.managed_identity import ManagedIdentity
from entrada._credentials.options import AuthorityOptions, CommonOptions
from entrada._credentials.recipe import Recipe
from entrada._credentials.workload_identity import WorkloadIdentity
from entrada._engine.effects import Flow
from entrada._engine.world import World
from entrada.errors import ConfigurationError, CredentialUnavailableError
from entrada.types import Ask, Token

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

    def of(self, kind: type) -> Any:
        """Return the options that a kind of credential takes."""
        return {name: self.options[name] for name in self.options if name in kind.__annotations__}


class _Broken(Recipe):
    """Stands where a credential's settings do not suffice to make it."""

    def __init__(self, name: str, why: ConfigurationError, settings: Settings) -> None:
        super().__init__({"world": settings.world})
        self.name = name
        self._why = why

    def flow(self, ask: Ask) -> Flow[Token]:  # noqa: ARG002
        """Say that there is nothing here to sign in with, and why."""
        yield from ()
        raise CredentialUnavailableError(
            self._why.message, code=self._why.code, hint=self._why.hint
        )


def _environment(settings: Settings) -> Link:
    return Link("", Environment(**settings.of(AuthorityOptions)))


def _workload_identity(settings: Settings) -> Link:
    try:
        recipe: Recipe = WorkloadIdentity(
            client_id=settings.options.get(
                "workload_identity_client_id", settings.managed_identity_client_id
            ),
            tenant_id=settings.value("workload_identity_tenant_id"),
            **settings.of(AuthorityOptions),
        )
    except ConfigurationError as why:
        recipe = _Broken(WorkloadIdentity.name, why, settings)
    return Link("", recipe)


def _managed_identity(settings: Settings) -> Link:
    recipe = ManagedIdentity(
        client_id=settings.managed_identity_client_id, **settings.of(CommonOptions)
    )
    recipe.federation = settings.federation
    only = settings.world.env.get(VARIABLE, "").strip().lower() == recipe.name.lower()
    # Named as the only one it shall be waited for with patience, as on a machine that starts.
    return Link("", recipe if only else recipe.linked())


def _shared_token_cache(settings: Settings) -> Link:
    from entrada._credentials.shared_token_cache import SharedTokenCache

    recipe = SharedTokenCache(
        settings.value("shared_cache_username", "AZURE_USERNAME"),
        tenant_id=settings.value("shared_cache_tenant_id", "AZURE_TENANT_ID"),
        **settings.of(AuthorityOptions),
    )
    return Link("", recipe, lenient)


def _visual_studio_code(settings: Settings) -> Link:
    from entrada._credentials.vscode import VisualStudioCode

    tenant = settings.value("visual_studio_code_tenant_id")
    return Link("", VisualStudioCode(tenant_id=tenant, world=settings.world), lenient)


def _tool(module: str, kind: str) -> Callable[[Settings], Link]:
    def build(settings: Settings) -> Link:
        recipe = getattr(import_module(f"entrada._credentials.{module}"), kind)
        timeout = settings.options.get("process_timeout", 10)
        return Link("", recipe(process_timeout=timeout, world=settings.world), lenient)

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
    from entrada._credentials.broker import Broker

    recipe = Broker(
        settings.value("broker_tenant_id", "AZURE_TENANT_ID"),
        settings.value("broker_client_id"),
        {"world": settings.world},
    )
    return Link("", recipe, lenient)


_BUILDERS: Mapping[str, Callable[[Settings], Link]] = {
    "environment": _environment,
    "workload_identity": _workload_identity,
    "managed_identity": _managed_identity,
    "shared_token_cache": _shared_token_cache,
    "visual_studio_code": _visual_studio_code,
    "cli": _tool("azure_cli", "AzureCli"),
    "powershell": _tool("azure_powershell", "AzurePowerShell"),
    "developer_cli": _tool("azure_developer_cli", "AzureDeveloperCli"),
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
            link.recipe.guard = only(expected, row.name)
        links.append(link._replace(name=row.name))
    return links

"""How each row of the default chain becomes a link."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from entrada._chain.chain import Link, lenient
from entrada._chain.plan import VARIABLE, Row
from entrada._credentials.azure_cli import AzureCli
from entrada._credentials.environment import Environment
from entrada._credentials.managed_identity import ManagedIdentity
from entrada._credentials.options import AuthorityOptions, CommonOptions
from entrada._credentials.recipe import Recipe
from entrada._credentials.workload_identity import WorkloadIdentity
from entrada._engine.effects import Flow
from entrada._engine.world import World
from entrada.errors import ConfigurationError, CredentialUnavailableError
from entrada.types import Ask, Token


class Settings(NamedTuple):
    """What DefaultAzureCredential was told about its links."""

    world: World
    options: Mapping[str, Any]
    managed_identity_client_id: str | None
    workload_identity_client_id: str | None
    workload_identity_tenant_id: str | None
    process_timeout: float

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
            client_id=settings.workload_identity_client_id,
            tenant_id=settings.workload_identity_tenant_id,
            **settings.of(AuthorityOptions),
        )
    except ConfigurationError as why:
        recipe = _Broken(WorkloadIdentity.name, why, settings)
    return Link("", recipe)


def _managed_identity(settings: Settings) -> Link:
    recipe = ManagedIdentity(
        client_id=settings.managed_identity_client_id or None, **settings.of(CommonOptions)
    )
    only = settings.world.env.get(VARIABLE, "").strip().lower() == recipe.name.lower()
    # Named as the only one it shall be waited for with patience, as on a machine that starts.
    return Link("", recipe if only else recipe.linked())


def _azure_cli(settings: Settings) -> Link:
    recipe = AzureCli(process_timeout=settings.process_timeout, world=settings.world)
    return Link("", recipe, lenient)


_BUILDERS: Mapping[str, Callable[[Settings], Link]] = {
    "environment": _environment,
    "workload_identity": _workload_identity,
    "managed_identity": _managed_identity,
    "cli": _azure_cli,
}


def build_links(rows: Sequence[Row], settings: Settings, *, asynchronous: bool) -> list[Link]:
    """Build the links of the chosen rows, in order."""
    links = []
    for row in rows:
        link = _BUILDERS[row.key](settings)
        link.recipe.asynchronous = asynchronous
        links.append(link._replace(name=row.name))
    return links

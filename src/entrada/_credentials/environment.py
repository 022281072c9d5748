"""A service principal described by environment variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from entrada._credentials.certificate import Certificate
from entrada._credentials.client_secret import ClientSecret
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions, check_options
from entrada._credentials.recipe import Recipe
from entrada._engine.effects import Transport
from entrada._wire.tenants import check_tenant
from entrada.errors import CredentialUnavailableError

if TYPE_CHECKING:
    from entrada._cache.ages import Entry
    from entrada._engine.effects import Flow
    from entrada.types import Ask

_IDENTITY = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID")


def _identity(env: Mapping[str, str]) -> tuple[str, str]:
    tenant, client = (env[name] for name in _IDENTITY)
    return check_tenant(tenant, _IDENTITY[0]), client


def _with_secret(env: Mapping[str, str], options: AuthorityOptions) -> Recipe:
    return ClientSecret(*_identity(env), env["AZURE_CLIENT_SECRET"], **options)


def _with_certificate(env: Mapping[str, str], options: AuthorityOptions) -> Recipe:
    return Certificate(
        *_identity(env),
        env["AZURE_CLIENT_CERTIFICATE_PATH"],
        password=env.get("AZURE_CLIENT_CERTIFICATE_PASSWORD") or None,
        send_certificate_chain=env.get("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "").lower()
        in ("1", "true"),
        **options,
    )


class _Way(NamedTuple):
    """A set of variables that together describe a credential."""

    needs: tuple[str, ...]
    build: Callable[[Mapping[str, str], AuthorityOptions], Recipe]


_WAYS = (
    _Way((*_IDENTITY, "AZURE_CLIENT_SECRET"), _with_secret),
    _Way((*_IDENTITY, "AZURE_CLIENT_CERTIFICATE_PATH"), _with_certificate),
)


class Environment(Recipe):
    """The recipe of EnvironmentCredential. The variables are read when a token is first needed."""

    name = "EnvironmentCredential"

    def __init__(self, **options: Unpack[AuthorityOptions]) -> None:
        check_options(self.name, options, AuthorityOptions)
        super().__init__(options)
        self._given = options

    def describe(self) -> dict[str, object]:
        """Return what the variables describe, once they have been read."""
        chosen: Recipe | None = self._parts.get("chosen")
        return chosen.describe() if chosen is not None else {}

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return the fresh token of the chosen credential, or ``None``."""
        chosen: Recipe | None = self._parts.get("chosen")
        return chosen.ready(scopes, tenant, cae) if chosen is not None else None

    def acquire(self, ask: Ask) -> Flow[Entry]:
        """Return the token of the credential that the variables describe."""
        return (yield from self.part("chosen", self._choose).acquire(ask))

    def transports(self) -> list[Transport]:
        """Return the chosen credential's transports."""
        chosen: Recipe | None = self._parts.get("chosen")
        return chosen.transports() if chosen is not None else []

    def _choose(self) -> Recipe:
        env = self.world.env
        for way in _WAYS:
            if all(env.get(name) for name in way.needs):
                chosen = way.build(env, self._given)
                chosen.asynchronous = self.asynchronous
                return chosen
        raise CredentialUnavailableError(*_why_not(env), **_details(env))


def _why_not(env: Mapping[str, str]) -> tuple[str]:
    found = [name for name in _names() if env.get(name)]
    if not found:
        return ("EnvironmentCredential: no variables of a service principal are set.",)
    return (f"EnvironmentCredential: {', '.join(found)} set, but {_missing(env)}.",)


def _missing(env: Mapping[str, str]) -> str:
    identity = [name for name in _IDENTITY if not env.get(name)]
    proofs = [way.needs[-1] for way in _WAYS]
    lacks = list(identity)
    if not any(env.get(name) for name in proofs):
        lacks.append(" or ".join(proofs))
    empty = [name for name in _names() if env.get(name) == ""]
    note = f" ({', '.join(empty)} set to nothing)" if empty else ""
    return f"{' and '.join(lacks)} missing{note}"


def _details(env: Mapping[str, str]) -> dict[str, Any]:
    # Other credentials of a chain share these two, so alone they say nothing about this one.
    tried = any(env.get(name) for name in _names() if name not in _IDENTITY)
    return {
        "code": "environment_incomplete" if tried else "environment_not_set",
        "hint": "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET "
        "(or AZURE_CLIENT_CERTIFICATE_PATH).",
    }


def _names() -> list[str]:
    return [*_IDENTITY, *(way.needs[-1] for way in _WAYS)]


class EnvironmentCredential(SyncFace, Environment):
    """Signs in the service principal that environment variables describe.

    ``AZURE_TENANT_ID`` and ``AZURE_CLIENT_ID``, with ``AZURE_CLIENT_SECRET``, or with
    ``AZURE_CLIENT_CERTIFICATE_PATH`` (and ``AZURE_CLIENT_CERTIFICATE_PASSWORD``,
    ``AZURE_CLIENT_SEND_CERTIFICATE_CHAIN``). ``AZURE_AUTHORITY_HOST`` names another cloud.
    A variable set to nothing counts as unset.
    """


class AsyncEnvironmentCredential(AsyncFace, Environment):
    """Signs in the service principal that environment variables describe, for asyncio."""

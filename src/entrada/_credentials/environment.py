"""A service principal described by environment variables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from entrada._credentials.chosen import Chosen
from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions, check_options
from entrada.errors import CredentialUnavailableError

if TYPE_CHECKING:
    from entrada._credentials.recipe import Recipe
    from entrada.types import Ask

_IDENTITY = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID")


# What a way needs is loaded only where its variables are set: most chains never get here.


def _identity(env: Mapping[str, str]) -> tuple[str, str]:
    from entrada._wire.tenants import check_tenant

    tenant, client = (env[name] for name in _IDENTITY)
    return check_tenant(tenant, _IDENTITY[0]), client


def _with_secret(env: Mapping[str, str], options: AuthorityOptions) -> Recipe:
    from entrada._credentials.client_secret import ClientSecret

    return ClientSecret(*_identity(env), env["AZURE_CLIENT_SECRET"], **options)


def _with_certificate(env: Mapping[str, str], options: AuthorityOptions) -> Recipe:
    from entrada._credentials.certificate import Certificate

    return Certificate(
        *_identity(env),
        env["AZURE_CLIENT_CERTIFICATE_PATH"],
        password=env.get("AZURE_CLIENT_CERTIFICATE_PASSWORD") or None,
        send_certificate_chain=env.get("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN", "").lower()
        in ("1", "true"),
        **options,
    )


def _with_password(env: Mapping[str, str], options: AuthorityOptions) -> Recipe:
    from entrada._credentials.username_password import UsernamePassword
    from entrada._wire.tenants import check_tenant

    tenant = env.get("AZURE_TENANT_ID") or None
    return UsernamePassword(
        env["AZURE_CLIENT_ID"],
        env["AZURE_USERNAME"],
        env["AZURE_PASSWORD"],
        tenant_id=check_tenant(tenant, "AZURE_TENANT_ID") if tenant else None,
        **options,
    )


class _Way(NamedTuple):
    """A set of variables that together describe a credential."""

    needs: tuple[str, ...]
    build: Callable[[Mapping[str, str], AuthorityOptions], Recipe]


_WAYS = (
    _Way((*_IDENTITY, "AZURE_CLIENT_SECRET"), _with_secret),
    _Way((*_IDENTITY, "AZURE_CLIENT_CERTIFICATE_PATH"), _with_certificate),
    _Way(("AZURE_CLIENT_ID", "AZURE_USERNAME", "AZURE_PASSWORD"), _with_password),
)


class Environment(Chosen):
    """The recipe of EnvironmentCredential. The variables are read when a token is first needed."""

    name = "EnvironmentCredential"

    def __init__(self, **options: Unpack[AuthorityOptions]) -> None:
        check_options(self.name, options, AuthorityOptions)
        super().__init__(options)
        self._given = options

    def reference(self) -> Mapping[str, Any]:
        """Return the keywords: the secrets are in the variables of wherever it is made anew."""
        return self._options

    def choose(self, ask: Ask) -> Recipe:  # noqa: ARG002
        """Return the credential that the variables describe."""
        env = self.world.env
        way = _way(env)
        if way is None:
            raise CredentialUnavailableError(why_not(env), **_details(env))
        return way.build(env, self._given)


def _way(env: Mapping[str, str]) -> _Way | None:
    return next((way for way in _WAYS if all(env.get(name) for name in way.needs)), None)


def evidence(env: Mapping[str, str]) -> tuple[bool, list[str]]:
    """Say whether the variables suffice, and which of those that matter are set."""
    way = _way(env)
    names = way.needs if way is not None else _names()
    return way is not None, [name for name in names if env.get(name)]


def why_not(env: Mapping[str, str]) -> str:
    """Say what is missing among the variables."""
    found = [name for name in _names() if env.get(name)]
    if not found:
        return "EnvironmentCredential: no variables of a service principal are set."
    return f"EnvironmentCredential: {', '.join(found)} set, but {_missing(env)}."


def _missing(env: Mapping[str, str]) -> str:
    begun = [way for way in _WAYS if any(env.get(name) for name in way.needs[1:] if _is_own(name))]
    if begun:
        lacks = [name for name in begun[0].needs if not env.get(name)]
    else:
        lacks = [name for name in _IDENTITY if not env.get(name)]
        lacks.append("AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH")
    empty = [name for name in _names() if env.get(name) == ""]
    note = f" ({', '.join(empty)} set to nothing)" if empty else ""
    return f"{' and '.join(lacks)} missing{note}"


def _is_own(name: str) -> bool:
    # Other credentials of a chain share the identity, so it alone says nothing about this one.
    return name not in _IDENTITY


def _details(env: Mapping[str, str]) -> dict[str, Any]:
    tried = any(env.get(name) for name in _names() if _is_own(name))
    return {
        "code": "environment_incomplete" if tried else "environment_not_set",
        "hint": "Set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET "
        "(or AZURE_CLIENT_CERTIFICATE_PATH).",
    }


def _names() -> list[str]:
    return list(dict.fromkeys(name for way in _WAYS for name in way.needs))


class EnvironmentCredential(SyncFace, Environment):
    """Signs in the service principal that environment variables describe.

    ``AZURE_TENANT_ID`` and ``AZURE_CLIENT_ID``, with ``AZURE_CLIENT_SECRET``, or with
    ``AZURE_CLIENT_CERTIFICATE_PATH`` (and ``AZURE_CLIENT_CERTIFICATE_PASSWORD``,
    ``AZURE_CLIENT_SEND_CERTIFICATE_CHAIN``); or a person's ``AZURE_USERNAME`` and
    ``AZURE_PASSWORD`` with ``AZURE_CLIENT_ID``. ``AZURE_AUTHORITY_HOST`` names another cloud.
    A variable set to nothing counts as unset.
    """


class AsyncEnvironmentCredential(AsyncFace, Environment):
    """Signs in the service principal that environment variables describe, for asyncio."""

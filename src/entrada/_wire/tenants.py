"""Tenants: what one may be called, and in which of them a credential may ask for tokens."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from os import PathLike
from typing import NamedTuple

from entrada._engine.world import World
from entrada.errors import AuthenticationRejectedError, ConfigurationError

_NAME = r"[A-Za-z0-9][A-Za-z0-9.-]*"


def check_tenant(tenant: str | None, argument: str) -> str:
    """Return a tenant's GUID or domain; raise ConfigurationError, naming the argument."""
    if isinstance(tenant, str) and re.fullmatch(_NAME, tenant):
        return tenant
    said = "is missing" if not tenant else f"is not a tenant's id: {tenant!r}"
    raise ConfigurationError(
        f"{argument} {said}.",
        code="bad_tenant",
        hint="Use the directory (tenant) id, a GUID, or a domain such as contoso.onmicrosoft.com. "
        "az account show --query tenantId shows yours.",
    )


def check_text(value: object, argument: str, meaning: str) -> str:
    """Return a required string; raise ConfigurationError, naming the argument."""
    if isinstance(value, str) and value:
        return value
    said = f"is no string but {type(value).__name__}" if value else "is missing"
    raise ConfigurationError(
        f"{argument} {said}.",
        code=f"no_{argument.lower()}",
        hint=f"{argument} has to be {meaning}.",
    )


def check_path(value: object, argument: str, meaning: str) -> str:
    """Return a required path, given as a string or a path object, as a string.

    Raises ConfigurationError, naming the argument: a number would be taken for an open file.
    """
    return check_text(str(value) if isinstance(value, PathLike) else value, argument, meaning)


class Tenants(NamedTuple):
    """The tenant of a credential (``""``: none of its own) and those it may also serve."""

    default: str
    allowed: Collection[str] = ()

    @classmethod
    def of(cls, default: str, allowed: Iterable[str] | None) -> Tenants:
        """Read the ``additionally_allowed_tenants`` keyword.

        Raises ConfigurationError for a single string, which would be taken for its letters.
        """
        if isinstance(allowed, str):
            raise ConfigurationError(
                "additionally_allowed_tenants has to be a list, not a string.",
                code="bad_tenant",
                hint=f"Write additionally_allowed_tenants=[{allowed!r}].",
            )
        return cls(default, frozenset(allowed or ()))

    def choose(self, asked: str | None, world: World, who: str) -> str:
        """Return the tenant for a request that may name its own.

        Raises AuthenticationRejectedError for one that the credential may not serve.
        """
        if not asked or asked == self.default:
            return self.default
        check_tenant(asked, "tenant_id")
        if self.default == "adfs" or world.env.get("AZURE_IDENTITY_DISABLE_MULTITENANTAUTH"):
            return self.default
        if not self.default or "*" in self.allowed or asked in self.allowed:
            return asked
        if self.default == "organizations" and not self.allowed:
            return asked
        raise AuthenticationRejectedError(
            f"{who} serves tenant {self.default}, but a token of tenant {asked} was asked for "
            "(by the caller, or by the service's challenge).",
            code="tenant_not_allowed",
            hint=f"Either construct it with that tenant, or allow it: "
            f"additionally_allowed_tenants=[{asked!r}].",
        )

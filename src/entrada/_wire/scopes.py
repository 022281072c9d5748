"""Scopes: what may be asked for, and which resource a scope belongs to.

A scope is ``{resource}/.default`` or ``{resource}/{permission}``. A resource that itself ends in
a slash keeps it: ``https://x//.default`` is the default scope of ``https://x/``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from entrada.errors import ConfigurationError
from entrada.types import Ask

_DEFAULT = "/.default"
# What a scope-token of RFC 6749, section 3.3, is made of.
_ALLOWED = frozenset(map(chr, range(0x21, 0x7F))) - {'"', "\\"}
_COMMAND_LINE = r"[A-Za-z0-9_.:/-]+"


def ask_for(
    scopes: tuple[str, ...],
    tenant: str | None,
    claims: str | None,
    *,
    cae: bool,
    force: bool = False,
) -> Ask:
    """Return the ask; raise ConfigurationError for scopes that nobody could issue a token for."""
    if not scopes:
        raise ConfigurationError(
            "get_token needs at least one scope.",
            code="no_scope",
            hint='Name what the token is for, e.g. get_token("https://storage.azure.com/.default").',
        )
    for scope in scopes:
        if not isinstance(scope, str):
            raise ConfigurationError(
                f"A scope has to be a string, not {type(scope).__name__}.",
                code="bad_scope",
                hint='Pass each scope as an argument of its own: get_token("a/x", "a/y").',
            )
        if not scope or not _ALLOWED.issuperset(scope):
            raise ConfigurationError(
                f"{scope!r} is not a scope: it is empty or has a blank or control character.",
                code="bad_scope",
                hint="A scope looks like https://storage.azure.com/.default.",
            )
    return Ask(scopes, tenant, claims or None, cae, force)


def each_scope(
    scopes: Iterable[str], example: str = '["https://storage.azure.com/.default"]'
) -> tuple[str, ...]:
    """Return a list of scopes; raise ConfigurationError for one string, which has letters only.

    ``example`` is how to write it, for the hint.
    """
    if isinstance(scopes, str) or not hasattr(scopes, "__iter__"):
        raise ConfigurationError(
            "scopes has to be a list of strings.",
            code="bad_scope",
            hint=f"Write {example}.",
        )
    return tuple(scopes)


def single_resource(scopes: tuple[str, ...], who: str) -> str:
    """Return the resource of the one scope; raise ConfigurationError where there are several."""
    if len(scopes) != 1:
        raise ConfigurationError(
            f"{who} gets tokens for one resource at a time, not for {len(scopes)} scopes.",
            code="several_scopes",
            hint="Call get_token once for each resource.",
        )
    scope = scopes[0]
    return scope.removesuffix(_DEFAULT) if scope.endswith(_DEFAULT) else scope


def app_scope(scopes: tuple[str, ...], who: str) -> str:
    """Return the ``scope`` parameter of an application's own request.

    Raises ConfigurationError where Entra would refuse it: an application asks for one resource's
    default scope, since its permissions are those it was granted (AADSTS1002012).
    """
    resource = single_resource(scopes, who)
    if scopes[0].endswith(_DEFAULT) and resource:
        return scopes[0]
    raise ConfigurationError(
        f"{scopes[0]!r} is not a scope that an application can ask for.",
        code="scope_without_default",
        hint=f"Ask for the resource's default scope: {_guess(scopes[0])}",
    )


def _guess(scope: str) -> str:
    scheme, mark, rest = scope.partition("://")
    if not mark:
        return f"{scope.rstrip('/')}{_DEFAULT}"
    return f"{scheme}://{rest.partition('/')[0]}{_DEFAULT}"


def command_line_scope(value: str, who: str) -> str:
    """Return a scope or resource that is safe as a program's argument."""
    if re.fullmatch(_COMMAND_LINE, value) and not value.startswith("-"):
        return value
    raise ConfigurationError(
        f"{who} cannot ask for {value!r}: only letters, digits and _ . : / - may stand there.",
        code="bad_scope",
        hint="Check the scope's spelling.",
    )

"""Which principal a token has to be for: read from its claims, without trust in its signature.

The guard stands where a token comes from its issuer, so no memory ever holds a stranger's.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from entrada.errors import ConfigurationError, CredentialUnavailableError

if TYPE_CHECKING:
    from entrada._engine.effects import Flow
    from entrada.types import Token

# Each part of an identity, and the claims that may hold it: v1 tokens say appid, v2 azp.
_CLAIMS: Mapping[str, tuple[str, ...]] = {
    "tenant": ("tid",),
    "object_id": ("oid",),
    "client_id": ("appid", "azp"),
}


class Identity(NamedTuple):
    """Whose token is wanted; what is ``None`` may be anything.

    ``tenant`` and ``object_id`` are GUIDs. ``client_id`` is the application's: of a person's token
    the one that they signed in to.
    """

    tenant: str | None = None
    object_id: str | None = None
    client_id: str | None = None

    def __str__(self) -> str:
        """Return the parts that are set."""
        return " ".join(f"{name}={value}" for name, value in self._asdict().items() if value)


def check_identity(expect: object) -> Identity | None:
    """Return the ``expect`` keyword's value; raise ConfigurationError for one that says nothing."""
    if expect is None or (isinstance(expect, Identity) and str(expect)):
        return expect
    raise ConfigurationError(
        f"expect has to say whose token is wanted, not {expect!r}.",
        code="bad_identity",
        hint='Write expect=Identity(tenant="...", object_id="...").',
    )


def only(expected: Identity, name: str) -> Callable[[Flow[Token]], Flow[Token]]:
    """Return a guard that turns another principal's token into CredentialUnavailableError."""

    def guard(flow: Flow[Token]) -> Flow[Token]:
        token = yield from flow
        claims = _claims(token.access_token)
        found = Identity(*(_first(claims, names) for names in _CLAIMS.values()))
        pairs = zip(expected, found, strict=True)
        if all(not wanted or wanted.lower() == (has or "").lower() for wanted, has in pairs):
            return token
        said = f"is signed in as {found}" if str(found) else "got a token that does not say whose"
        raise CredentialUnavailableError(
            f"{name}: {said}, and {expected} is expected.",
            code="other_identity",
            hint="Sign in as the one that is expected, or change expect=.",
        )

    return guard


def _first(claims: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    found = (claims.get(name) for name in names)
    return next((value for value in found if isinstance(value, str)), None)


def _claims(token: str) -> Mapping[str, Any]:
    """Return the claims of a JSON web token, none where it is something else."""
    try:
        segment = token.split(".")[1]
        found = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    except (ValueError, IndexError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}

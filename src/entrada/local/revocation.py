"""Continuous access evaluation: a token that is good by itself, refused since its user is not.

Only for tokens whose client said that it understands a claims challenge (``xms_cc``).
https://learn.microsoft.com/entra/identity-platform/claims-challenge
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from entrada.local import directory, people, tokens

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud

REASON = (
    "Continuous access evaluation resulted in claims challenge with result: InteractionRequired"
    " and code: TokenIssuedBeforeRevocationTimestamp"
)


class Revoked(tokens.InvalidToken):
    """A token from before a revocation.

    ``challenge`` is the ``WWW-Authenticate`` to answer, ``claims`` its claims alone, as base64.
    """

    def __init__(self, challenge: str, claims: str) -> None:
        super().__init__(REASON, "revoked")
        self.challenge = challenge
        self.claims = claims


def verify(cloud: Cloud, token: str, audiences: Collection[str]) -> dict[str, Any]:
    """Return a token's claims as ``tokens.verify`` does; raise :class:`Revoked` for revoked."""
    claims = tokens.verify(cloud, token, audiences)
    if claims.get("xms_cc"):
        moment = _revoked_at(cloud, claims)
        if moment is not None:
            wanted = _claims(moment)
            raise Revoked(_challenge(cloud, wanted), wanted)
    return claims


def revoke_principal(cloud: Cloud, object_id: str) -> int:
    """End what a service principal was let in by: its CAE access tokens.

    Returns the moment (epoch seconds) from which its tokens are valid, as
    ``people.revoke_sessions`` does. Raises ``LookupError``.
    """
    with cloud.state.transaction():
        body = directory.principal(cloud, object_id)
        if body is None:
            raise LookupError(f"there is no service principal {object_id}")
        moment = max(int(cloud.clock()), people.valid_from(body)) + 1
        cloud.state.put("servicePrincipal", body["id"], {**body, "sessionsValidFrom": moment})
    return moment


def _revoked_at(cloud: Cloud, claims: Mapping[str, Any]) -> int | None:
    """Return since when a caller's token is worth nothing, ``None`` where it is good."""
    find = people.user if claims.get("idtyp") == "user" else directory.principal
    caller = find(cloud, str(claims["oid"]))
    if caller is None or not caller.get("accountEnabled", True):
        return int(cloud.clock())
    moment = people.valid_from(caller)
    return moment if claims["iat"] < moment else None


def _claims(moment: int) -> str:
    wanted = {"access_token": {"nbf": {"essential": True, "value": str(moment)}}}
    return base64.b64encode(json.dumps(wanted, separators=(",", ":")).encode()).decode()


def _challenge(cloud: Cloud, claims: str) -> str:
    return (
        f'Bearer realm="", authorization_uri="{cloud.endpoints.login}/common/oauth2/authorize", '
        f'error="insufficient_claims", claims="{claims}"'
    )

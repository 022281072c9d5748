"""Continuous access evaluation: a token that is good by itself, refused since its user is not.

Only for tokens whose client said that it understands a claims challenge (``xms_cc``).
https://learn.microsoft.com/entra/identity-platform/claims-challenge
"""

from __future__ import annotations

import base64
import json
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from entrada.local import people, tokens

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud

REASON = (
    "Continuous access evaluation resulted in claims challenge with result: InteractionRequired"
    " and code: TokenIssuedBeforeRevocationTimestamp"
)


class Revoked(tokens.InvalidToken):
    """A token from before a revocation; ``challenge`` is the ``WWW-Authenticate`` to answer."""

    def __init__(self, challenge: str) -> None:
        super().__init__(REASON, "revoked")
        self.challenge = challenge


def verify(cloud: Cloud, token: str, audiences: Collection[str]) -> dict[str, Any]:
    """Return a token's claims as ``tokens.verify`` does; raise :class:`Revoked` for revoked."""
    claims = tokens.verify(cloud, token, audiences)
    if claims.get("idtyp") == "user" and claims.get("xms_cc"):
        moment = _revoked_at(cloud, claims)
        if moment is not None:
            raise Revoked(_challenge(cloud, moment))
    return claims


def _revoked_at(cloud: Cloud, claims: Mapping[str, Any]) -> int | None:
    """Return since when a user's token is worth nothing, ``None`` where it is good."""
    user = people.user(cloud, str(claims["oid"]))
    if user is None or not user.get("accountEnabled", True):
        return int(cloud.clock())
    moment = people.valid_from(user)
    return moment if claims["iat"] < moment else None


def _challenge(cloud: Cloud, moment: int) -> str:
    wanted = {"access_token": {"nbf": {"essential": True, "value": str(moment)}}}
    encoded = base64.b64encode(json.dumps(wanted, separators=(",", ":")).encode()).decode()
    return (
        f'Bearer realm="", authorization_uri="{cloud.endpoints.login}/common/oauth2/authorize", '
        f'error="insufficient_claims", claims="{encoded}"'
    )

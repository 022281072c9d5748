"""Refresh tokens: what is in one, and making it.

A new one is given with every renewal; the old one stays good, as in Entra, until it is unused for
ninety days or its user's sign-ins are revoked. A page's own (SPA) ends a day after sign-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from entrada.local import people
from entrada.local.sealed import seal, unseal
from entrada.local.user_tokens import SignIn

if TYPE_CHECKING:
    from entrada.local.cloud import Cloud
    from entrada.local.entra.registrations import Registration
    from entrada.local.state import Document

INACTIVITY = 90 * 86400
SPA_LIFETIME = 86400
_PURPOSE = "refreshToken"


@dataclass(frozen=True, slots=True)
class Renewal:
    """What a refresh token continues: ``spa_end`` (epoch seconds) is its page's fixed end, or 0."""

    spa_end: int = 0


def make(
    cloud: Cloud,
    client: Registration,
    sign_in: SignIn,
    *,
    acr: str,
    scope: str,
    renewal: Renewal | None = None,
) -> str:
    """Return a refresh token for a client that acts for a user; ``acr`` is the client's proof."""
    body = {
        "client": client.app_id,
        "family": client.first_party,
        "acr": acr,
        "scope": scope,
        "issued": people.sign_in_time(cloud, sign_in.user),
        "spaEnd": renewal.spa_end if renewal else 0,
        **packed(sign_in),
    }
    return seal(cloud, _PURPOSE, body)


def read(cloud: Cloud, token: str) -> Document | None:
    """Return what is in a refresh token, ``None`` for a text that is none."""
    return unseal(cloud, _PURPOSE, token)


def packed(sign_in: SignIn) -> Document:
    """Return a sign-in as codes and refresh tokens carry it."""
    return {
        "user": sign_in.user["id"],
        "tenant": sign_in.tenant_id,
        "time": sign_in.time,
        "methods": list(sign_in.methods),
        "session": sign_in.session_id,
    }


def unpacked(cloud: Cloud, body: Document) -> SignIn | None:
    """Return the sign-in that was packed, ``None`` where its user is gone."""
    user = people.user(cloud, body["user"])
    if user is None:
        return None
    methods = tuple(body["methods"])
    return SignIn(user, body["tenant"], body["time"], methods, body["session"])

"""The UserInfo endpoint (OpenID Connect Core, section 5.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from entrada.local import people, revocation, tokens
from entrada.local.entra.permissions import GRAPH
from entrada.local.http import json_reply
from entrada.local.user_tokens import pairwise

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound

_AUDIENCES = (GRAPH, f"{GRAPH}/", "00000003-0000-0000-c000-000000000000")


def userinfo(cloud: Cloud, inbound: Inbound) -> Response:
    """Answer who the user of a Microsoft Graph token is, as far as its scopes allow."""
    try:
        claims = revocation.verify(cloud, inbound.bearer or "", _AUDIENCES)
    except revocation.Revoked as error:
        return _refused(cloud, inbound, error.reason, error.challenge)
    except tokens.InvalidToken as error:
        return _refused(cloud, inbound, error.reason)
    user = people.user(cloud, str(claims["oid"]))
    if user is None:
        return _refused(cloud, inbound, "The token is not of a user of this cloud.")
    scopes = str(claims.get("scp", "")).split()
    body = {"sub": pairwise(cloud, claims["appid"], user["id"])}
    if "profile" in scopes:
        names = {
            "name": user["displayName"],
            "given_name": user.get("givenName"),
            "family_name": user.get("surname"),
        }
        body.update({name: value for name, value in names.items() if value})
    if "email" in scopes and user.get("mail"):
        body["email"] = user["mail"]
    return json_reply(200, body)


def _refused(
    cloud: Cloud, inbound: Inbound, reason: str, challenge: str = 'Bearer error="invalid_token"'
) -> Response:
    cloud.refused("login", inbound, 401, reason)
    body = {"error": {"code": "InvalidAuthenticationToken", "message": reason}}
    return json_reply(401, body, www_authenticate=challenge)

"""Who signed in: what a token response tells of a person, and the record to remember them by.

The id token comes straight from the token endpoint over TLS, so its signature need not be checked
(OpenID Connect Core, section 3.1.3.7); its audience and nonce are.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from entrada._engine.effects import Response
from entrada._wire.jwt import decoded_segment
from entrada._wire.token import Context, read_object, refusal, token_of, unusable
from entrada.errors import AuthenticationRejectedError, ConfigurationError
from entrada.types import Token

_VERSION = "1.0"
_FIELDS = {
    "authority": "authority",
    "clientId": "client_id",
    "homeAccountId": "home_account_id",
    "tenantId": "tenant_id",
    "username": "username",
}


class AuthenticationRecord:
    """An account that has signed in before; holds no secret, may be kept in a file.

    The serialized form is azure-identity's, so records may be exchanged with it.
    """

    __slots__ = ("authority", "client_id", "home_account_id", "tenant_id", "username")

    def __init__(
        self, tenant_id: str, client_id: str, authority: str, home_account_id: str, username: str
    ) -> None:
        self.tenant_id = tenant_id
        self.client_id = client_id
        self.authority = authority
        self.home_account_id = home_account_id
        self.username = username

    def serialize(self) -> str:
        """Return the record as JSON."""
        fields = {name: getattr(self, attribute) for name, attribute in _FIELDS.items()}
        return json.dumps({**fields, "version": _VERSION})

    @classmethod
    def deserialize(cls, data: str) -> AuthenticationRecord:
        """Read a serialized record; raise ConfigurationError for anything else."""
        try:
            fields = json.loads(data)
            if fields["version"] != _VERSION:
                raise ValueError("unknown version")
            found = {attribute: fields[name] for name, attribute in _FIELDS.items()}
        except (KeyError, TypeError, ValueError):
            raise ConfigurationError(
                "This is no authentication record of version 1.0.",
                code="bad_authentication_record",
                hint="Pass what AuthenticationRecord.serialize() returned.",
            ) from None
        if not all(isinstance(value, str) for value in found.values()):
            raise ConfigurationError(
                "An authentication record's fields are strings.", code="bad_authentication_record"
            )
        return cls(**found)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AuthenticationRecord) and self.serialize() == other.serialize()

    def __hash__(self) -> int:
        return hash(self.serialize())

    def __repr__(self) -> str:
        return f"AuthenticationRecord(tenant_id={self.tenant_id!r}, username={self.username!r})"


class Grant(NamedTuple):
    """What a person's sign-in gives: a token, the means to renew it, and who it was.

    ``family``: of which family's applications each may redeem the refresh token, ``""`` for none.
    """

    token: Token
    refresh_token: str | None
    home_account_id: str
    tenant_id: str
    username: str
    object_id: str = ""
    family: str = ""
    id_token: str = ""

    def __repr__(self) -> str:
        return f"Grant(username={self.username!r}, tenant_id={self.tenant_id!r})"


def read_grant(response: Response, now: float, context: Context, nonce: str | None = None) -> Grant:
    """Return the grant of a token response; raise the error that it is, or amounts to.

    Raises AuthenticationRejectedError for an id token meant for somebody else.
    """
    reply = read_object(response, context)
    if response.status != 200 or "error" in reply:
        raise refusal(response, reply, context)
    token = token_of(reply, now, context)
    person = _id_token(reply.get("id_token"), context, nonce)
    client = decoded_segment(reply.get("client_info"))
    refresh_token = reply.get("refresh_token")
    home = (
        f"{client['uid']}.{client['utid']}"
        if {"uid", "utid"} <= client.keys()
        else str(person.get("sub", ""))
    )
    return Grant(
        token,
        refresh_token if isinstance(refresh_token, str) and refresh_token else None,
        home,
        str(person.get("tid") or context.tenant),
        str(person.get("preferred_username") or person.get("upn") or ""),
        str(person.get("oid") or person.get("sub") or ""),
        str(reply.get("foci") or ""),
        str(reply.get("id_token") or ""),
    )


def _id_token(text: object, context: Context, nonce: str | None) -> Mapping[str, Any]:
    if text is None and nonce is None:
        return {}
    parts = text.split(".") if isinstance(text, str) else []
    claims = decoded_segment(parts[1]) if len(parts) == 3 else {}
    if not claims:
        raise unusable(context, 200, "its id token is missing or cannot be read")
    if claims.get("aud") != context.client_id:
        raise _for_somebody_else(context, "another application", "id_token_audience")
    if nonce is not None and not hmac.compare_digest(str(claims.get("nonce")), nonce):
        raise _for_somebody_else(context, "another sign-in", "id_token_nonce")
    return claims


def _for_somebody_else(context: Context, whose: str, code: str) -> AuthenticationRejectedError:
    return AuthenticationRejectedError(
        f"{context.who}: {context.host} answered with the id token of {whose}.",
        code=code,
        hint="Sign in again; if it happens twice, somebody interferes with the sign-in.",
    )

"""Whose token an entry is, and of what: all that a stored token is bound to.

Nothing but a token got for exactly this can ever be found under it.
"""

from __future__ import annotations

import json
from typing import NamedTuple


class Owner(NamedTuple):
    """Who signs in where.

    ``kind``: what kind of sign-in. ``account``: a person's home account id. ``fingerprint``: what
    else tells one owner from another: a person's assertion, a tool's profile, a machine.
    """

    kind: str
    authority: str = ""
    client_id: str = ""
    account: str = ""
    fingerprint: str = ""


class Place(NamedTuple):
    """Where an access token rests: its owner, and what was asked for."""

    owner: Owner
    tenant: str
    scopes: tuple[str, ...]
    cae: bool

    def text(self) -> str:
        """Return it as a text that no other place has."""
        owner, tenant, scopes, cae = self
        return json.dumps(["token", list(owner), tenant, list(scopes), cae])


class SignInPlace(NamedTuple):
    """Where a person's sign-in rests, for tokens with continuous access evaluation or without."""

    owner: Owner
    cae: bool

    def text(self) -> str:
        """Return it as a text that no other place has."""
        return json.dumps(["sign-in", list(self.owner), self.cae])


class SignIn(NamedTuple):
    """What renews a person's tokens, and who they are.

    ``record`` is an authentication record as JSON; what follows is known right after a sign-in
    only: the person's object id, the family of applications that may use the refresh token, the id
    token, and for what scopes they signed in.
    """

    refresh_token: str
    record: str
    object_id: str = ""
    family: str = ""
    id_token: str = ""
    scopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "SignIn()"

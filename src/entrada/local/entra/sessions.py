"""Browser sessions: who is signed in behind a cookie, so that a second sign-in is silent.

The cookie is a random secret; State keeps its digest only. A session is named anew at every
sign-in, so a cookie from before it is worth nothing (session fixation).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from entrada.local import people
from entrada.local.sealed import digest
from entrada.local.user_tokens import SignIn

if TYPE_CHECKING:
    from entrada._engine.effects import Response
    from entrada.local.cloud import Cloud
    from entrada.local.http import Inbound
    from entrada.local.state import Document

COOKIE = "__Host-entrada-session"
LIFETIME = 86400
"""Seconds that a browser stays signed in after its last sign-in."""

_KIND = "session"
_SECRET_BYTES = 32


@dataclass(slots=True)
class Session:
    """One browser; ``secret`` is its cookie, ``sign_ins`` those still good, the latest last."""

    cloud: Cloud = field(repr=False)
    secret: str = field(repr=False)
    id: str
    sign_ins: list[SignIn]
    renamed: bool = False

    @classmethod
    def of(cls, cloud: Cloud, inbound: Inbound) -> Session:
        """Return the session of a request's cookie, a new and empty one where there is none."""
        secret = _cookie(inbound)
        body = cloud.state.get(_KIND, _key(secret)) if secret else None
        if not secret or len(secret) < _SECRET_BYTES:
            return cls(cloud, secrets.token_urlsafe(_SECRET_BYTES), "", [], renamed=True)
        if body is None or cloud.clock() >= body["end"]:
            return cls(cloud, secret, "", [])
        found = (_sign_in(cloud, body["id"], each) for each in body["signIns"])
        return cls(cloud, secret, body["id"], [each for each in found if each])

    def find(self, user_id: str) -> SignIn | None:
        """Return a user's sign-in in this browser, ``None`` where there is none."""
        return next((each for each in self.sign_ins if each.user["id"] == user_id), None)

    def add(self, user: Document, methods: tuple[str, ...]) -> SignIn:
        """Note that a user signed in now, and name the session anew."""
        cloud = self.cloud
        cloud.state.delete(_KIND, _key(self.secret))
        self.secret, self.renamed = secrets.token_urlsafe(_SECRET_BYTES), True
        self.id = self.id or secrets.token_hex(16)
        sign_in = SignIn(
            user,
            people.home_tenant(cloud, user),
            people.sign_in_time(cloud, user),
            methods,
            self.id,
        )
        others = [each for each in self.sign_ins if each.user["id"] != user["id"]]
        self.sign_ins = [*others, sign_in]
        _forget_old(cloud)
        cloud.state.put(_KIND, _key(self.secret), self._body())
        return sign_in

    def end(self) -> None:
        """Sign everybody out of this browser."""
        self.cloud.state.delete(_KIND, _key(self.secret))
        self.sign_ins = []

    def form_token(self, *parts: str) -> str:
        """Return what a form of ours carries, so that no other site can send it (CSRF)."""
        return digest(self.cloud, "forms", self.secret, *parts)

    def kept_by(self, response: Response) -> Response:
        """Return a response that sets the cookie where the browser has another one."""
        if not self.renamed:
            return response
        cookie = f"{COOKIE}={self.secret}; Path=/; Secure; HttpOnly; SameSite=Lax"
        return response._replace(headers={**response.headers, "set-cookie": cookie})

    def _body(self) -> Document:
        return {
            "id": self.id,
            "end": self.cloud.clock() + LIFETIME,
            "signIns": [
                {"user": each.user["id"], "time": each.time, "methods": list(each.methods)}
                for each in self.sign_ins
            ],
        }


def _sign_in(cloud: Cloud, session_id: str, body: Document) -> SignIn | None:
    """Return a sign-in that is still good: its user is there, enabled and not revoked since."""
    user = people.user(cloud, body["user"])
    if user is None or not user.get("accountEnabled", True):
        return None
    if body["time"] < people.valid_from(user):
        return None
    home = people.home_tenant(cloud, user)
    return SignIn(user, home, body["time"], tuple(body["methods"]), session_id)


def _cookie(inbound: Inbound) -> str:
    # By hand: http.cookies gives up at the first odd cookie, and localhost has everybody's.
    pairs = (each.strip().partition("=") for each in inbound.headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == COOKIE), "")


def _forget_old(cloud: Cloud) -> None:
    for key, body in cloud.state.under(_KIND):
        if body["end"] <= cloud.clock():
            cloud.state.delete(_KIND, key)


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()

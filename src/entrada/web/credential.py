"""Tokens for a person who is signed in to a web app: from the session's refresh token alone.

Nobody is asked anything here. Where Entra wants to see the person again, or has not had their
consent, the error says so and the adapter sends them to sign in.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Self

from entrada._credentials.face import AsyncFace, SyncFace
from entrada._credentials.options import AuthorityOptions
from entrada._credentials.user import User
from entrada._wire.authority import token_endpoint
from entrada._wire.grants import PATIENCE
from entrada._wire.tenants import Tenants
from entrada.errors import AuthenticationError
from entrada.web.errors import SignInRequiredError

if TYPE_CHECKING:
    from entrada._cache.ages import Entry
    from entrada._engine.effects import Flow
    from entrada._wire.proof import Proof
    from entrada.types import Ask, Token
    from entrada.web.session import Session
    from entrada.web.sessions import Sessions


class SignedIn(User):
    """The recipe of a session's credential; ``of`` makes one for each session."""

    name = "SignedInCredential"
    _session: Session

    def __init__(
        self,
        tenant: str,
        client_id: str,
        proof: Proof,
        sessions: Sessions,
        options: dict[str, Any],
    ) -> None:
        super().__init__(client_id, {**options, "tenant_id": tenant}, _Options)
        self._proof = proof
        self._sessions = sessions

    def of(self, session: Session) -> Self:
        """Return the credential of a session; it shares connections and memory with this one."""
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        twin._session = session
        twin._tenants = Tenants(session.user.tenant_id)
        twin._record = None
        return twin

    def describe(self) -> dict[str, object]:
        """Return client id and, of a session's, tenant and name."""
        return {"client_id": self._client_id, **self._person()}

    def ready(self, scopes: tuple[str, ...], tenant: str | None, cae: bool) -> Entry | None:
        """Return this session's fresh token, or ``None``."""
        try:
            entry = self._entries.get((scopes, tenant, cae, self._session.grant))
        except TypeError:  # a list for a scope: the ask's own check says what is wrong
            return None
        return entry if entry is not None and self._now() < entry.refresh_on else None

    def key(self, ask: Ask) -> Hashable:
        """Bind an ask's token to the session."""
        return (ask.scopes, ask.tenant, ask.cae, self._session.grant)

    def flow(self, ask: Ask) -> Flow[Token]:
        """Redeem the session's refresh token; raise SignInRequiredError where that fails."""
        tenant = self._tenants.choose(ask.tenant, self.world, self.name)
        refresh_token = yield from self._sessions.refresh_token(self._session.grant)
        if refresh_token is None:
            raise self._demand(ask, "the session has ended, or was begun without offline_access.")
        url = token_endpoint(self._authority, tenant)
        proof = yield from self._proof.fields(self._client_id, url, self.world)
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "scope": self.scope(ask),
            **proof,
        }
        try:
            grant = yield from self.redeem_grant(form, ask, tenant, PATIENCE)
        except AuthenticationError as error:
            if error.kind != "needs_user" and error.code != "invalid_grant":
                raise
            raise self._demand(
                ask._replace(claims=getattr(error, "claims", None) or ask.claims), error.message
            ) from error
        if grant.refresh_token is not None and grant.refresh_token != refresh_token:
            yield from self._sessions.keep_refresh_token(self._session, grant.refresh_token)
        return grant.token

    def _demand(self, ask: Ask, reason: str) -> SignInRequiredError:
        text = f"{self.name}: the person has to sign in: {reason}"
        return SignInRequiredError(ask.scopes, text, ask.claims)

    def forget(self, grant: str) -> None:
        """Drop a session's access tokens from memory."""
        for key in tuple(self._entries):
            if isinstance(key, tuple) and key[-1] == grant:
                self._entries.pop(key, None)

    def _person(self) -> dict[str, object]:
        session: Session | None = getattr(self, "_session", None)
        if session is None:
            return {}
        return {"tenant_id": session.user.tenant_id, "username": session.user.username}


class _Options(AuthorityOptions, total=False):
    tenant_id: str


class SignedInCredential(SyncFace, SignedIn):
    """A TokenCredential for the person of a session, for threads."""


class AsyncSignedInCredential(AsyncFace, SignedIn):
    """A TokenCredential for the person of a session, for asyncio."""

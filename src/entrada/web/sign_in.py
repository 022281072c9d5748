"""Signing people in to a web app: the code flow with PKCE, all of it on the server.

``begin`` makes the address to send a browser to, ``finish`` turns what comes back into a session.
Neither knows a framework, a cookie or a page. No token ever reaches the browser.
Source: RFC 6749 section 4.1, RFC 7636, RFC 9207, OpenID Connect Core and RP-Initiated Logout 1.0.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from entrada._engine.effects import Flow, Transport
from entrada._engine.watch import routed
from entrada._engine.world import World
from entrada._wire import authorize
from entrada._wire.authority import authority_of
from entrada._wire.tenants import check_tenant, check_text
from entrada.web.cookies import Cookies
from entrada.web.credential import AsyncSignedInCredential, SignedIn, SignedInCredential
from entrada.web.errors import guest_refused
from entrada.web.exchange import OPENID, check_issuer, open_session, redeem_code
from entrada.web.http import local_path
from entrada.web.proofs import Assertion, choose_proof
from entrada.web.session import Session
from entrada.web.sessions import IDLE, LONGEST, Sessions
from entrada.web.settings import checked_redirect, hint_of, seal_for, texts
from entrada.web.stores import MemoryStore, SessionStore
from entrada.web.tokens import TokenCheck

if TYPE_CHECKING:
    from entrada.types import TokenCredential

_SECRET_BYTES = 64


class Begun(NamedTuple):
    """A sign-in under way. ``secret`` binds it to a browser, ``pending`` finishes it later."""

    url: str
    state: str
    secret: str
    pending: dict[str, Any]

    def __repr__(self) -> str:
        return f"Begun(next={self.pending['next']!r})"


class SignIn:
    """How people sign in to one web app.

    ``tenant_id`` is a GUID or domain; with ``organizations`` or ``common`` people of other tenants
    sign in too: ``allowed_tenants`` says of which (GUIDs, or ``"*"`` for all). Guests may only with
    ``allow_guests``. The app proves itself by exactly one of ``client_secret``,
    ``client_certificate`` (PEM or PFX bytes), ``client_assertion_func`` and ``credential`` (whose
    identity the app trusts: no secret at all). ``own_keys``: it has signing keys of its own.
    ``redirect_uri`` is the registered one: it says where the site is, whatever a request's Host
    says. ``scopes`` are consented to at sign-in; more can be asked for later. ``idle`` and
    ``longest`` are a session's limits in seconds, ``session_keys`` what it is sealed with (32 bytes
    or more each; the first seals, all open). Raises ConfigurationError.
    """

    def __init__(
        self,
        tenant_id: str,
        client_id: str,
        *,
        redirect_uri: str,
        client_secret: str | None = None,
        client_certificate: bytes | None = None,
        password: str | bytes | None = None,
        send_certificate_chain: bool = False,
        client_assertion_func: Assertion | None = None,
        credential: TokenCredential | None = None,
        scopes: Iterable[str] = (),
        allowed_tenants: Iterable[str] = (),
        allow_guests: bool = False,
        own_keys: bool = False,
        store: SessionStore | None = None,
        session_keys: Iterable[str | bytes] = (),
        idle: float = IDLE,
        longest: float = LONGEST,
        response_mode: Literal["query", "form_post"] = "query",
        domain_hint: str = "",
        after_logout: str = "/",
        authority: str | None = None,
        transport: Transport | None = None,
        world: World | None = None,
    ) -> None:
        self.world = world or World.real()
        self.tenant = check_tenant(tenant_id, "tenant_id")
        self.client_id = check_text(client_id, "client_id", "the application (client) id")
        self.authority = authority_of(authority, self.world)
        self.redirect_uri = checked_redirect(redirect_uri, response_mode)
        self.scopes = texts(scopes, "scopes")
        self.response_mode = response_mode
        self.after_logout = local_path(after_logout)
        self.cookies = Cookies.of(self.origin)
        self._domain_hint = domain_hint
        self._transport = transport
        self._guests = allow_guests
        self._check = TokenCheck(
            client_id=self.client_id,
            tenant_id=self.tenant,
            allowed_tenants=allowed_tenants,
            own_keys=own_keys,
            authority=authority,
            transport=transport,
            world=self.world,
        )
        self.proof = choose_proof(
            authority=self.authority,
            client_secret=client_secret,
            client_certificate=client_certificate,
            password=password,
            send_certificate_chain=send_certificate_chain,
            client_assertion_func=client_assertion_func,
            credential=credential,
        )
        self.seal = seal_for(store, session_keys)
        self.sessions = Sessions(store or MemoryStore(), self.seal, self.world, idle, longest)
        self.sessions.credentials = self._credential_of
        self._options = {
            "authority": self.authority,
            "transport": transport,
            "world": self.world,
        }
        made = (self.tenant, self.client_id, self.proof, self.sessions, self._options)
        self._threads = SignedInCredential(*made)
        self._tasks = AsyncSignedInCredential(*made)

    def __repr__(self) -> str:
        return f"SignIn({self.tenant!r}, {self.client_id!r}, redirect_uri={self.redirect_uri!r})"

    @property
    def origin(self) -> str:
        """The site's own origin: ``scheme://host[:port]``."""
        url = urlsplit(self.redirect_uri)
        return f"{url.scheme}://{url.netloc}"

    @property
    def prefix(self) -> str:
        """The path below which sign-in lives: the redirect URI's without its last segment."""
        return urlsplit(self.redirect_uri).path.rpartition("/")[0]

    def begin(
        self,
        *,
        next_path: str = "/",
        scopes: Iterable[str] = (),
        claims: str | None = None,
        prompt: str = "",
        login_hint: str = "",
        max_age: float | None = None,
        popup: bool = False,
        session: Session | None = None,
        rounds: int = 0,
    ) -> Begun:
        """Begin a sign-in that ends at a path of this site. Pure: whoever calls keeps ``pending``.

        ``scopes`` and ``claims`` are what is wanted beyond the usual; ``session`` is the one that a
        person wants more for. ``max_age`` is in seconds.
        """
        wanted = texts(scopes, "scopes") or self.scopes
        parameters = {
            "client_id": self.client_id,
            "scope": " ".join((*wanted, *OPENID)),
            "response_mode": self.response_mode,
            "prompt": prompt,
            "login_hint": login_hint or (hint_of(session.user) if session else ""),
            "domain_hint": self._domain_hint,
            "claims": claims or "",
            "max_age": "" if max_age is None else str(int(max_age)),
        }
        made = authorize.begin(
            f"{self.authority}/{self.tenant}/oauth2/v2.0/authorize",
            parameters,
            self.redirect_uri,
            lambda: secrets.token_urlsafe(_SECRET_BYTES),
        )
        secret = secrets.token_urlsafe(32)
        pending = {
            "nonce": made.nonce,
            "verifier": made.verifier,
            "secret": hashlib.sha256(secret.encode()).hexdigest(),
            "next": local_path(next_path),
            "popup": popup,
            "scopes": wanted,
            "claims": claims,
            "grant": session.grant if session else None,
            "had": sorted(session.scopes) if session else [],
            "user": session.user.key if session else None,
            "rounds": rounds,
        }
        return Begun(made.url, made.state, secret, pending)

    def finish(self, fields: Mapping[str, str], pending: Mapping[str, Any]) -> Flow[Session]:
        """Turn the fields of a redirect into a session, under a secret that is new.

        Raises AuthenticationRejectedError for a refusal or an answer that is not good,
        AuthorityUnreachableError for none, AuthenticationRequiredError where a person can help.
        """
        return routed(self._finish(fields, pending), self._transport)

    def sign_out(self, session: Session, *, everywhere: bool = False) -> Flow[None]:
        """End a session and its tokens; ``everywhere``: all of the person's sessions here."""
        for recipe in (self._threads, self._tasks):
            recipe.forget(session.grant)
        if everywhere:
            yield from self.sessions.end_all(session.user)
        else:
            yield from self.sessions.end(session.grant)

    def on_behalf_of(self, user_assertion: str, *, asynchronous: bool = False) -> Any:
        """Return a credential for whoever called this app with an access token of theirs.

        The app proves itself as it does at sign-in.
        """
        from entrada.web.on_behalf_of import AsyncDelegatedCredential, DelegatedCredential

        kind = AsyncDelegatedCredential if asynchronous else DelegatedCredential
        return kind(self.tenant, self.client_id, self.proof, user_assertion, self._options)

    def close(self) -> None:
        """Close the connections that threads have used; the sign-in stays usable."""
        self._threads.close()

    @property
    def async_face(self) -> AsyncSignedInCredential:
        """The half that event loops have used, for an adapter to close."""
        return self._tasks

    def _credential_of(self, session: Session, asynchronous: bool) -> SignedIn:
        recipe: SignedIn = self._tasks if asynchronous else self._threads
        return recipe.of(session)

    def _finish(self, fields: Mapping[str, str], pending: Mapping[str, Any]) -> Flow[Session]:
        reply, context = yield from redeem_code(self, fields, pending)
        claims = yield from self._check.identity(
            str(reply.get("id_token")),
            nonce=pending["nonce"],
            access_token=reply["access_token"],
        )
        check_issuer(fields, claims, context)
        if claims.is_guest and not self._guests:
            raise guest_refused()
        return (yield from open_session(self, claims, reply, pending))
